//! The paths that `ARCHITECTURE.md` and `CONTRIBUTING.md` name: each exists.

use std::{collections::BTreeSet, fs, io, path::Path};

/// The documents that name paths.
pub(crate) const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
/// What a path ends in, if it is written without its folder.
const ENDINGS: [&str; 10] = [
    ".rs", ".js", ".css", ".md", ".toml", ".json", ".py", ".sh", ".yaml", ".yml",
];
/// What looks like a path and is none.
const OTHERS: [&str; 1] = ["localhost/database"];
/// Folders that no document describes.
const LEFT_OUT: [&str; 3] = [".git", "target", "node_modules"];

/// Returns the paths of all files and folders below `root`, relative to it.
pub(crate) fn from_disk(root: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            let path = entry.path();
            let relative = path.strip_prefix(root).map_err(io::Error::other)?;
            found.insert(relative.display().to_string());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

/// Returns what a document names and does not exist. A path may be written from any folder on: `receive/daemon.rs`.
pub(crate) fn check(document: &str, text: &str, existing: &BTreeSet<String>) -> Vec<String> {
    let missing = |named: &&str| !existing.iter().any(|path| ends_in(path, named));
    let named = named(text);
    let missing = named.iter().copied().filter(missing);
    missing
        .map(|path| format!("{document}: there is no {path}"))
        .collect()
}

/// Returns the paths in a text: those in its code spans, and those that begin the lines of its blocks.
fn named(text: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 0 {
            named.extend(
                part.split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|span| is_path(span)),
            );
        } else {
            let starts = part.lines().flat_map(|line| line.split("  ").take(1));
            let folders = starts.flat_map(str::split_whitespace);
            named.extend(folders.filter(|word| word.ends_with('/')));
        }
    }
    named
}

fn is_path(span: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.*/".contains(letter);
    let is_relative = !span.starts_with('/') && !OTHERS.contains(&span);
    let looks_so = span.contains('/') || ENDINGS.iter().any(|ending| span.ends_with(ending));
    is_relative && looks_so && span.chars().all(is_part)
}

/// Whether a path ends in what is named. `NAME` and `*` stand for any name.
fn ends_in(path: &str, named: &str) -> bool {
    let mut parts = path.rsplit('/');
    let mut named = named.trim_end_matches('/').rsplit('/');
    named.all(|named| parts.next().is_some_and(|part| fits(part, named)))
}

fn fits(part: &str, named: &str) -> bool {
    let (stem, ending) = named.split_once('.').unwrap_or((named, ""));
    let is_any = !stem.is_empty() && stem.chars().all(|letter| letter.is_ascii_uppercase());
    match named.split_once('*') {
        Some((start, end)) => part.starts_with(start) && part.ends_with(end),
        None if is_any && part != named => part.ends_with(ending),
        None => part == named,
    }
}

#[test]
fn a_path_that_is_gone_is_named() {
    let existing = [
        "a",
        "a/src",
        "a/src/b.rs",
        "a/src/c",
        "v",
        "v/span-1.json",
        "README.md",
    ];
    let existing = existing.map(str::to_owned).into();
    let text = "`b.rs`, `src/b.rs`, `README.md`, `src/NAME.rs`, `v/span-*.json`, `c/`, `b::c`, `/livez` and `make x`
        ```\na/  v/   told/nowhere/\n```
        `b.js`, `lib/b.rs`, `NAME.css`, `v/spin-*.json`, `d/`, `xb.rs`
        ```\ne/\n```";
    let missing: Vec<String> = [
        "b.js",
        "lib/b.rs",
        "NAME.css",
        "v/spin-*.json",
        "d/",
        "xb.rs",
        "e/",
    ]
    .map(|path| format!("A.md: there is no {path}"))
    .into();
    assert_eq!(check("A.md", text, &existing), missing);
}
