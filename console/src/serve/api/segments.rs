//! `PutTraceSegments` and `PutTelemetryRecords`.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Extension, State};
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
        request::Input,
        state::Console,
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutTraceSegments {
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
    Input(request): Input<PutTraceSegments>,
) -> Answer {
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
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutTelemetryRecords {
    telemetry_records: Vec<telemetry::Counts>,
}

/// Adds up what daemons say of themselves, for `GET /status`.
pub(super) async fn put_telemetry_records(
    State(console): State<Console>,
    Input(request): Input<PutTelemetryRecords>,
) -> Answer {
    if request.telemetry_records.is_empty() {
        return Err(ApiError::invalid(
            "TelemetryRecords is empty: send at least one record",
        ));
    }
    for record in &request.telemetry_records {
        console.telemetry.add(record);
    }
    answer(&json!({}))
}
