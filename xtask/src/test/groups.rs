//! What tests need beside Rust.

use std::process::Command;

use crate::command::succeeds;

/// Tests that need more than a Rust toolchain.
pub(super) struct Group {
    /// Their module in `end-to-end/tests`.
    pub(super) module: &'static str,
    /// The tools that it needs, each with arguments that succeed if it is installed.
    tools: &'static [(&'static str, &'static [&'static str])],
    /// How to install them.
    pub(super) remedy: &'static str,
}

const TARGETS_ARE_INSTALLED: &str = "for target in x86_64 aarch64; do \
     test -d $(rustc --print target-libdir --target $target-unknown-linux-musl) || exit 1; done";

/// What asks for the traces of quick starts.
const BOTO3: (&str, &[&str]) = ("python3", &["-c", "import boto3"]);

const POSTGRESQL_IS_INSTALLED: &str =
    "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb pg_ctl";

pub(super) const GROUPS: [Group; 17] = [
    Group {
        module: "browser",
        tools: &[
            ("chromium", &["--version"]),
            ("chromedriver", &["--version"]),
            ("npm", &["--version"]),
        ],
        remedy: "apt-get install chromium chromium-driver npm",
    },
    Group {
        module: "aws_clients",
        tools: &[
            ("python3", &["-c", "import boto3"]),
            ("aws", &["--version"]),
        ],
        remedy: "pip install boto3 awscli",
    },
    Group {
        module: "aws_calls",
        tools: &[(
            "python3",
            &["-c", "import moto.server, boto3, aws_xray_sdk"],
        )],
        remedy: "pip install -r end-to-end/python/requirements.txt",
    },
    Group {
        module: "aws_sdks::python",
        tools: &[(
            "python3",
            &["-c", "import boto3, capo_xray, aws_resource_validator"],
        )],
        remedy: "pip install -r end-to-end/python/requirements.txt",
    },
    Group {
        module: "aws_sdks::go",
        tools: &[("go", &["version"])],
        remedy: "install Go 1.26 or newer",
    },
    Group {
        module: "aws_sdks::node",
        tools: &[("node", &["--version"]), ("npm", &["--version"])],
        remedy: "apt-get install nodejs npm",
    },
    Group {
        module: "aws_sdks::java",
        tools: &[("javac", &["-version"]), ("mvn", &["--version"])],
        remedy: "apt-get install default-jdk-headless maven",
    },
    Group {
        module: "languages::python",
        tools: &[BOTO3, ("python3", &["-c", "import venv, ensurepip"])],
        remedy: "apt-get install python3-venv; pip install boto3",
    },
    Group {
        module: "languages::node",
        tools: &[BOTO3, ("node", &["--version"]), ("npm", &["--version"])],
        remedy: "apt-get install nodejs npm; pip install boto3",
    },
    Group {
        module: "languages::go",
        tools: &[BOTO3, ("go", &["version"])],
        remedy: "install Go 1.26 or newer; pip install boto3",
    },
    Group {
        module: "languages::java",
        tools: &[BOTO3, ("javac", &["-version"]), ("mvn", &["--version"])],
        remedy: "apt-get install default-jdk-headless maven; pip install boto3",
    },
    Group {
        module: "manifests",
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
        module: "aws_daemon",
        tools: &[("go", &["version"])],
        remedy: "install Go 1.26 or newer",
    },
    Group {
        module: "grpc_and_databases",
        tools: &[("sh", &["-c", POSTGRESQL_IS_INSTALLED])],
        remedy: "apt-get install postgresql",
    },
    Group {
        module: "shop",
        tools: &[
            ("sh", &["-c", POSTGRESQL_IS_INSTALLED]),
            ("python3", &["-c", "import venv, ensurepip"]),
        ],
        remedy: "apt-get install postgresql python3-venv",
    },
    Group {
        module: "static_programs",
        tools: &[
            ("chroot", &["/", "true"]),
            ("sh", &["-c", TARGETS_ARE_INSTALLED]),
        ],
        remedy: "as root: rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl",
    },
    Group {
        module: "cluster_network",
        tools: &[
            ("nft", &["--version"]),
            // Needs root, and some containers do not allow it even to root.
            ("unshare", &["--net", "true"]),
            ("ip", &["netns"]),
        ],
        remedy: "on Linux, as root: apt-get install iproute2 nftables",
    },
];

impl Group {
    /// Returns the first tool that is not installed.
    pub(super) fn missing(&self) -> Option<&'static str> {
        self.tools
            .iter()
            .find(|(tool, arguments)| !succeeds(Command::new(tool).args(*arguments)))
            .map(|(tool, _)| *tool)
    }
}
