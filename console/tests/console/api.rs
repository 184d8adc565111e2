//! The X-Ray API, one file for each family of operations.

mod account;
mod answers;
mod groups;
mod refusals;
mod requests;
mod retrievals;
mod sampling;
mod segments;
mod series;
mod strict;
mod summaries;
mod tags;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

fn segment(number: u32, more: &str) -> String {
    format!(
        r#"{{"name":"shop","id":"{:016x}","trace_id":"1-{number:08x}-e7d1852db8c4fd35d88bf49a","start_time":{number},"end_time":{number}.5{more}}}"#,
        number + 1
    )
}

fn ids(answer: &Value) -> Vec<String> {
    let summaries = answer["TraceSummaries"].as_array().unwrap();
    summaries
        .iter()
        .map(|summary| summary["Id"].as_str().unwrap().to_owned())
        .collect()
}

fn clock() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}
