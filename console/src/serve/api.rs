//! The X-Ray API: one file for each family of operations.
//!
//! Every operation is a `POST` with a JSON body, signed by AWS's clients; nobody looks at the signature.
//! <https://docs.aws.amazon.com/xray/latest/api/API_Operations.html>

mod account;
mod graphs;
mod groups;
mod insights;
mod otlp;
mod parameters;
mod retrievals;
mod sampling;
mod segments;
mod series;
mod tags;
mod traces;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, post},
};
use tower_http::decompression::RequestDecompressionLayer;

use crate::serve::{error::ApiError, model::OPERATIONS, state::Console};

/// The largest body that is read: fifty documents of 64 kB, with their JSON escapes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Returns the routes of all operations.
pub(super) fn routes() -> Router<Console> {
    OPERATIONS
        .iter()
        .fold(Router::new(), |router, operation| {
            match handler(operation.name) {
                Some(handler) => router.route(operation.path, handler),
                None => router,
            }
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn(known_coding))
        .merge(otlp_routes())
}

/// Returns what answers an operation, by its name in AWS's model.
fn handler(operation: &str) -> Option<MethodRouter<Console>> {
    Some(match operation {
        "PutTraceSegments" => post(segments::put_trace_segments),
        "PutTelemetryRecords" => post(segments::put_telemetry_records),
        "GetTraceSummaries" => post(traces::get_trace_summaries),
        "BatchGetTraces" => post(traces::batch_get_traces),
        "GetServiceGraph" => post(graphs::get_service_graph),
        "GetTraceGraph" => post(graphs::get_trace_graph),
        "GetTimeSeriesServiceStatistics" => post(series::get_time_series_service_statistics),
        "GetSamplingRules" => post(sampling::get_sampling_rules),
        "CreateSamplingRule" => post(sampling::create_sampling_rule),
        "UpdateSamplingRule" => post(sampling::update_sampling_rule),
        "DeleteSamplingRule" => post(sampling::delete_sampling_rule),
        "GetSamplingTargets" => post(sampling::get_sampling_targets),
        "GetSamplingStatisticSummaries" => post(sampling::get_sampling_statistic_summaries),
        "GetGroups" => post(groups::get_groups),
        "GetGroup" => post(groups::get_group),
        "CreateGroup" => post(groups::create_group),
        "UpdateGroup" => post(groups::update_group),
        "DeleteGroup" => post(groups::delete_group),
        "ListTagsForResource" => post(tags::list_tags_for_resource),
        "TagResource" => post(tags::tag_resource),
        "UntagResource" => post(tags::untag_resource),
        "GetInsightSummaries" => post(insights::get_insight_summaries),
        "GetInsight" => post(insights::get_insight),
        "GetInsightEvents" => post(insights::get_insight_events),
        "GetInsightImpactGraph" => post(insights::get_insight_impact_graph),
        "GetEncryptionConfig" => post(account::get_encryption_config),
        "PutEncryptionConfig" => post(account::put_encryption_config),
        "GetTraceSegmentDestination" => post(account::get_trace_segment_destination),
        "UpdateTraceSegmentDestination" => post(account::update_trace_segment_destination),
        "GetIndexingRules" => post(account::get_indexing_rules),
        "UpdateIndexingRule" => post(account::update_indexing_rule),
        "ListResourcePolicies" => post(account::list_resource_policies),
        "PutResourcePolicy" => post(account::put_resource_policy),
        "DeleteResourcePolicy" => post(account::delete_resource_policy),
        "StartTraceRetrieval" => post(retrievals::start_trace_retrieval),
        "ListRetrievedTraces" => post(retrievals::list_retrieved_traces),
        "GetRetrievedTracesGraph" => post(retrievals::get_retrieved_traces_graph),
        "CancelTraceRetrieval" => post(retrievals::cancel_trace_retrieval),
        _ => return None,
    })
}

/// Returns the route of OTLP alone.
pub(super) fn otlp_routes() -> Router<Console> {
    Router::new()
        .route(otlp::PATH, post(otlp::export))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::from_fn(known_coding))
}

/// Answers 415 to a body in a coding that is not read, and names it.
async fn known_coding(request: Request, next: Next) -> Response {
    let coding = request.headers().get(header::CONTENT_ENCODING);
    let coding =
        coding.map(|coding| String::from_utf8_lossy(coding.as_bytes()).to_ascii_lowercase());
    match coding.as_deref() {
        None | Some("" | "gzip" | "identity") => next.run(request).await,
        Some(coding) => {
            let coding = segment::names::cut_str(coding, 64);
            let words = format!("Content-Encoding is {coding:?}; gzip and identity are read");
            let code = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            ApiError::new(code, "UnsupportedMediaTypeException", words).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_model_has_a_handler() {
        for operation in &OPERATIONS {
            assert!(handler(operation.name).is_some(), "{}", operation.name);
        }
    }
}
