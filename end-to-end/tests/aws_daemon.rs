//! AWS's own X-Ray daemon between the services and the console. Needs Go, which builds it.

use std::{
    env, fs,
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use end_to_end::{
    Console, Markdown, Program, Result, eventually, free_address, root,
    stack::{start_back, start_front},
};
use segment::Document;
use tokio::{sync::Semaphore, task::JoinSet, time::interval};

use crate::sampling::{reported, sampled_by_rules};

const REQUESTS: u64 = 5_000;
/// Requests a second: a daemon of which nobody reads fast enough may drop more than 1,000 documents a second.
const RATE: u64 = 300;
/// Requests under way at once.
const AT_ONCE: usize = 64;

/// AWS's daemon, running.
struct Daemon {
    program: Program,
    address: SocketAddr,
}

impl Daemon {
    /// Starts it with the configuration that the README shows, its ports exchanged.
    async fn start(console: &Console) -> Result<Self> {
        let address = free_address()?;
        let config = fs::read_to_string(folder().join("cfg.yaml"))?
            .replace("127.0.0.1:2000", &console.address.to_string())
            .replace("127.0.0.1:2001", &address.to_string());
        let path = target().join(format!("aws-xray-daemon-{}.yaml", address.port()));
        fs::write(&path, config)?;
        // The README's second line, with the program and the configuration of this test.
        let readme = Markdown::read("README.md");
        let line = readme.commands_with("go build").lines().nth(1);
        let line = line
            .ok_or("there is no second line")?
            .replace("./xray-daemon", build(&readme)?.to_str().unwrap())
            .replace("cfg.yaml", path.to_str().unwrap());
        let arguments = ["-c", &format!("exec env {line}")];
        let program = Program::run("aws-xray-daemon", Path::new("/bin/sh"), &arguments, &[])?;
        let daemon = Self { program, address };
        eventually("the daemon's proxy", async || {
            Ok(daemon.call("GetSamplingRules", "{}").await.ok())
        })
        .await
        .map_err(|error| format!("{error}\n{}", daemon.program.lines().join("\n")))?;
        Ok(daemon)
    }

    /// Calls an operation through its proxy.
    async fn call(&self, path: &str, request: &str) -> Result<serde_json::Value> {
        let url = format!("http://{}/{path}", self.address);
        let client = reqwest::Client::new();
        let response = client.post(url).body(request.to_owned()).send().await?;
        let text = response.error_for_status()?.text().await?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// Where it is pinned.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("aws-daemon")
}

fn target() -> PathBuf {
    env!("CARGO_TARGET_TMPDIR").into()
}

/// Builds it as the README says, or takes the one that `AWS_XRAY_DAEMON` names: another version, say.
fn build(readme: &Markdown) -> Result<PathBuf> {
    if let Some(program) = env::var_os("AWS_XRAY_DAEMON") {
        return Ok(program.into());
    }
    let program = target().join("aws-xray-daemon");
    let line = readme.commands_with("go build").lines().next();
    let line = line.ok_or("there is no first line")?;
    let elsewhere = format!("-o {} ", program.display());
    let line = line.replace("-o xray-daemon ", &elsewhere);
    assert!(line.contains(&elsewhere), "{line}");
    let status = Command::new("sh")
        .args(["-c", &line])
        .current_dir(root())
        // The commit is not part of what is tested, and a work tree may have none.
        .env("GOFLAGS", "-buildvcs=false")
        .status()?;
    if status.success() {
        Ok(program)
    } else {
        Err(format!("AWS's daemon cannot be built: {line}").into())
    }
}

/// Asks the front end again and again, each time for another trace, and returns how many answers were wrong.
async fn ask(front: SocketAddr) -> Result<usize> {
    let client = reqwest::Client::new();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(RATE)?);
    let mut requests = JoinSet::new();
    for number in 0..REQUESTS {
        ticks.tick().await;
        let place = Arc::clone(&places).acquire_owned().await?;
        let request = client.get(format!("http://{front}/api")).header(
            "X-Amzn-Trace-Id",
            format!("Root={};Sampled=1", trace_id(number)),
        );
        requests.spawn(async move {
            let response = request.send().await;
            drop(place);
            response.is_ok_and(|response| response.status() == 200)
        });
    }
    let answers = requests.join_all().await;
    Ok(answers.into_iter().filter(|is_right| !is_right).count())
}

fn trace_id(number: u64) -> String {
    format!("1-5f84c7a1-{:024x}", number + 1)
}

/// Returns what is wrong with a trace; complete it has a segment of each service, and the second one hangs
/// below the call in the first.
fn fault(documents: &[Document<'_>]) -> Option<String> {
    let of = |name: &str| documents.iter().find(|document| document.name == name);
    let (Some(front), Some(back)) = (of(frontend::NAME), of(backend::NAME)) else {
        let names: Vec<_> = documents.iter().map(|document| &document.name).collect();
        return Some(format!("has only {names:?}"));
    };
    let [call] = front.subsegments.as_slice() else {
        return Some("does not have the call".to_owned());
    };
    (documents.len() != 2 || back.parent_id != Some(call.id)).then(|| "does not join".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trace_is_complete_after_the_aws_daemon_which_rejects_nothing() -> Result<()> {
    let console = Console::start().await?;
    let mut daemon = Daemon::start(&console).await?;
    let address = daemon.address.to_string();
    let (mut back, back_address) = start_back("127.0.0.1:0", &address).await?;
    let (mut front, front_address) =
        start_front(&format!("http://{back_address}"), &address, "").await?;

    assert_eq!(ask(front_address).await?, 0, "requests failed");
    assert!(front.terminate().await?.success());
    assert!(back.terminate().await?.success());
    eventually("every document at the console", async || {
        let status = console.status().await?;
        let accepted = &status["documents"]["accepted"];
        if accepted == 2 * REQUESTS {
            Ok(Some(()))
        } else {
            Err(format!("{accepted} documents: {status:#}").into())
        }
    })
    .await?;
    for number in 0..REQUESTS {
        let documents = console.documents(&trace_id(number)).await?;
        assert_eq!(fault(&documents), None, "trace {}", trace_id(number));
    }

    // It tells what it counted once a minute, and when it ends.
    assert!(daemon.program.terminate().await?.success());
    let telemetry = console.status().await?["telemetry"].clone();
    for (counter, expected) in [
        ("segments_received", 2 * REQUESTS),
        ("segments_sent", 2 * REQUESTS),
        ("segments_rejected", 0),
        ("segments_spilled_over", 0),
        ("connection_errors", 0),
    ] {
        assert_eq!(telemetry[counter], expected, "{counter} in {telemetry:#}");
    }
    Ok(())
}

#[tokio::test]
async fn sampling_rules_and_targets_come_through_its_proxy() -> Result<()> {
    let console = Console::start().await?;
    let mut daemon = Daemon::start(&console).await?;
    let rules = daemon.call("GetSamplingRules", "{}").await?;
    assert_eq!(
        rules["SamplingRuleRecords"][0]["SamplingRule"]["RuleName"],
        "Default"
    );
    let statistics = serde_json::json!({ "SamplingStatisticsDocuments": [{
        "RuleName": "Default", "ClientID": "0123456789abcdef01234567", "Timestamp": 1_795_370_196,
        "RequestCount": 3, "SampledCount": 1, "BorrowCount": 0
    }] });
    let targets = daemon
        .call("SamplingTargets", &statistics.to_string())
        .await?;
    assert_eq!(
        targets["SamplingTargetDocuments"][0]["RuleName"], "Default",
        "{targets:#}"
    );
    assert!(daemon.program.terminate().await?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_samples_by_the_rules_of_the_console_and_reports_to_it() -> Result<()> {
    let console = Console::start().await?;
    let mut daemon = Daemon::start(&console).await?;
    let tracing = sampled_by_rules(daemon.address).await?;
    reported(&console).await?;
    assert_eq!(tracing.delivery().sampling_failures, 0);
    assert!(daemon.program.terminate().await?.success());
    Ok(())
}

#[tokio::test]
async fn a_document_that_the_console_refuses_is_counted_by_the_daemon_as_rejected() -> Result<()> {
    let console = Console::start().await?;
    let mut daemon = Daemon::start(&console).await?;
    let datagram = b"{\"format\":\"json\",\"version\":1}\n{\"id\":1}";
    UdpSocket::bind("127.0.0.1:0")?.send_to(datagram, daemon.address)?;
    eventually("the refusal", async || {
        let status = console.status().await?;
        let refused = status["documents"]["refused"].as_object().unwrap();
        Ok((!refused.is_empty()).then_some(()))
    })
    .await?;
    assert!(daemon.program.terminate().await?.success());
    let status = console.status().await?;
    assert_eq!(status["telemetry"]["segments_rejected"], 1, "{status:#}");
    Ok(())
}
