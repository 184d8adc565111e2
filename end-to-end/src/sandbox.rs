//! A sandbox for the commands for clusters, accounts and registries: a copy of the deployed files, and stand-ins for
//! the tools.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a panic is the report of a failure"
)]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

/// A registry that does not exist.
pub const REGISTRY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x-ray-sample";

/// What docker says is the digest of whatever it pushes.
pub const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A docker that pushes everything, and writes the digest down as `buildx build --metadata-file` does.
pub const DOCKER: &str = r#"while [ $# -gt 0 ]; do
  if [ "$1" = --metadata-file ]; then
    printf '{\n  "buildx.build.ref": "a/b/c",\n  "containerimage.digest": "%s",\n  "image.name": "n"\n}\n' \
      sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef >"$2"
  fi
  shift
done"#;

const PARTS: [&str; 10] = [
    "deploy",
    "backend/x-ray-sample-back-k8s.yml",
    "frontend/x-ray-sample-front-k8s.yml",
    "k8s",
    "ecs",
    "end-to-end/containers",
    "Makefile",
    "Cargo.toml",
    "Dockerfile.frontend",
    "Dockerfile.console",
];

/// What every shell has; the tools that a command may miss are not among it.
const SHELL: [&str; 17] = [
    "bash", "sh", "env", "make", "git", "sed", "awk", "grep", "seq", "sleep", "dirname",
    "basename", "cat", "mkdir", "rm", "mv", "cp",
];

/// A copy of the deployed files, in its own repository, and a PATH with stand-ins.
#[derive(Debug)]
pub struct Sandbox {
    /// Where the copy is.
    pub folder: PathBuf,
    variables: BTreeMap<&'static str, &'static str>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// Copies everything and commits it.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("x-ray-sample-sandbox-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("bin")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in PARTS {
            fs::create_dir_all(folder.join(part).parent().unwrap()).unwrap();
            run(Command::new("cp")
                .arg("-r")
                .arg(root.join(part))
                .arg(folder.join(part)));
        }
        for tool in SHELL {
            let found = run(Command::new("which").arg(tool)).stdout;
            let found = String::from_utf8(found).unwrap();
            symlink(found.trim(), folder.join("bin").join(tool)).unwrap();
        }
        let sandbox = Self {
            folder,
            variables: BTreeMap::new(),
        };
        sandbox.git(&["init", "--quiet"]);
        sandbox.git(&[&["add"], &PARTS[..]].concat());
        sandbox.commit("all");
        sandbox
    }

    /// Sets a variable for the commands.
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: &'static str) -> Self {
        self.variables.insert(variable, value);
        self
    }

    /// Adds a stand-in: it records its arguments and runs `script`.
    #[must_use]
    pub fn tool(self, name: &str, script: &str) -> Self {
        let path = self.folder.join("bin").join(name);
        // It may be a link to the real tool.
        let _ = fs::remove_file(&path);
        let text = format!(
            "#!/bin/bash\necho \"{name} $*\" >>'{}/calls'\n{script}\n",
            self.folder.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Runs git with the arguments and returns its output.
    pub fn git(&self, arguments: &[&str]) -> String {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@localhost",
            "-c",
            "commit.gpgsign=false",
        ];
        let output = run(Command::new("git")
            .args(identity)
            .args(arguments)
            .current_dir(&self.folder));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits every change.
    pub fn commit(&self, message: &str) {
        self.git(&["commit", "--quiet", "--all", "--message", message]);
    }

    /// Returns the tag of images.
    pub fn revision(&self) -> String {
        self.git(&["rev-parse", "--short=12", "HEAD"])
    }

    /// Runs a target.
    pub fn make(&self, target: &str) -> Output {
        Command::new("make")
            .args(["--silent", target])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", self.folder.join("bin"))
            .env("HOME", &self.folder)
            .envs(&self.variables)
            .output()
            .unwrap()
    }

    /// Runs a target that must succeed, and returns its output.
    pub fn succeeds(&self, target: &str) -> String {
        let (output, calls) = (self.make(target), self.calls().join("\n"));
        let is_well = output.status.success();
        let said = said(output);
        assert!(is_well, "make {target}: {said}\n{calls}");
        said
    }

    /// Runs a target that must fail, and returns its output.
    pub fn fails(&self, target: &str) -> String {
        let output = self.make(target);
        let is_well = output.status.success();
        let said = said(output);
        assert!(!is_well, "make {target}: {said}");
        said
    }

    /// Returns the calls of the stand-ins, one per line.
    pub fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Returns a file's text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.join(path), text).unwrap();
    }

    /// Pushes to a registry that accepts everything, commits the changed files, and removes the recorded calls.
    #[must_use]
    pub fn pushed(self) -> Self {
        let sandbox = self.with("REGISTRY", REGISTRY).tool("docker", DOCKER);
        sandbox.succeeds("push");
        sandbox.commit("pushed");
        fs::remove_file(sandbox.folder.join("calls")).unwrap();
        sandbox
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn said(output: Output) -> String {
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
