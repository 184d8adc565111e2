//! `PutTraceSegments` and `PutTelemetryRecords`.

use std::net::SocketAddr;

use serde::Serialize;
use serde_json::json;

use crate::{
    receive::{
        intake::Refusal,
        origin::{Origin, Protocol},
        telemetry,
    },
    serve::{
        answer::{Answer, answer, take_in},
        clock,
        error::ApiError,
        request::Member,
        state::Console,
    },
};

/// Most documents in a call; AWS's daemon sends up to 50.
const MAX_DOCUMENTS: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    error_code: &'static str,
    message: String,
}

/// Stores each document; the answer lists those that were refused.
pub(super) async fn put_trace_segments(
    console: Console,
    sender: Option<SocketAddr>,
    request: Member,
) -> Answer {
    let [texts] = request.members(["TraceSegmentDocuments"])?;
    let texts = texts.texts()?;
    if texts.len() > MAX_DOCUMENTS {
        return Err(ApiError::invalid(format!(
            "TraceSegmentDocuments has more than {MAX_DOCUMENTS} members; send them in several calls"
        )));
    }
    let now = clock::now();
    take_in(move || {
        let refused: Vec<Unprocessed> = texts
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
    })
    .await
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

/// Sums up daemons' telemetry, for `GET /status`.
pub(super) fn put_telemetry_records(console: &Console, request: Member) -> Answer {
    let [records] = request.members(["TelemetryRecords"])?;
    let records: Vec<telemetry::Counts> = records.parsed()?;
    if records.is_empty() {
        return Err(ApiError::invalid(
            "TelemetryRecords is empty: send at least one record",
        ));
    }
    for record in &records {
        console.telemetry.add(record);
    }
    answer(&json!({}))
}
