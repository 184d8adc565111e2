//! Which module of the console's page may import which: `model ← api ← state ← screens ← main`, and
//! `model ← views ← screens`. The head of `console/page/main.js` says what lives in each.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    path::{Component, Path, PathBuf},
};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Where it all begins.
const MAIN: &str = "main.js";
/// A folder, or a file that is one by itself, and what its modules may import.
const ROOMS: [(&str, &[&str]); 6] = [
    ("model", &["model"]),
    ("api.js", &["model"]),
    ("state", &["model", "api.js", "state"]),
    ("views", &["model", "views"]),
    ("screens", &["model", "api.js", "state", "views", "screens"]),
    (MAIN, &["model", "api.js", "state", "views", "screens"]),
];
/// Names of the browser's that only some rooms may use.
const RESERVED: [(&[&str], &[&str], &str); 2] = [
    (
        &[
            "fetch",
            "EventSource",
            "XMLHttpRequest",
            "WebSocket",
            "sendBeacon",
        ],
        &["api.js"],
        "what asks the console is in api.js",
    ),
    (
        &["location", "history", "localStorage", "sessionStorage"],
        &["api.js", "state"],
        "what the page remembers is in state",
    ),
];
/// Whose members are the browser's names too.
const GLOBALS: [&str; 3] = ["window", "globalThis", "self"];
const MOST_LINES: usize = 300;

/// The modules by their paths, with `/` between folders.
type Modules = BTreeMap<String, String>;

/// Fails if a module of the page imports what it must not, or uses what is another room's.
pub(crate) fn check() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../console/page");
    let mut modules = Modules::new();
    read(&root, &root, &mut modules)?;
    let complaints = complaints(&modules);
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

fn read(folder: &Path, root: &Path, modules: &mut Modules) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, root, modules)?;
        } else if path.extension().is_some_and(|extension| extension == "js") {
            let name = path.strip_prefix(root)?.components();
            let name: Vec<_> = name
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            modules.insert(name.join("/"), fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn complaints(modules: &Modules) -> Vec<String> {
    let mut all = Vec::new();
    for (path, text) in modules {
        let found = of_file(text)
            .chain(of_imports(path, text, modules))
            .chain(of_names(path, text));
        all.extend(found.map(|complaint| format!("console/page/{path}: {complaint}")));
    }
    let reached = reached(modules);
    let forgotten = modules
        .keys()
        .filter(|path| !reached.contains(path.as_str()));
    all.extend(forgotten.map(|path| format!("console/page/{path}: nothing imports it")));
    all.extend(circle(modules));
    all
}

fn of_file(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().count();
    let long = (lines > MOST_LINES).then(|| format!("has {lines} lines, at most {MOST_LINES}"));
    let silent =
        (!text.starts_with("// ")).then(|| "does not begin with what lives in it".to_owned());
    long.into_iter().chain(silent)
}

fn of_imports(path: &str, text: &str, modules: &Modules) -> impl Iterator<Item = String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == room_of(path)) else {
        return vec![format!(
            "stands in no room of {:?}",
            ROOMS.map(|(room, _)| room)
        )]
        .into_iter();
    };
    let mut found = Vec::new();
    for line in code(text) {
        if line.contains("import(") {
            found.push("imports while it runs, which nothing checks".to_owned());
        }
        let Some(specifier) = specifier(line) else {
            continue;
        };
        match resolve(path, specifier) {
            Some(target) if modules.contains_key(&target) => {
                if !allowed.contains(&room_of(&target)) {
                    found.push(format!(
                        "imports {target}, and may import only of {allowed:?}"
                    ));
                }
            }
            _ => found.push(format!("imports {specifier}, which is no file of the page")),
        }
    }
    found.into_iter()
}

