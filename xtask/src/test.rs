//! `make test`: runs every test for which the tools are installed.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    thread::available_parallelism,
};

use crate::{
    Result,
    build::{self, cargo},
};

/// Tests that need more than a Rust toolchain.
struct Group {
    /// Their module in `end-to-end/tests`.
    module: &'static str,
    /// The tools that it needs, each with arguments that succeed if it is installed.
    tools: &'static [(&'static str, &'static [&'static str])],
    /// How to install them.
    remedy: &'static str,
}

const TARGETS_ARE_INSTALLED: &str = "for target in x86_64 aarch64; do \
     test -d $(rustc --print target-libdir --target $target-unknown-linux-musl) || exit 1; done";

/// What asks for the traces of quick starts.
const BOTO3: (&str, &[&str]) = ("python3", &["-c", "import boto3"]);

const POSTGRESQL_IS_INSTALLED: &str =
    "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb pg_ctl";

const GROUPS: [Group; 17] = [
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

/// The test that measures how fast the page draws, which other tests at the same time would disturb.
const MEASURES: &str = "browser::figures::large_traces_lists_and_maps_are_drawn_in_time";
/// What takes all that a machine has: `make attack`, and CI for some seconds.
const ATTACKS: &str = "attack::";
/// How many end-to-end tests run at once, for each core: most of them wait for programs and browsers.
const TESTS_PER_CORE: usize = 2;

/// Runs the tests. Names each group whose tools are missing with the command that installs them; with `CI=true` that
/// is a failure.
pub(crate) fn test() -> Result<()> {
    // The end-to-end tests use the programs of `make run`, which are built once.
    let programs = build::release(&build::PROGRAMS)?;
    let programs = programs["console"].parent().ok_or("no folder")?;
    run(programs, &["--tests"])?;
    let left_out = end_to_end(programs)?;
    run(programs, &["--doc"])?;
    for group in &left_out {
        println!("{group}");
    }
    if !left_out.is_empty() && env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(left_out.join("\n").into());
    }
    Ok(())
}

/// Runs the end-to-end tests for which the tools are installed, and returns messages about the others.
fn end_to_end(programs: &Path) -> Result<Vec<String>> {
    let mut skipped = vec![MEASURES.to_owned(), ATTACKS.to_owned()];
    let mut left_out = Vec::new();
    for group in &GROUPS {
        if let Some(tool) = group.missing() {
            skipped.push(format!("{}::", group.module));
            left_out.push(format!(
                "skipped: {} tests, because {tool} is missing: {}",
                group.module, group.remedy
            ));
        }
    }
    let threads = available_parallelism()?.get() * TESTS_PER_CORE;
    let threads = format!("--test-threads={threads}");
    let skipped_ones = skipped.iter().flat_map(|module| ["--skip", module]);
    let together = ["--test", "end-to-end", "--", &threads].into_iter();
    run(programs, &together.chain(skipped_ones).collect::<Vec<_>>())?;
    if !skipped.iter().any(|module| module == "browser::") {
        let alone = ["--test", "end-to-end", "--", MEASURES, "--test-threads=1"];
        run(programs, &alone)?;
    }
    Ok(left_out)
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

/// Runs `cargo test` on the whole workspace: for a single package, cargo would build the dependencies again, with
/// fewer features. The end-to-end tests take the programs from a folder.
fn run(programs: &Path, arguments: &[&str]) -> Result<()> {
    let arguments = [&["test", "--locked", "--workspace"], arguments].concat();
    let command = format!("cargo {}", arguments.join(" "));
    println!("{command}");
    let status = cargo()
        .args(arguments)
        .env("END_TO_END_PROGRAMS", programs)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command} failed").into())
    }
}
