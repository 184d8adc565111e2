//! What other tools report about the same files. Their exceptions, each with its reason, are in `.checkov.yaml` and
//! `.hadolint.yaml`.

use std::{fs, path::PathBuf, process::Command};

use crate::manifests::render::{renderings, root, run};

/// The oldest Kubernetes on which everything here is meant to work knows `preStop.sleep`; this is one of its
/// successors whose schemas are at hand.
const KUBERNETES: &str = "1.32";

const DOCKERFILES: [&str; 3] = [
    "Dockerfile.frontend",
    "Dockerfile.backend",
    "Dockerfile.console",
];

/// Writes every rendering to a file.
fn files() -> Vec<PathBuf> {
    let folder = root().join("target/manifests/rendered");
    fs::create_dir_all(&folder).unwrap();
    renderings()
        .iter()
        .map(|rendering| {
            let file = folder.join(rendering.name.replace([' ', '/', '+'], "-") + ".yaml");
            fs::write(&file, &rendering.yaml).unwrap();
            file
        })
        .collect()
}

#[test]
fn kubernetes_knows_every_member_of_every_object() {
    let said = run(Command::new("kubernetes-validate")
        .args(["--strict", "-k", KUBERNETES])
        .args(files()));
    let objects: usize = renderings()
        .iter()
        .map(|rendering| rendering.objects.len())
        .sum();
    assert_eq!(
        said.matches(" passed for resource ").count(),
        objects,
        "{said}"
    );
}

#[test]
fn checkov_finds_nothing_but_the_exceptions() {
    let mut checkov = Command::new("checkov");
    checkov.args([
        "--config-file",
        ".checkov.yaml",
        "--framework",
        "kubernetes",
        "dockerfile",
        "--file",
    ]);
    run(checkov.args(files()).args(DOCKERFILES));
}

#[test]
fn hadolint_finds_nothing_but_the_exceptions() {
    run(Command::new("hadolint")
        .args(["--config", ".hadolint.yaml"])
        .args(DOCKERFILES));
}

/// The three differ in the program and in what it listens on, and are otherwise one text.
#[test]
fn the_dockerfiles_are_alike() {
    let texts = ["frontend", "backend", "console"].map(|program| {
        let text = fs::read_to_string(root().join(format!("Dockerfile.{program}"))).unwrap();
        let is_own = |line: &&str| {
            ["image.title", "image.description", "ENV ", "EXPOSE "]
                .iter()
                .any(|own| line.contains(own))
        };
        assert!(!text.contains("# syntax"), "{program}");
        assert!(
            text.contains("\nUSER 65532:65532\n") && text.contains("\nFROM scratch\n"),
            "{program}"
        );
        // The page says which commit it is of; and what an older checkout compiled is not taken for this one.
        let build = text.split("\nFROM scratch\n").next().unwrap();
        for part in [
            "\nARG REVISION\n",
            "touch {} + \\\n    && SAMPLE_COMMIT=\"$REVISION\" cargo build --locked --profile image ",
        ] {
            assert!(build.contains(part), "{program}: {part}");
        }
        let lines = text
            .lines()
            .filter(|line| !is_own(line))
            .collect::<Vec<_>>()
            .join("\n");
        lines.replace(program, "PROGRAM")
    });
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0], texts[2]);
}

/// Cargo wants every member of the workspace, whatever it builds.
#[test]
fn the_builder_gets_every_member_of_the_workspace() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest.split("\nmembers = [").nth(1).unwrap();
    let members = members.split(']').next().unwrap();
    let context = fs::read_to_string(root().join(".dockerignore")).unwrap();
    for member in members.split(',') {
        let folder = member.trim().trim_matches('"').split('/').next().unwrap();
        assert!(context.contains(&format!("\n!{folder}\n")), "{folder}");
    }
}
