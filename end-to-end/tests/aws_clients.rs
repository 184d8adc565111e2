//! AWS's own clients against the console. Needs Python with boto3.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::path::Path;

use end_to_end::{Result, Stack};
use tokio::process::Command;

#[tokio::test]
async fn boto3_reads_the_graph_the_summaries_and_the_trace() -> Result<()> {
    let stack = Stack::start().await?;
    let response = reqwest::get(stack.front_url("/api")).await?;
    let trace_id = response.headers()["x-amzn-trace-id"]
        .to_str()?
        .trim_start_matches("Root=")
        .to_owned();
    stack.console.received(2).await?;

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_traces.py");
    let output = Command::new("python3")
        .arg(script)
        .args([stack.console.url(""), trace_id])
        .output()
        .await?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
