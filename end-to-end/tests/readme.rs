//! Runs the commands in README.md and docs/tour.md as printed; what they name exists.

mod names;
mod processes;

use std::{fs, net::TcpListener};

use end_to_end::{Markdown, Result, Running, eventually, root};

use self::processes::{Ports, run};

/// Who runs a block of commands.
#[derive(Debug, PartialEq)]
enum Runner {
    /// A test of this file.
    Here,
    /// `aws_clients.rs`, where the aws command is.
    AwsClients,
    /// `aws_daemon.rs`, where Go is.
    AwsDaemon,
    /// `shop.rs`, where PostgreSQL is.
    Shop,
    /// Nobody: it needs a cluster, an account or an engine. What it names must exist.
    Nobody,
}

/// What only somebody with a cluster, an account or an engine can run.
const ELSEWHERE: [&str; 9] = [
    "kubectl ",
    "eksctl ",
    "docker ",
    "make kind",
    "make push",
    "make deploy",
    "make undeploy",
    "make ecs",
    "aws ec2 ",
];

fn runner(block: &str) -> Runner {
    if block.contains("aws xray ") {
        Runner::AwsClients
    } else if block.contains("go build ") {
        Runner::AwsDaemon
    } else if block.starts_with("make shop") {
        Runner::Shop
    } else if ELSEWHERE.iter().any(|command| block.contains(command)) {
        Runner::Nobody
    } else {
        Runner::Here
    }
}

/// The README's blocks that need nothing but this repository, in their order: whoever adds one runs it below.
const HERE: [&str; 11] = [
    "make run",
    "make console",
    "make demo",
    API,
    TRACE,
    "make doctor",
    DEBUG,
    METRICS,
    STATUS,
    SPLIT,
    "make run CONSOLE_PORT=3000",
];
/// That which runs this test.
const TEST: &str = "make test";

/// What `make run` builds is a quarter larger than what an image holds, which `make containers` lets have 9.5 MB. The console
/// is the largest: HTTP/2 and gRPC, an engine for traces on disk and three codings are in it.
const MAX_PROGRAM_BYTES: u64 = 12_000_000;

const API: &str = "curl -si http://localhost:8080/api";
const TRACE: &str = r#"target/release/console trace --console http://localhost:2000 "$(curl -si http://localhost:8080/api | tr -d '\r' | sed -n 's/^x-amzn-trace-id: Root=\([^;]*\).*/\1/p')""#;
const DEBUG: &str =
    "curl -si -H 'X-Ray-Debug: sampling' http://localhost:8080/api | grep -i x-ray-sampling";
const METRICS: &str = "curl -s http://localhost:8080/metrics | grep xray_";
const STATUS: &str = "curl -s http://localhost:2000/status";
const SPLIT: &str = "curl -si -H 'X-Amzn-Trace-Id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1' \\\n  http://localhost:8080/api | grep -i x-amzn-trace-id";

#[test]
fn every_block_of_commands_is_run_by_a_test_or_needs_more_than_a_test_has() {
    let readme = Markdown::read("README.md");
    let blocks = readme.blocks("sh");
    let here: Vec<&str> = blocks
        .iter()
        .map(|block| block.trim_end())
        .filter(|block| runner(block) == Runner::Here)
        .collect();
    assert_eq!(here, [&HERE[..], &[TEST]].concat());
    for once in [Runner::AwsClients, Runner::AwsDaemon, Runner::Shop] {
        let number = blocks.iter().filter(|block| runner(block) == once).count();
        assert_eq!(number, 1, "{once:?}");
    }
    // The tour's are the README's.
    for block in Markdown::read("docs/tour.md").blocks("sh") {
        assert!(HERE.contains(&block.trim_end()), "{block}");
    }
    for page in [readme, Markdown::read("docs/tour.md")] {
        assert_eq!(
            page.blocks("console"),
            [""; 0],
            "write sh, which can be pasted"
        );
        for block in page.blocks("sh") {
            let has_gap = block.contains('…') || block.contains("=<");
            assert!(
                !has_gap,
                "something to fill in, where it could be a variable: {block}"
            );
        }
    }
}

