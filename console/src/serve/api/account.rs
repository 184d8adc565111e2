//! What an AWS account has and a console has not: answered as an account that never used it would.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::Deserialize;
use serde_json::json;
use traces::groups::GroupReference;

use super::parameters::window;
use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    request::read,
    state::Console,
    timestamp::Timestamp,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetInsightSummaries {
    start_time: Timestamp,
    end_time: Timestamp,
    #[serde(flatten)]
    group: GroupReference,
    next_token: Option<String>,
}

/// Lists insights: none.
pub(super) async fn get_insight_summaries(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetInsightSummaries = read(body)?;
    no_token(request.next_token.as_deref())?;
    window(request.start_time, request.end_time)?;
    console.groups().filter(&request.group)?;
    answer(&json!({ "InsightSummaries": [] }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneInsight {
    insight_id: String,
}

/// Answers for everything that is asked of one insight.
pub(super) async fn no_insight(body: Result<Bytes, BytesRejection>) -> Answer {
    let request: OneInsight = read(body)?;
    let message = format!(
        "there is no insight {}: the console finds none",
        request.insight_id
    );
    Err(ApiError::invalid(message))
}

/// Says that nothing is encrypted with a key of its own.
pub(super) async fn get_encryption_config() -> Answer {
    answer(&json!({ "EncryptionConfig": { "Status": "ACTIVE", "Type": "NONE" } }))
}

/// Says that segments stay in X-Ray.
pub(super) async fn get_trace_segment_destination() -> Answer {
    answer(&json!({ "Destination": "XRay", "Status": "ACTIVE" }))
}
