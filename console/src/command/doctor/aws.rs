//! X-Ray itself, called through the user's aws CLI, which has the user's credentials, region and endpoint.

use std::{process::Stdio, time::Duration};

use segment::TraceId;
use serde_json::Value;
use tokio::{process::Command, time::timeout};

/// How long the CLI may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Returns whether X-Ray has the trace, or the CLI's error.
pub(super) async fn has(trace: TraceId) -> Result<bool, String> {
    let command = Command::new("aws")
        .args(["xray", "batch-get-traces", "--output", "json"])
        .args(["--trace-ids", &trace.to_string()])
        .env("AWS_PAGER", "")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(TIMEOUT, command)
        .await
        .map_err(|_| format!("the aws CLI gave no answer within {} s", TIMEOUT.as_secs()))?
        .map_err(|error| format!("the aws CLI cannot be run: {error}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        let last = error.lines().rev().find(|line| !line.trim().is_empty());
        return Err(format!(
            "the aws CLI said: {}",
            last.unwrap_or("nothing").trim()
        ));
    }
    let answer: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("the aws CLI did not return JSON: {error}"))?;
    Ok(answer["Traces"]
        .as_array()
        .is_some_and(|traces| !traces.is_empty()))
}
