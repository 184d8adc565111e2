//! Which crate may depend on which: `frontend, backend → xray → segment ← console`.

mod page;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::{Result, build::cargo};

/// What must not be found below a crate, and why.
const FORBIDDEN: [(&str, &[&str], &str); 9] = [
    (
        "segment",
        &[
            "tokio",
            "opentelemetry",
            "opentelemetry_sdk",
            "xray",
            "console",
        ],
        "it is pure data",
    ),
    (
        "xray",
        &["console", "pod", "frontend", "backend"],
        "a service must not bring the console along",
    ),
    (
        "console",
        &["xray", "pod", "frontend", "backend"],
        "it must read what anybody's SDK writes",
    ),
    (
        "pod",
        &["console", "frontend", "backend"],
        "it serves both services",
    ),
    (
        "frontend",
        &["console", "backend"],
        "it calls the back end over HTTP",
    ),
    (
        "backend",
        &["console", "frontend"],
        "it does not know who calls",
    ),
    ("console", &["segment-schema"], SCHEMA),
    ("frontend", &["segment-schema"], SCHEMA),
    ("backend", &["segment-schema"], SCHEMA),
];

const SCHEMA: &str = "the schema is for tests";

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    /// `None` for an ordinary dependency, else `dev` or `build`.
    kind: Option<String>,
}

/// Fails if a crate has what it must not have among its ordinary dependencies, near or far.
pub(crate) fn check() -> Result<()> {
    let output = cargo()
        .args(["metadata", "--format-version=1", "--locked"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let names: HashMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package.name.as_str()))
        .collect();
    let nodes: HashMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let mut broken = Vec::new();
    for (name, forbidden, reason) in FORBIDDEN {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name == name)
            .ok_or_else(|| format!("there is no crate {name}"))?;
        let below: HashSet<&str> = dependencies(&package.id, &nodes)
            .iter()
            .filter_map(|id| names.get(id).copied())
            .collect();
        broken.extend(
            forbidden
                .iter()
                .filter(|other| below.contains(*other))
                .map(|other| format!("{name} depends on {other}: {reason}")),
        );
    }
    if broken.is_empty() {
        page::check()
    } else {
        Err(broken.join("\n").into())
    }
}

fn dependencies<'m>(id: &'m str, nodes: &HashMap<&str, &'m Node>) -> HashSet<&'m str> {
    let mut found = HashSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        let ordinary = nodes
            .get(id)
            .into_iter()
            .flat_map(|node| &node.deps)
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        for dependency in ordinary {
            if found.insert(dependency.pkg.as_str()) {
                open.push(&dependency.pkg);
            }
        }
    }
    found
}
