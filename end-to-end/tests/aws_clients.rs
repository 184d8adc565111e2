//! AWS's own clients with the console. Needs Python with boto3, and the `aws` command.
//!
//! The scripts check every answer against botocore's service model.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use end_to_end::{Console, Markdown, Program, Result, Stack, root};
use tokio::process::Command;

/// Runs a script of `python/`; whatever it complains about is the report of a failure.
async fn script(name: &str, arguments: &[&str]) -> Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("python")
        .join(name);
    let output = Command::new("python3")
        // No caches in the work tree.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args(arguments)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    Ok(())
}

#[tokio::test]
async fn boto3_reads_the_graph_the_summaries_and_the_trace() -> Result<()> {
    let stack = Stack::start().await?;
    let response = reqwest::get(stack.front_url("/api")).await?;
    let trace_id = response.headers()["x-amzn-trace-id"]
        .to_str()?
        .trim_start_matches("Root=")
        .to_owned();
    stack.console.received(2).await?;
    script("read_traces.py", &[&stack.console.url(""), &trace_id]).await
}

#[tokio::test]
async fn boto3_asks_every_operation_and_knows_every_answer() -> Result<()> {
    let console = Console::start().await?;
    script("every_operation.py", &[&console.url("")]).await
}

#[tokio::test]
async fn the_tables_of_requests_are_what_botocores_model_says() -> Result<()> {
    let tables = root().join("console/src/serve/model/tables.rs");
    script("model.py", &[tables.to_str().unwrap(), "--check"]).await
}

#[tokio::test]
async fn boto3_goes_through_all_pages() -> Result<()> {
    let console = Console::start().await?;
    script("paginators.py", &[&console.url("")]).await
}

#[tokio::test]
async fn boto3_makes_sampling_rules_and_clients_share_them() -> Result<()> {
    let console = Console::start().await?;
    script("sampling.py", &[&console.url("")]).await
}

#[tokio::test]
async fn the_aws_command_asks_every_operation() -> Result<()> {
    let console = Console::start().await?;
    script("aws_cli.py", &[&console.url("")]).await
}

#[tokio::test]
async fn the_readmes_aws_command_reads_the_graph() -> Result<()> {
    let stack = Stack::start().await?;
    reqwest::get(stack.front_url("/api")).await?;
    stack.console.received(2).await?;
    let readme = Markdown::read("README.md");
    let console = stack.console.address.to_string();
    let commands = readme.commands_with("aws xray");
    let ask = async || -> Result<Vec<String>> {
        let output = Command::new("sh")
            .args(["-e", "-c", &commands.replace("localhost:2000", &console)])
            .current_dir(root())
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{commands}: {said}");
        let graph: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let services = graph["Services"].as_array().unwrap();
        let names = services
            .iter()
            .map(|service| service["Name"].as_str().unwrap());
        Ok(names.map(str::to_owned).collect())
    };
    // It asks up to the second that runs, in which the request may have been made.
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let names = ask().await?;
        if ["x-ray-sample-front-k8s", "x-ray-sample-back-k8s"]
            .iter()
            .all(|name| names.iter().any(|found| found == name))
        {
            return Ok(());
        }
        assert!(Instant::now() < deadline, "{names:?}");
    }
}

#[tokio::test]
async fn grafanas_data_source_finds_what_it_takes_for_granted() -> Result<()> {
    let console = Console::start().await?;
    script("grafana.py", &[&console.url("")]).await
}

/// The variables with which the aws command asks a console; it wants credentials, and the console does not look at them.
fn aws_variables(endpoint: &str) -> [(&'static str, String); 6] {
    [
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
        ("AWS_ACCESS_KEY_ID", "none".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "none".to_owned()),
        ("AWS_DEFAULT_REGION", "eu-west-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}

/// Runs `console doctor --aws` and returns its exit code and what it says.
async fn doctor(daemon: &str, endpoint: &str) -> Result<(Option<i32>, String)> {
    let variables = aws_variables(endpoint);
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let arguments = ["doctor", "--aws", "--wait", "2", "--daemon", daemon];
    let mut program = Program::start("console", &arguments, &variables)?;
    let status = program.ended().await?;
    Ok((status.code(), program.lines().join("\n")))
}

#[tokio::test]
async fn the_doctor_asks_by_the_aws_command() -> Result<()> {
    let console = Console::start().await?;
    let daemon = console.address.to_string();
    let (code, said) = doctor(&daemon, &console.url("")).await?;
    assert_eq!((code, said.matches('✔').count()), (Some(0), 7), "{said}");
    assert!(said.contains("X-Ray shows trace 1-"), "{said}");

    // Whoever asks elsewhere does not see it: the first time nobody answers, the second time another console.
    let (code, said) = doctor(&daemon, "http://127.0.0.1:1").await?;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with("Broken: visible.") && said.contains("127.0.0.1:1"),
        "{said}"
    );
    let other = Console::start().await?;
    let (code, said) = doctor(&daemon, &other.url("")).await?;
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.ends_with("Broken: visible.") && said.contains("has no trace 1-"),
        "{said}"
    );
    Ok(())
}
