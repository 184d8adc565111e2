//! `PutTraceSegments` and `PutTelemetryRecords`.

use std::net::SocketAddr;

use axum::{
    body::Bytes,
    extract::{ConnectInfo, Extension, State, rejection::BytesRejection},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    receive::{
        intake::Refusal,
        origin::{Origin, Protocol},
        telemetry,
    },
    serve::{
        answer::{Answer, answer},
        clock,
        error::ApiError,
        request::read,
        state::Console,
        timestamp::Timestamp,
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutTraceSegments {
    trace_segment_documents: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    error_code: &'static str,
    message: String,
}

/// Keeps each document; those that cannot be kept are answered one by one.
pub(super) async fn put_trace_segments(
    State(console): State<Console>,
    sender: Option<Extension<ConnectInfo<SocketAddr>>>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: PutTraceSegments = read(body)?;
    let now = clock::now();
    let sender = sender.map(|Extension(ConnectInfo(sender))| sender);
    let refused: Vec<Unprocessed> = request
        .trace_segment_documents
        .iter()
        .filter_map(|text| {
            let origin = Origin {
                at: now,
                sender,
                via: Protocol::Api,
                bytes: text.len(),
            };
            console.intake.document(text, origin).err()
        })
        .map(Unprocessed::from)
        .collect();
    console.intake.events.notify();
    answer(&json!({ "UnprocessedTraceSegments": refused }))
}

impl From<Refusal> for Unprocessed {
    fn from(refusal: Refusal) -> Self {
        Self {
            id: refusal.id.map(|id| id.to_string()),
            error_code: refusal.code,
            message: refusal.message,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutTelemetryRecords {
    telemetry_records: Vec<TelemetryRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TelemetryRecord {
    #[serde(rename = "Timestamp")]
    _timestamp: Timestamp,
    #[serde(flatten)]
    counts: telemetry::Counts,
}

/// Adds up what daemons say of themselves, for `GET /status`.
pub(super) async fn put_telemetry_records(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: PutTelemetryRecords = read(body)?;
    if request.telemetry_records.is_empty() {
        return Err(ApiError::invalid(
            "TelemetryRecords is empty: send at least one record",
        ));
    }
    for record in &request.telemetry_records {
        console.telemetry.add(&record.counts);
    }
    answer(&json!({}))
}
