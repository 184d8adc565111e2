//! `docs/deploy.md`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::deploying::cluster::forwards;

const TEXT: &str = include_str!("../../../docs/deploy.md");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Ends a target or a path.
fn is_end(letter: char) -> bool {
    !(letter.is_ascii_alphanumeric() || "-_./".contains(letter))
}

/// Nothing in the document can be run here, so what it names must at least exist.
#[test]
fn the_document_names_targets_that_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let targets = TEXT
        .split("make ")
        .skip(1)
        .map(|rest| rest.split(is_end).next().unwrap());
    let targets: Vec<&str> = targets
        .filter(|target| {
            TEXT.contains(&format!("`make {target}")) || TEXT.contains(&format!("\nmake {target}"))
        })
        .collect();
    assert!(targets.len() > 10, "{targets:?}");
    for target in targets {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}

/// But for the files that it tells to write, whose paths the first line of a block of YAML says.
#[test]
fn the_document_names_files_that_exist() {
    let text: String = TEXT
        .split("```yaml\n# ")
        .enumerate()
        .map(|(index, part)| {
            if index == 0 {
                part
            } else {
                part.split_once('\n').unwrap().1
            }
        })
        .collect();
    let paths = text.split(is_end).filter(|word| {
        ["k8s/", "eks/", "ecs/", "values/", "docs/", "end-to-end/"]
            .iter()
            .any(|folder| word.starts_with(folder))
    });
    let paths: Vec<&str> = paths.map(|path| path.trim_end_matches('.')).collect();
    assert!(paths.len() > 10, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
}

#[test]
fn the_document_forwards_ports_as_make_kind_says() {
    for (command, address) in forwards() {
        for said in [&command, &address] {
            assert!(TEXT.contains(said), "{said}");
        }
    }
}

fn section(way: &str) -> &str {
    let section = TEXT.split(&format!("\n## {way}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("there is no {way}"));
    section.split("\n## ").next().unwrap()
}

fn blocks(section: &str) -> impl Iterator<Item = &str> {
    let blocks = section.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap())
}

#[test]
fn no_way_takes_more_than_six_commands() {
    for way in ["Laptop", "kind", "EKS", "ECS"] {
        let commands: usize = blocks(section(way))
            .map(|block| block.lines().count())
            .sum();
        assert!((1..=6).contains(&commands), "{way}: {commands} commands");
    }
}

/// Each way can be gone by itself, from its first command on.
#[test]
fn what_a_command_expands_was_set_by_a_command_before_it() {
    let is_letter = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let mut count = 0;
    for way in ["Laptop", "kind", "EKS", "ECS"] {
        let section = section(way);
        for (at, _) in section.match_indices('$') {
            let name = section[at + 1..]
                .split(|letter| !is_letter(letter))
                .next()
                .unwrap();
            if name.is_empty() {
                continue;
            }
            count += 1;
            let is_set = section[..at]
                .lines()
                .any(|line| line.starts_with("export ") && line.contains(&format!(" {name}=")));
            assert!(is_set, "{way}: nothing sets {name}");
        }
    }
    assert!(count >= 8, "{count}");
}
