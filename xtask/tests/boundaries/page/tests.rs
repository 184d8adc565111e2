use super::*;

/// A page of one module a room, changed by `more`: paths with what stands in them below the first line.
fn page(more: &[(&str, &str)]) -> Vec<String> {
    let plain = [
        ("main.js", "import { show } from \"./screens/map.js\";"),
        (
            "screens/map.js",
            "import { draw } from \"../views/draw.js\";\nimport { here } from \"../state/route.js\";",
        ),
        (
            "state/route.js",
            "import * as api from \"../api.js\";\nexport const here = () => location.hash;",
        ),
        (
            "views/draw.js",
            "import { graph } from \"../model/graph.js\";",
        ),
        ("api.js", "export const ask = () => fetch(\"/status\");"),
        ("model/graph.js", "export const graph = 1;"),
    ];
    let modules = plain.iter().chain(more);
    let modules =
        modules.map(|(path, text)| ((*path).to_owned(), format!("// Something.\n{text}\n")));
    complaints(&modules.collect())
}

#[test]
fn an_import_against_the_direction_is_named_in_each_room() {
    for (path, specifier, target) in [
        ("model/graph.js", "../views/draw.js", "views/draw.js"),
        ("api.js", "./state/route.js", "state/route.js"),
        ("state/route.js", "../views/draw.js", "views/draw.js"),
        ("views/draw.js", "../state/route.js", "state/route.js"),
        ("views/draw.js", "../api.js", "api.js"),
        ("screens/map.js", "../main.js", "main.js"),
    ] {
        let found = page(&[(path, &format!("import {{ a }} from \"{specifier}\";"))]);
        let wanted = format!("console/page/{path}: imports {target}, and may import only of ");
        assert!(
            found.iter().any(|one| one.starts_with(&wanted)),
            "{path}: {found:#?}"
        );
    }
}

#[test]
fn a_circle_within_a_room_is_named() {
    let found = page(&[
        ("model/graph.js", "import { b } from \"./layout.js\";"),
        ("model/layout.js", "import {\n  a,\n} from \"./graph.js\";"),
    ]);
    assert_eq!(
        found,
        ["console/page: a circle: model/graph.js → model/layout.js → model/graph.js"]
    );
}

#[test]
fn only_the_api_asks_and_only_the_state_remembers() {
    for (path, text, name) in [
        (
            "views/draw.js",
            "const a = await fetch(\"/wire\");",
            "fetch",
        ),
        (
            "state/route.js",
            "const source = new EventSource(\"/events\");",
            "EventSource",
        ),
        ("screens/map.js", "window.a = location.hash;", "location"),
        (
            "views/draw.js",
            "window.localStorage.setItem(\"a\", 1);",
            "localStorage",
        ),
    ] {
        let found = page(&[(path, text)]);
        let wanted = format!("console/page/{path}: uses {name}: ");
        assert!(
            found.iter().any(|one| one.starts_with(&wanted)),
            "{path}: {found:#?}"
        );
    }
    let harmless = "// fetch(\"x\")\nconst a = { location: b.history, c: \"fetch it\" };\nimport { graph } from \"../model/graph.js\";";
    assert_eq!(page(&[("views/draw.js", harmless)]), [""; 0]);
}

#[test]
fn what_is_missing_forgotten_elsewhere_or_hidden_is_named() {
    for (path, text, complaint) in [
        (
            "views/draw.js",
            "import { a } from \"./gone.js\";",
            "imports ./gone.js, which is no file of the page",
        ),
        (
            "views/draw.js",
            "import { a } from \"https://a.example/a.js\";",
            "imports https://a.example/a.js, which is no",
        ),
        (
            "views/draw.js",
            "const a = await import(\"./a.js\");",
            "imports while it runs",
        ),
        ("views/more.js", "export const a = 1;", "nothing imports it"),
        ("common/a.js", "export const a = 1;", "stands in no room"),
    ] {
        let found = page(&[(path, text)]);
        let wanted = format!("console/page/{path}: {complaint}");
        assert!(
            found.iter().any(|one| one.starts_with(&wanted)),
            "{wanted}: {found:#?}"
        );
    }
}

#[test]
fn a_long_file_and_one_without_a_first_line_are_named() {
    let modules = [("main.js".to_owned(), "\n".repeat(MOST_LINES + 1))];
    let found = complaints(&modules.into());
    assert!(
        found[0].ends_with("has 301 lines, at most 300"),
        "{found:#?}"
    );
    assert!(
        found[1].ends_with("does not begin with what lives in it"),
        "{found:#?}"
    );
}
