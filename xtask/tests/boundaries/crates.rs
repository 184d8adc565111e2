//! Which crate may depend on which: `frontend, backend → xray → segment ← traces ← console`.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    process::Command,
};

use serde::Deserialize;

use crate::picture::Arrows;

/// What must not be found below a crate, and why.
const FORBIDDEN: [(&str, &[&str], &str); 16] = [
    (
        "segment",
        &[
            "tokio",
            "opentelemetry",
            "opentelemetry_sdk",
            "xray",
            "console",
            "traces",
            "environment",
        ],
        "it is pure data",
    ),
    (
        "traces",
        &[
            "tokio",
            "axum",
            "reqwest",
            "opentelemetry",
            "xray",
            "console",
        ],
        "it is pure, and whoever has documents can use it",
    ),
    (
        "environment",
        &["tokio", "segment", "xray", "console"],
        "it only reads settings",
    ),
    (
        "http-server",
        &["segment", "traces", "environment", "xray", "console", "pod"],
        "it serves any router",
    ),
    (
        "xray",
        &["console", "traces", "pod", "frontend", "backend"],
        "a service must not bring the console along",
    ),
    (
        "xray",
        &["aws-smithy-runtime-api", "lambda_runtime"],
        "who calls no AWS and is no function needs neither",
    ),
    (
        "xray-aws-sdk",
        &["aws-smithy-runtime", "console", "pod", "lambda_runtime"],
        "it is for every service's client, and on no service's crate",
    ),
    (
        "xray-lambda",
        &["aws-smithy-runtime-api", "lambda_http", "console", "pod"],
        "it is for functions that call no AWS as well",
    ),
    (
        "frontend",
        &["xray-aws-sdk", "xray-lambda"],
        "the sample calls no AWS",
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
pub(crate) struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: String,
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

impl Metadata {
    /// Asks cargo about the workspace in `root`.
    pub(crate) fn read(root: &Path) -> Self {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version=1", "--locked"]);
        let output = cargo.current_dir(root).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut metadata: Self = serde_json::from_slice(&output.stdout).unwrap();
        metadata.packages.iter_mut().for_each(Package::take_name);
        metadata
    }

    /// Returns the first files of the workspace's libraries and programs, from its root.
    pub(crate) fn roots(&self, root: &Path) -> Vec<String> {
        let is_shipped = |target: &&Target| {
            target
                .kind
                .iter()
                .any(|kind| kind == "lib" || kind == "bin")
        };
        let targets = self.members().flat_map(|package| &package.targets);
        let paths = targets.filter(is_shipped).map(|target| {
            let path = Path::new(&target.src_path).strip_prefix(root).unwrap();
            path.to_str().unwrap().to_owned()
        });
        paths.collect()
    }

    /// Returns which of the workspace's crates directly depends on which, but for tests.
    pub(crate) fn arrows(&self) -> Arrows {
        let members: Vec<&Package> = self.members().collect();
        let nodes = self.nodes();
        let arrows = members.iter().flat_map(|package| {
            let below = nodes[package.id.as_str()].ordinary();
            let below = below.filter_map(|id| members.iter().find(|other| other.id == id));
            below.map(|other| (package.name.clone(), other.name.clone()))
        });
        arrows.collect()
    }

    /// Returns which crates have what they must not have among their ordinary dependencies, near or far.
    pub(crate) fn check(&self) -> Vec<String> {
        let nodes = self.nodes();
        let name = |id: &str| {
            self.packages
                .iter()
                .find(|package| package.id == id)
                .map(|package| package.name.as_str())
        };
        let mut wrong = Vec::new();
        for (crate_name, forbidden, reason) in FORBIDDEN {
            let package = self.members().find(|package| package.name == crate_name);
            let Some(package) = package else {
                wrong.push(format!("there is no crate {crate_name}"));
                continue;
            };
            let below: HashSet<&str> = dependencies(&package.id, &nodes)
                .into_iter()
                .filter_map(name)
                .collect();
            let found = forbidden.iter().filter(|other| below.contains(*other));
            wrong.extend(found.map(|other| format!("{crate_name} depends on {other}: {reason}")));
        }
        wrong
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    fn nodes(&self) -> HashMap<&str, &Node> {
        self.resolve
            .nodes
            .iter()
            .map(|node| (node.id.as_str(), node))
            .collect()
    }
}

impl Package {
    /// Calls a package as code does, which is another name than the registry's for some.
    fn take_name(&mut self) {
        let is_library = |target: &&Target| target.kind.iter().any(|kind| kind == "lib");
        if let Some(library) = self.targets.iter().find(is_library)
            && library.name != self.name.replace('-', "_")
        {
            self.name.clone_from(&library.name);
        }
    }
}

impl Node {
    fn ordinary(&self) -> impl Iterator<Item = &str> {
        let is_ordinary =
            |dependency: &&Dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
        self.deps
            .iter()
            .filter(is_ordinary)
            .map(|dependency| dependency.pkg.as_str())
    }
}

fn dependencies<'m>(id: &'m str, nodes: &HashMap<&str, &'m Node>) -> HashSet<&'m str> {
    let mut found = HashSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        for below in nodes.get(id).into_iter().flat_map(|node| node.ordinary()) {
            if found.insert(below) {
                open.push(below);
            }
        }
    }
    found
}
