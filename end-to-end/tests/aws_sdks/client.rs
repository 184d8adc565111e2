//! The programs that make the calls: one with an SDK, or one that writes to the wire directly.

use std::process::{Command, Stdio};

use end_to_end::{Console, PATIENCE, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

/// What came back of a call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Reply {
    pub(super) output: Option<Value>,
    /// The name of the exception.
    pub(super) error: Option<String>,
    pub(super) message: Option<String>,
    pub(super) status: Option<u16>,
    #[serde(rename = "requestId")]
    pub(super) request_id: Option<String>,
}

pub(super) enum Client {
    Wire(Wire),
    Program(Box<Program>),
}

/// A program of `clients/`, running.
pub(super) struct Program {
    _child: Child,
    calls: ChildStdin,
    replies: Lines<BufReader<ChildStdout>>,
}

/// The API as it is.
pub(super) struct Wire {
    url: String,
    client: reqwest::Client,
}

impl Client {
    /// Makes a call.
    pub(super) async fn call(&mut self, operation: &str, input: &Value) -> Result<Reply> {
        let reply = match self {
            Self::Wire(wire) => wire.call(operation, input).await,
            Self::Program(program) => program.call(operation, input).await,
        };
        let reply = reply.map_err(|error| format!("{operation} {input}: {error}"))?;
        // Not every client tells it.
        match &reply.request_id {
            Some(id) if id.len() != 36 => {
                Err(format!("{operation}: the request id is {id:?}").into())
            }
            _ => Ok(reply),
        }
    }

    /// Makes a call that must succeed, and returns what it answers.
    pub(super) async fn output(&mut self, operation: &str, input: Value) -> Result<Value> {
        let reply = self.call(operation, &input).await?;
        match reply.output {
            Some(output) => Ok(output),
            None => Err(format!("{operation} {input}: {reply:?}").into()),
        }
    }
}

impl Program {
    /// Starts it.
    pub(super) fn start(mut command: Command, console: &Console) -> Result<Self> {
        command
            .arg(console.url(""))
            // No caches in the work tree.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()?;
        let calls = child.stdin.take().ok_or("no standard input")?;
        let replies = child.stdout.take().ok_or("no standard output")?;
        Ok(Self {
            _child: child,
            calls,
            replies: BufReader::new(replies).lines(),
        })
    }

    async fn call(&mut self, operation: &str, input: &Value) -> Result<Reply> {
        let line = format!("{}\n", json!({ "operation": operation, "input": input }));
        self.calls.write_all(line.as_bytes()).await?;
        let reply = timeout(PATIENCE, self.replies.next_line()).await??;
        let reply = reply.ok_or("the client ended; its error output says why")?;
        Ok(serde_json::from_str(&reply)?)
    }
}

impl Wire {
    pub(super) fn new(console: &Console) -> Self {
        Self {
            url: console.url(""),
            client: reqwest::Client::new(),
        }
    }

    async fn call(&self, operation: &str, input: &Value) -> Result<Reply> {
        let url = format!("{}/{}", self.url, path(operation));
        let response = self.client.post(url).json(input).send().await?;
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (request_id, error) = (header("x-amzn-requestid"), header("x-amzn-errortype"));
        let status = response.status();
        let body: Value = response.json().await?;
        Ok(Reply {
            request_id,
            message: error
                .as_ref()
                .and(body["Message"].as_str().map(str::to_owned)),
            status: error.as_ref().map(|_| status.as_u16()),
            output: error.is_none().then_some(body),
            error,
        })
    }
}

/// Returns the path of an operation: most of those that only read have a shorter one.
fn path(operation: &str) -> &str {
    match operation {
        "BatchGetTraces" => "Traces",
        "GetEncryptionConfig"
        | "GetGroups"
        | "GetInsight"
        | "GetInsightEvents"
        | "GetInsightImpactGraph"
        | "GetInsightSummaries"
        | "GetSamplingStatisticSummaries"
        | "GetSamplingTargets"
        | "GetServiceGraph"
        | "GetTimeSeriesServiceStatistics"
        | "GetTraceGraph"
        | "GetTraceSummaries"
        | "PutTelemetryRecords"
        | "PutTraceSegments" => &operation[3..],
        other => other,
    }
}
