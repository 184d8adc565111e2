//! Renders folders to objects, once for all tests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use serde_json::Value;

/// Overlays, and bases with components, that somebody may apply.
const COMBINATIONS: [(&str, &[&str]); 12] = [
    // The chart okgolove/aws-xray stands behind `aws-xray.xray`.
    ("base", &[]),
    ("overlays/eks", &[]),
    ("overlays/eks-cloudwatch", &[]),
    ("overlays/local", &[]),
    ("base", &["network-policy"]),
    // An overlay without network policies.
    ("base", &["eks", "xray-daemon"]),
    ("base", &["host-port"]),
    ("base", &["eks", "host-port", "network-policy"]),
    ("base", &["xray-daemon", "network-policy"]),
    // What `make doctor` renders, to apply the Job alone.
    ("overlays/eks", &["doctor"]),
    ("overlays/eks-cloudwatch", &["doctor"]),
    ("overlays/local", &["doctor"]),
];

/// What one `kubectl apply -k` would apply.
#[derive(Debug, Clone)]
pub(crate) struct Rendering {
    /// The overlay and the components on top of it.
    pub(crate) name: String,
    /// As it is applied.
    pub(crate) yaml: String,
    pub(crate) objects: Vec<Value>,
}

static RENDERINGS: LazyLock<Vec<Rendering>> =
    LazyLock::new(|| COMBINATIONS.iter().map(render).collect());

/// Returns all of them.
pub(crate) fn renderings() -> &'static [Rendering] {
    &RENDERINGS
}

/// Returns one of them.
pub(crate) fn rendering(name: &str) -> &'static Rendering {
    renderings()
        .iter()
        .find(|rendering| rendering.name == name)
        .unwrap_or_else(|| panic!("{name} is not rendered"))
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a command and returns what it wrote.
pub(crate) fn run(command: &mut Command) -> String {
    let output = output(command);
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {}\n{said}{complaint}",
        output.status
    );
    said
}

fn output(command: &mut Command) -> Output {
    command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Returns the documents of a YAML text.
pub(crate) fn documents(yaml: &str) -> Vec<Value> {
    use std::io::Write;

    let mut python = Command::new("python3")
        .arg("end-to-end/python/yaml_to_json.py")
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(yaml.as_bytes()).unwrap();
    drop(stdin);
    let json = python.wait_with_output().unwrap().stdout;
    serde_json::from_slice(&json).unwrap_or_else(|error| panic!("{error} in {yaml}"))
}

/// Returns the documents of a file of this repository.
pub(crate) fn file(path: &str) -> Vec<Value> {
    documents(
        &fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")),
    )
}

pub(crate) fn kustomize(folder: &Path) -> String {
    run(Command::new("kubectl").arg("kustomize").arg(folder))
}

fn render((base, components): &(&str, &[&str])) -> Rendering {
    let name = [&[*base], *components].concat().join(" + ");
    let yaml = if components.is_empty() {
        kustomize(&root().join("k8s").join(base))
    } else {
        kustomize(&combined(&name, base, components))
    };
    Rendering {
        objects: documents(&yaml),
        name,
        yaml,
    }
}

/// Writes a kustomization as a user would. Kustomize takes no absolute paths, so it is in the repository.
fn combined(name: &str, base: &str, components: &[&str]) -> PathBuf {
    let folder = root()
        .join("target/manifests")
        .join(name.replace([' ', '/', '+'], "-"));
    fs::create_dir_all(&folder).unwrap();
    let components: Vec<String> = components
        .iter()
        .map(|component| format!("  - ../../../k8s/components/{component}\n"))
        .collect();
    let components = components.concat();
    let text = format!("resources:\n  - ../../../k8s/{base}\ncomponents:\n{components}");
    fs::write(folder.join("kustomization.yaml"), text).unwrap();
    folder
}