#[tokio::test]
async fn make_run_ends_with_the_lines_that_the_readme_prints_and_the_commands_work() -> Result<()> {
    let (readme, ports) = (Markdown::read("README.md"), Ports::free());
    let (running, said) =
        Running::start("make run", &ports.variables(), "Ctrl-C stops all.").await?;
    let printed = ports.exchange(readme.blocks("text")[0]);
    let printed: Vec<&str> = printed.lines().collect();
    assert_eq!(said[said.len() - printed.len()..], printed);

    for program in ["console", "frontend", "backend"] {
        let bytes = fs::metadata(root().join("target/release").join(program))?.len();
        assert!(bytes <= MAX_PROGRAM_BYTES, "{program}: {bytes} bytes");
    }

    let answer = run(&ports.exchange(API)).await?;
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

    let port = ports.console();
    let said = run(&format!("CONSOLE_PORT={port} make doctor")).await?;
    let mut texts = readme.blocks("text").into_iter();
    let expected = texts.find(|block| block.starts_with('✔')).unwrap();
    for line in expected.lines() {
        let line = line.replace("2000", &port.to_string());
        let begin = line.split(['…', '1']).next().unwrap();
        assert!(said.contains(begin), "{line} is not in {said}");
    }
    assert!(said.contains("All hops work"), "{said}");

    let why = run(&ports.exchange(DEBUG)).await?;
    assert!(why.contains("by=rule"), "{why}");
    let counters = run(&ports.exchange(METRICS)).await?;
    assert!(counters.contains("xray_refused_total 0"), "{counters}");
    let status = run(&ports.exchange(STATUS)).await?;
    assert!(status.contains("\"dropped_by_socket\""), "{status}");
    let back = run(&ports.exchange(SPLIT)).await?;
    assert!(
        back.contains("Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a"),
        "{back}"
    );

    running.stop().await?;
    for (_, port) in ports.0 {
        TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("something still listens on {port}: {error}"))?;
    }
    Ok(())
}

#[tokio::test]
async fn make_demo_makes_traffic_and_says_what_comes() -> Result<()> {
    let ports = Ports::free();
    // A test has no browser to open.
    let command = "NO_OPEN=true make demo";
    let (running, _) = Running::start(command, &ports.variables(), "Ctrl-C stops all.").await?;
    // Nobody asks but the demo: five a second, and twenty at once every ten seconds.
    eventually("the demo's traffic", async || {
        let counters =
            run(&ports.exchange("curl -s http://localhost:8080/metrics | grep ^xray_sent_total"))
                .await?;
        let sent: u64 = counters
            .trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .parse()?;
        Ok((sent >= 25).then_some(()))
    })
    .await?;
    let said = running.stop().await?;
    assert!(
        said.iter().any(|line| line.starts_with("demo: no faults")),
        "{said:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn make_console_begins_with_the_line_that_the_readme_prints() -> Result<()> {
    let (readme, ports) = (Markdown::read("README.md"), Ports::free());
    let address = format!("127.0.0.1:{}", ports.console());
    let printed = readme.blocks("text")[1].replace("127.0.0.1:2000", &address);
    // The ports of OTLP, which come behind it, may be taken here.
    let begin = printed.split(" or ").next().unwrap();
    let command = "XRAY_CONSOLE_OTLP=127.0.0.1:0 XRAY_CONSOLE_OTLP_GRPC=off make console";
    let is_it = |line: &str| line.starts_with(begin);
    let (running, said) = Running::start_until(command, &ports.variables(), is_it).await?;
    assert_eq!(said.len(), 1, "{said:#?}");
    run(&format!("curl -sf http://{address}/livez")).await?;
    running.stop().await?;
    Ok(())
}

#[tokio::test]
async fn another_port_is_another_port() -> Result<()> {
    let ports = Ports::free();
    let port = ports.console();
    let command = HERE[10].replace("3000", &port.to_string());
    // What is said on the command line wins over the environment.
    let elsewhere = Ports([(2000, 1), ports.0[1], ports.0[2]]);
    let (running, said) =
        Running::start(&command, &elsewhere.variables(), "Ctrl-C stops all.").await?;
    let address = format!("  console    http://localhost:{port}");
    assert!(said.contains(&address), "{said:#?}");
    run(&format!("curl -sf http://localhost:{port}/livez")).await?;
    running.stop().await?;
    Ok(())
}