fn of_names(path: &str, text: &str) -> impl Iterator<Item = String> {
    let room = room_of(path);
    let words: BTreeSet<&str> = code(text).flat_map(words).collect();
    let foreign = RESERVED
        .iter()
        .filter(move |(_, rooms, _)| !rooms.contains(&room));
    foreign.flat_map(move |(names, _, reason)| {
        let used = names.iter().filter(|name| words.contains(*name));
        let used: Vec<_> = used.map(|name| format!("uses {name}: {reason}")).collect();
        used
    })
}

/// Returns what is neither a comment of its own line nor within one of several.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let is_comment = |line: &&str| {
        ["//", "/*", "*"]
            .iter()
            .any(|begin| line.starts_with(begin))
    };
    text.lines()
        .map(str::trim)
        .filter(move |line| !is_comment(line))
}

/// Returns the names that stand by themselves or below `window`: neither a member of something else nor a key of an object.
/// What is between quotation marks is text.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let outside_texts = line.split('"').step_by(2);
    outside_texts.flat_map(|part| {
        let mut owner = None;
        let pieces = part.split_inclusive(|letter: char| !is_of_a_name(letter));
        pieces.filter_map(move |piece| {
            let name = piece.trim_end_matches(|letter| !is_of_a_name(letter));
            let is_member = owner.is_some_and(|owner| !GLOBALS.contains(&owner));
            owner = piece.ends_with('.').then_some(name);
            (!name.is_empty() && !is_member && !piece.ends_with(':')).then_some(name)
        })
    })
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// Returns what a line imports from, if it does: `import … from "…"`, the last line of a longer one, `export … from "…"`.
fn specifier(line: &str) -> Option<&str> {
    let begins = ["import ", "export ", "} from "]
        .iter()
        .any(|begin| line.starts_with(begin));
    let rest = line
        .split_once("from \"")
        .or_else(|| line.split_once("import \""))?
        .1;
    begins.then(|| rest.split('"').next())?
}

/// Returns the path of what a module imports, if that is below the page.
fn resolve(from: &str, specifier: &str) -> Option<String> {
    if !specifier.starts_with('.') {
        return None;
    }
    let mut path = PathBuf::from(from);
    path.pop();
    for part in Path::new(specifier).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => path.pop().then_some(())?,
            part => path.push(part),
        }
    }
    Some(path.to_str()?.to_owned())
}

fn room_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

fn imports<'a>(path: &str, modules: &'a Modules) -> Vec<&'a str> {
    let lines = modules.get(path).into_iter().flat_map(|text| code(text));
    let targets = lines.filter_map(|line| resolve(path, specifier(line)?));
    targets
        .filter_map(|target| Some(modules.get_key_value(&target)?.0.as_str()))
        .collect()
}

fn reached(modules: &Modules) -> BTreeSet<&str> {
    let mut found = BTreeSet::from([MAIN]);
    let mut open = vec![MAIN];
    while let Some(path) = open.pop() {
        open.extend(
            imports(path, modules)
                .into_iter()
                .filter(|path| found.insert(path)),
        );
    }
    found
}

/// Returns the first circle of modules: what is left when all is taken away that imports nothing of what is left.
fn circle(modules: &Modules) -> Option<String> {
    let mut left: BTreeSet<&str> = modules.keys().map(String::as_str).collect();
    loop {
        let is_free = |path: &&&str| {
            !imports(path, modules)
                .iter()
                .any(|other| left.contains(other))
        };
        let free: Vec<&str> = left.iter().filter(is_free).copied().collect();
        if free.is_empty() {
            break;
        }
        left.retain(|path| !free.contains(path));
    }
    let mut path = *left.first()?;
    let mut walked: Vec<&str> = Vec::new();
    while !walked.contains(&path) {
        walked.push(path);
        path = imports(path, modules)
            .into_iter()
            .find(|other| left.contains(other))?;
    }
    let begin = walked.iter().position(|one| *one == path)?;
    Some(format!(
        "console/page: a circle: {} → {path}",
        walked[begin..].join(" → ")
    ))
}

#[cfg(test)]
mod tests;
