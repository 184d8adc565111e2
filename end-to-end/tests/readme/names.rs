//! Everything that the documents name exists: variables, targets, files, links, pictures, and the library's program.

use std::{collections::BTreeSet, fs, path::Path};

use end_to_end::{Markdown, Result, root};

const PAGES: [&str; 2] = ["README.md", "docs/tour.md"];

#[tokio::test]
async fn the_table_of_variables_names_all_that_exist_and_no_other() -> Result<()> {
    let mut known: BTreeSet<String> = [
        "CONSOLE_PORT",
        "FRONT_PORT",
        "BACK_PORT",
        "RATE",
        "BURST",
        "NO_OPEN",
        "SHOP_PORT",
        "STOCK_PORT",
        "MOTO_PORT",
        "POSTGRES_PORT",
    ]
    .map(str::to_owned)
    .into();
    for program in ["frontend", "backend", "console"] {
        known.extend(end_to_end::variables_of(program).await?);
    }
    let readme = Markdown::read("README.md");
    let table = readme
        .text
        .split("| variable |")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let first_cells = table
        .lines()
        .skip(2)
        .map(|line| line.split('|').nth(1).unwrap());
    let named: BTreeSet<String> = first_cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, known);
    Ok(())
}

#[test]
fn the_first_screen_has_what_a_reader_came_for() {
    let readme = Markdown::read("README.md");
    let screen: Vec<&str> = readme.text.lines().take(40).collect();
    let screen = screen.join("\n");
    for part in [
        "docs/pictures/service-map-light.png",
        "docs/pictures/page.png",
        "```sh\nmake run\n```",
        "http://localhost:8080",
        "```sh\nkubectl apply -k k8s/overlays/eks\n```",
        "](docs/tour.md)",
        "](#trace-your-own-service)",
        "](#no-traces)",
        "](docs/measurements.md)",
        "Not affiliated with AWS.",
    ] {
        assert!(screen.contains(part), "{part}");
    }
}

#[test]
fn the_program_is_the_one_of_the_librarys_documentation_which_is_compiled() {
    let readme = Markdown::read("README.md");
    let [program] = readme.blocks("rust")[..] else {
        panic!("one program");
    };
    let documentation = Markdown::read("xray/README.md");
    assert!(
        documentation
            .text
            .contains(&format!("```no_run\n{program}```")),
        "{program}"
    );
}

#[test]
fn targets_and_files_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    for path in PAGES {
        let page = Markdown::read(path);
        let blocks = page.blocks("sh").into_iter();
        let in_line = page.text.split('`').skip(1).step_by(2);
        let commands = blocks.flat_map(str::lines).chain(in_line);
        let targets = commands
            .filter_map(|command| command.strip_prefix("make "))
            .flat_map(|rest| rest.split_whitespace().filter(|word| !word.contains('=')));
        let mut number = 0;
        for target in targets {
            assert!(
                makefile.contains(&format!("\n{target}:")),
                "{path}: make {target}"
            );
            number += 1;
        }
        assert!(number > 0, "{path}");
        let names = page
            .text
            .split(is_end)
            .map(|name| name.trim_end_matches('.'));
        let folders = ["k8s/", "eks/", "ecs/", "values/", "end-to-end/"];
        for name in names.filter(|name| folders.iter().any(|folder| name.starts_with(folder))) {
            assert!(root().join(name).exists(), "{path}: {name}");
        }
    }
}

#[test]
fn links_lead_somewhere_and_every_picture_is_made() {
    let pictures = fs::read_to_string(root().join("end-to-end/examples/screenshots.rs")).unwrap();
    for path in PAGES {
        let page = Markdown::read(path);
        let folder = root().join(path).parent().unwrap().to_owned();
        let links = page
            .text
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap());
        let mut number = 0;
        for link in links.filter(|link| !link.starts_with("http")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                root().join(path)
            } else {
                folder.join(file)
            };
            let text = fs::read_to_string(&target)
                .unwrap_or_else(|error| panic!("{path}: {link}: {error}"));
            let headings = text.lines().filter(|line| line.starts_with('#'));
            let is_there =
                anchor.is_empty() || headings.map(anchor_of).any(|known| known == anchor);
            assert!(is_there, "{path}: {link}");
            number += 1;
        }
        assert!(number > 1, "{path}");

        let sources = page.text.split(['"', ' ']).filter(|word| {
            Path::new(word)
                .extension()
                .is_some_and(|kind| kind == "png")
        });
        for source in sources {
            assert!(folder.join(source).exists(), "{path}: {source}");
            let name = source.rsplit('/').next().unwrap().trim_end_matches(".png");
            let name = name.trim_end_matches("-light").trim_end_matches("-dark");
            assert!(
                pictures.contains(&format!("\"{name}\"")),
                "{name}: make screenshots does not make it"
            );
        }
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor_of(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let letters = heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    letters
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}
