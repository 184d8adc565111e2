//! The README's commands are run as they are printed, and its table names the variables that exist.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    collections::BTreeSet,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use end_to_end::{Result, eventually};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// `make run` builds with the release profile first.
const BUILD_PATIENCE: Duration = Duration::from_secs(900);

/// The trace of a request, drawn in the terminal.
const TRACE: &str = r#"target/release/console trace --console http://localhost:2000 "$(curl -si http://localhost:8080/api | tr -d '\r' | sed -n 's/^x-amzn-trace-id: Root=\([^;]*\).*/\1/p')""#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Returns the blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// Returns the commands that a reader types, in order.
fn commands(readme: &str) -> Vec<String> {
    let lines = blocks(readme, "console");
    lines
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.strip_prefix("$ "))
        .map(str::to_owned)
        .collect()
}

/// The README's three ports, exchanged for free ones.
struct Ports([(u16, u16); 3]);

impl Ports {
    fn free() -> Self {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let free = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap().port());
        Self([(2000, free[0]), (8080, free[1]), (8081, free[2])])
    }

    fn exchange(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (known, free)| {
            text.replace(&format!("localhost:{known}"), &format!("localhost:{free}"))
        })
    }
}

async fn run(command: &str) -> Result<String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(root())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{command}: {} {said}", output.status).into())
    }
}

/// Starts `make run` and returns it with its lines up to the one that ends them.
async fn make_run(ports: &Ports) -> Result<(Child, Lines<BufReader<ChildStdout>>, Vec<String>)> {
    let mut child = Command::new("make")
        .arg("run")
        .current_dir(root())
        .envs(
            ["CONSOLE_PORT", "FRONT_PORT", "BACK_PORT"]
                .iter()
                .zip(ports.0.map(|(_, free)| free.to_string())),
        )
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = Vec::new();
    let until_ready = async {
        while let Some(line) = lines.next_line().await? {
            said.push(line);
            if said.last().is_some_and(|line| line == "Ctrl-C stops all.") {
                return Ok(());
            }
        }
        Result::Err(format!("make run ended:\n{}", said.join("\n")).into())
    };
    timeout(BUILD_PATIENCE, until_ready).await??;
    Ok((child, lines, said))
}

#[tokio::test]
async fn make_run_ends_with_the_lines_that_the_readme_prints_and_the_commands_work() -> Result<()> {
    let (readme, ports) = (readme(), Ports::free());
    // `make test` is what runs this; a new command must be run here too.
    assert_eq!(
        commands(&readme),
        [
            "make run",
            "curl -si http://localhost:8080/api",
            TRACE,
            "make doctor",
            "make test"
        ]
    );

    let (mut make, mut lines, said) = make_run(&ports).await?;
    let printed: Vec<String> = ports
        .exchange(&blocks(&readme, "text")[0])
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(said[said.len() - printed.len()..], printed);
    // Nobody reads on, and a full pipe would stop the programs.
    let reader = tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

    let answer = run(&ports.exchange("curl -si http://localhost:8080/api")).await?;
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.to_lowercase().contains("\nx-amzn-trace-id: root=1-"),
        "{answer}"
    );
    let drawn = eventually("a drawn trace", async || {
        // What was asked a moment ago may still be on its way.
        Ok(run(&ports.exchange(TRACE)).await.ok())
    })
    .await?;
    for name in ["✓ x-ray-sample-front-k8s", "✓ └ x-ray-sample-back-k8s-gen"] {
        assert!(drawn.contains(name), "{drawn}");
    }
    let id = drawn.lines().next().unwrap();
    let logs = format!("curl -s http://localhost:2000/logs/{id}");
    eventually("the services' lines at the console", async || {
        let answer = run(&ports.exchange(&logs)).await?;
        let is_there = ["generated", "answered"]
            .iter()
            .all(|message| answer.contains(message));
        Ok(is_there.then_some(()))
    })
    .await?;
    let port = ports.0[0].1;
    let said = run(&format!("CONSOLE_PORT={port} make doctor")).await?;
    let expected = blocks(&readme, "text")
        .into_iter()
        .find(|block| block.starts_with('✔'))
        .unwrap();
    for line in expected.lines() {
        let line = line.replace("2000", &port.to_string());
        let begin = line.split(['…', '1']).next().unwrap();
        assert!(said.contains(begin), "{line} is not in {said}");
    }
    assert!(said.contains("All hops work"), "{said}");

    let counters = "curl -s http://localhost:8080/metrics | grep xray_";
    assert!(readme.contains(counters));
    assert!(
        run(&ports.exchange(counters))
            .await?
            .contains("xray_refused_total 0")
    );
    assert!(
        run(&ports.exchange("curl -s http://localhost:2000/status"))
            .await?
            .contains("\"datagrams\"")
    );

    let pid = Pid::from_raw(i32::try_from(make.id().unwrap())?).unwrap();
    kill_process(pid, Signal::TERM)?;
    timeout(end_to_end::PATIENCE, make.wait()).await??;
    timeout(end_to_end::PATIENCE, reader).await??;
    for (_, port) in ports.0 {
        TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("something still listens on {port}: {error}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn the_table_of_variables_names_all_that_exist_and_no_other() -> Result<()> {
    let mut known: BTreeSet<String> = ["CONSOLE_PORT", "FRONT_PORT", "BACK_PORT"]
        .map(str::to_owned)
        .into();
    for program in ["frontend", "backend", "console"] {
        known.extend(end_to_end::variables_of(program).await?);
    }
    let readme = readme();
    let table = readme
        .split("| variable |")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let first_cells = table
        .lines()
        .skip(2)
        .map(|line| line.split('|').nth(1).unwrap());
    let named: BTreeSet<String> = first_cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, known);
    Ok(())
}
