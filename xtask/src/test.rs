//! `make test`: every test for which the tools are there.

use std::{
    env,
    process::{Command, Stdio},
};

use crate::{Result, build::cargo};

/// Tests that need more than a Rust toolchain.
struct Group {
    /// The test target in `end-to-end`.
    target: &'static str,
    /// What it needs, each with the arguments with which it says that it is there.
    tools: &'static [(&'static str, &'static [&'static str])],
    /// How to get that.
    remedy: &'static str,
}

const TARGETS_ARE_INSTALLED: &str = "for target in x86_64 aarch64; do \
     test -d $(rustc --print target-libdir --target $target-unknown-linux-musl) || exit 1; done";

const GROUPS: [Group; 6] = [
    Group {
        target: "browser",
        tools: &[
            ("chromium", &["--version"]),
            ("chromedriver", &["--version"]),
            ("npm", &["--version"]),
        ],
        remedy: "apt-get install chromium chromium-driver npm",
    },
    Group {
        target: "aws_clients",
        tools: &[
            ("python3", &["-c", "import boto3"]),
            ("aws", &["--version"]),
        ],
        remedy: "pip install boto3 awscli",
    },
    Group {
        target: "manifests",
        tools: &[
            ("kubectl", &["version", "--client"]),
            ("python3", &["-c", "import yaml, boto3"]),
            ("kubernetes-validate", &["--version"]),
            ("checkov", &["--version"]),
            ("hadolint", &["--version"]),
            ("docker-compose", &["version"]),
        ],
        remedy: "apt-get install docker-compose; pip install -r end-to-end/python/requirements.txt; pipx install \
                 checkov; kubectl from https://kubernetes.io/docs/tasks/tools",
    },
    Group {
        target: "aws_daemon",
        tools: &[("go", &["version"])],
        remedy: "install Go 1.26 or newer",
    },
    Group {
        target: "static_programs",
        tools: &[
            ("chroot", &["/", "true"]),
            ("sh", &["-c", TARGETS_ARE_INSTALLED]),
        ],
        remedy: "as root: rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl",
    },
    Group {
        target: "cluster_network",
        tools: &[
            ("nft", &["--version"]),
            // Which only root may, and which not every container lets root.
            ("unshare", &["--net", "true"]),
            ("ip", &["netns"]),
        ],
        remedy: "on Linux, as root: apt-get install iproute2 nftables",
    },
];

/// Runs the tests; a group whose tools are missing is named with the command that installs them, and under
/// `CI=true` that is a failure.
pub(crate) fn test() -> Result<()> {
    run(&["test", "--locked", "--workspace"])?;
    let mut left_out = Vec::new();
    for group in &GROUPS {
        match group.missing() {
            // The whole workspace, or cargo would build the dependencies again with fewer features.
            None => run(&["test", "--locked", "--workspace", "--test", group.target])?,
            Some(tool) => left_out.push(format!(
                "left out: {} tests, because {tool} is missing: {}",
                group.target, group.remedy
            )),
        }
    }
    let left_out = left_out.join("\n");
    if !left_out.is_empty() && env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(left_out.into());
    }
    println!("{left_out}");
    Ok(())
}

impl Group {
    fn missing(&self) -> Option<&'static str> {
        let is_there = |tool: &str, arguments: &[&str]| {
            let command = Command::new(tool)
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            command.is_ok_and(|status| status.success())
        };
        self.tools
            .iter()
            .find(|(tool, arguments)| !is_there(tool, arguments))
            .map(|(tool, _)| *tool)
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    println!("cargo {}", arguments.join(" "));
    if cargo().args(arguments).status()?.success() {
        Ok(())
    } else {
        Err(format!("cargo {} failed", arguments.join(" ")).into())
    }
}
