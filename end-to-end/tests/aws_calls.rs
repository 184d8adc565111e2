//! AWS's SDK for Rust with the interceptor, against moto's server: what is recorded, and what AWS got.
//! Needs Python with moto, boto3 and AWS's X-Ray SDK, which makes the same calls beside it.

mod beside;
mod moto;
mod recorded;

use std::collections::HashMap;

use end_to_end::{Console, Program, Result, build_example, eventually};
use moto::{Moto, Request};
use segment::TraceHeader;
use serde_json::Value;

/// What the program has written of one call.
#[derive(Debug)]
struct Made {
    /// The trace header of the segment around it.
    header: String,
    outcome: String,
}

/// All calls, made, and what came of them.
struct Calls {
    console: Console,
    moto: Moto,
    made: HashMap<String, Made>,
}

impl Calls {
    /// Makes them with the program that `aws-calls` builds.
    async fn make() -> Result<Self> {
        let (console, moto) = (Console::start().await?, Moto::start().await?);
        let address = console.address.to_string();
        let variables = [
            ("AWS_XRAY_DAEMON_ADDRESS", &*address),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
            // Here is no machine that has credentials for whoever asks.
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let program = build_example("aws-calls")?;
        let mut calls = Program::run("calls", &program, &[&moto.url()], &variables)?;
        let status = calls.ended().await?;
        let lines = calls.lines();
        assert!(status.success(), "{}", lines.join("\n"));
        let made = lines.iter().filter_map(|line| made(line)).collect();
        Ok(Self {
            console,
            moto,
            made,
        })
    }

    fn outcome(&self, step: &str) -> &str {
        &self.made[step].outcome
    }

    /// Returns the subsegment of a call; null if the segment around it has none.
    async fn subsegment(&self, step: &str) -> Result<Value> {
        subsegment(&self.console, &self.made[step].header).await
    }

    /// Returns the requests of a call.
    fn requests(&self, step: &str) -> Vec<Request> {
        let root = TraceHeader::parse(&self.made[step].header).root;
        let is_of_call = |request: &Request| {
            let header = request.headers.get("x-amzn-trace-id");
            let header = header.and_then(|header| header.to_str().ok());
            header.is_some_and(|header| TraceHeader::parse(header).root == root)
        };
        let requests = self.moto.requests();
        requests.into_iter().filter(is_of_call).collect()
    }
}

fn made(line: &str) -> Option<(String, Made)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| line[key].as_str().map(str::to_owned);
    let (header, outcome) = (text("header")?, text("outcome").unwrap_or_default());
    Some((text("step")?, Made { header, outcome }))
}

/// Waits for the segment that a header names, and returns its first subsegment.
async fn subsegment(console: &Console, header: &str) -> Result<Value> {
    let header = TraceHeader::parse(header);
    let (trace_id, id) = header.remote_parent().ok_or("a header without a segment")?;
    let (trace_id, id) = (trace_id.to_string(), id.to_string());
    eventually("the segment", async || {
        // Each is checked by the schema.
        console.documents(&trace_id).await?;
        let text = reqwest::get(console.url(&format!("/documents/{trace_id}")))
            .await?
            .text()
            .await?;
        let answer: Value = serde_json::from_str(&text)?;
        let documents = answer["documents"].as_array().into_iter().flatten();
        let mut documents =
            documents.filter_map(|document| serde_json::from_str::<Value>(document.as_str()?).ok());
        let segment =
            documents.find(|document| document["id"] == *id && document["end_time"].is_number());
        Ok(segment.map(|segment| segment["subsegments"][0].clone()))
    })
    .await
}
