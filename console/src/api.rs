//! The X-Ray API: one file for each family of operations.
//!
//! Every operation is a `POST` with a JSON body, signed by AWS's clients; nobody looks at the signature.
//! <https://docs.aws.amazon.com/xray/latest/api/API_Operations.html>

mod account;
mod error;
mod graphs;
mod groups;
mod moment;
mod otlp;
mod paging;
mod sampling;
mod segments;
mod series;
mod traces;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, rejection::BytesRejection},
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde::{Serialize, de::DeserializeOwned};
use tower_http::decompression::RequestDecompressionLayer;

use crate::console::Console;
pub use error::ApiError;
pub(crate) use moment::{Moment, iso};
pub use paging::Paging;
pub(crate) use traces::trace_id;

/// The largest body that is read: fifty documents of 64 kB, with their JSON escapes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// What every operation's handler returns.
type Answer = Result<Response, ApiError>;

/// Returns the routes of all operations.
pub fn routes() -> Router<Console> {
    let operations: [(&str, MethodRouter<Console>); _] = [
        ("/TraceSegments", post(segments::put_trace_segments)),
        ("/TelemetryRecords", post(segments::put_telemetry_records)),
        ("/TraceSummaries", post(traces::get_trace_summaries)),
        ("/Traces", post(traces::batch_get_traces)),
        ("/ServiceGraph", post(graphs::get_service_graph)),
        ("/TraceGraph", post(graphs::get_trace_graph)),
        (
            "/TimeSeriesServiceStatistics",
            post(series::get_time_series_service_statistics),
        ),
        ("/GetSamplingRules", post(sampling::get_sampling_rules)),
        ("/CreateSamplingRule", post(sampling::create_sampling_rule)),
        ("/UpdateSamplingRule", post(sampling::update_sampling_rule)),
        ("/DeleteSamplingRule", post(sampling::delete_sampling_rule)),
        ("/SamplingTargets", post(sampling::get_sampling_targets)),
        (
            "/SamplingStatisticSummaries",
            post(sampling::get_sampling_statistic_summaries),
        ),
        ("/Groups", post(groups::get_groups)),
        ("/GetGroup", post(groups::get_group)),
        ("/CreateGroup", post(groups::create_group)),
        ("/UpdateGroup", post(groups::update_group)),
        ("/DeleteGroup", post(groups::delete_group)),
        ("/InsightSummaries", post(account::get_insight_summaries)),
        ("/Insight", post(account::no_insight)),
        ("/InsightEvents", post(account::no_insight)),
        ("/InsightImpactGraph", post(account::no_insight)),
        ("/EncryptionConfig", post(account::get_encryption_config)),
        (
            "/GetTraceSegmentDestination",
            post(account::get_trace_segment_destination),
        ),
    ];
    let router = operations
        .into_iter()
        .fold(Router::new(), |router, (path, handler)| {
            router.route(path, handler)
        });
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(otlp_routes())
}

/// Returns the route of OTLP alone.
pub fn otlp_routes() -> Router<Console> {
    Router::new()
        .route(otlp::PATH, post(otlp::export))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestDecompressionLayer::new())
}

/// Answers for operations that do not exist here.
pub async fn unknown(method: axum::http::Method, uri: Uri) -> ApiError {
    let operation = uri.path().trim_start_matches('/');
    if method == axum::http::Method::POST {
        return ApiError::invalid(format!("the console has no operation {operation}"));
    }
    let message = format!("there is nothing at {method} /{operation}");
    ApiError::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

/// Reads a request; no body at all is an empty one.
fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let body = if body.is_empty() { &b"{}"[..] } else { &body };
    // Without this a list would pass for the members of an object in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::invalid("the body is no JSON object"));
    }
    from_json(body).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Reads JSON in which a member that is null is absent, as in all of AWS's API.
fn from_json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    // Nearly no request has one, and without it the error tells the place.
    if !body.windows(4).any(|bytes| bytes == b"null") {
        return serde_json::from_slice(body);
    }
    let mut body = serde_json::from_slice(body)?;
    drop_nulls(&mut body);
    serde_json::from_value(body)
}

fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Writes an answer as JSON.
pub(crate) fn answer(answer: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(answer).map_err(|error| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            error.to_string(),
        )
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}

/// Adds the token of the next page, if there is one.
fn with_token(mut answer: serde_json::Value, token: Option<String>) -> serde_json::Value {
    if let Some(token) = token {
        answer["NextToken"] = token.into();
    }
    answer
}

/// Runs what takes longer than a task may hold its thread.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            Err(ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalFailure",
                error.to_string(),
            ))
        })
}
