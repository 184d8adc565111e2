//! `PutTraceSegments` and `PutTelemetryRecords`.

use std::{fmt, net::SocketAddr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};
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
        state::Console,
    },
};

/// Most documents in a call; AWS's daemon sends up to 50.
const MAX_DOCUMENTS: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PutTraceSegments {
    #[serde(deserialize_with = "documents")]
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

/// Stores each document; the answer lists those that were refused.
pub(super) async fn put_trace_segments(
    console: Console,
    sender: Option<SocketAddr>,
    request: PutTraceSegments,
) -> Answer {
    let now = clock::now();
    take_in(move || {
        let texts = request.trace_segment_documents.iter();
        let refused: Vec<Unprocessed> = texts
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

/// Parses documents, up to the limit: a list of empty ones takes many times its bytes in memory.
fn documents<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Documents;
    impl<'de> Visitor<'de> for Documents {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of segment documents")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut documents = Vec::new();
            while let Some(document) = list.next_element()? {
                if documents.len() == MAX_DOCUMENTS {
                    let words = format!(
                        "TraceSegmentDocuments has more than {MAX_DOCUMENTS} members; send them in several calls"
                    );
                    return Err(de::Error::custom(words));
                }
                documents.push(document);
            }
            Ok(documents)
        }
    }
    deserializer.deserialize_seq(Documents)
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

/// Sums up daemons' telemetry, for `GET /status`.
pub(super) fn put_telemetry_records(console: &Console, request: &PutTelemetryRecords) -> Answer {
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
