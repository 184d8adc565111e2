//! AWS's own clients against the console. Needs Python with boto3, and the `aws` command.
//!
//! The scripts hold every answer against the service model that comes with botocore.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::path::Path;

use end_to_end::{Console, Result, Stack};
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
async fn grafanas_data_source_finds_what_it_takes_for_granted() -> Result<()> {
    let console = Console::start().await?;
    script("grafana.py", &[&console.url("")]).await
}
