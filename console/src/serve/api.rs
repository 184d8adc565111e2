//! The X-Ray API: one file for each family of operations.
//!
//! Every operation is a `POST` with a JSON body, signed by AWS's clients; nobody looks at the signature.
//! <https://docs.aws.amazon.com/xray/latest/api/API_Operations.html>

mod account;
mod graphs;
mod groups;
mod otlp;
mod parameters;
mod sampling;
mod segments;
mod series;
mod traces;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{MethodRouter, post},
};
use tower_http::decompression::RequestDecompressionLayer;

use crate::serve::state::Console;

/// The largest body that is read: fifty documents of 64 kB, with their JSON escapes.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Returns the routes of all operations.
pub(super) fn routes() -> Router<Console> {
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
pub(super) fn otlp_routes() -> Router<Console> {
    Router::new()
        .route(otlp::PATH, post(otlp::export))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(RequestDecompressionLayer::new())
}
