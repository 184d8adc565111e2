//! The X-Ray API: one file for each family of operations.
//!
//! Every operation is a `POST` with a JSON body, signed by AWS's clients; the signature is not checked.
//! <https://docs.aws.amazon.com/xray/latest/api/API_Operations.html>

mod account;
mod graphs;
mod groups;
mod grpc;
mod insights;
mod otlp;
mod parameters;
mod retrievals;
mod sampling;
mod segments;
mod series;
mod tags;
mod traces;

use std::net::SocketAddr;

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Extension, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    middleware,
    routing::post,
};

use crate::serve::{
    answer::{Answer, take_in},
    bound::{SMALL_BODY, large_bodies},
    coding::{MAX_BODY, decoded},
    error::ApiError,
    model::{OPERATIONS, Operation},
    request::{Member, checked},
    state::Console,
};

/// Returns the routes of all operations.
pub(super) fn routes() -> Router<Console> {
    OPERATIONS
        .iter()
        .fold(Router::new(), |router, operation| {
            router.route(
                operation.path,
                post(
                    async |State(console): State<Console>, sender: Option<Sender>, body: Body| {
                        let request = request(operation, body, console.is_strict).await?;
                        let sender = sender.map(|Extension(ConnectInfo(sender))| sender);
                        let answer = operate(operation.name, &console, sender, request).await;
                        if answer.is_ok() && changes_account(operation.name) {
                            keep_account(console).await?;
                        }
                        answer
                    },
                ),
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(large_bodies))
        .layer(middleware::from_fn(decoded))
        .merge(otlp_routes())
}

/// Whether an operation changes what outlives the console, by the verb in its name. What arrives is kept by others.
fn changes_account(operation: &str) -> bool {
    const VERBS: [&str; 6] = ["Create", "Update", "Delete", "Put", "Tag", "Untag"];
    const ARRIVALS: [&str; 2] = ["PutTraceSegments", "PutTelemetryRecords"];
    let changes = VERBS.iter().any(|verb| operation.starts_with(verb));
    changes && !ARRIVALS.contains(&operation)
}

/// Keeps what was changed; when it is answered, it is on disk.
async fn keep_account(console: Console) -> Result<(), ApiError> {
    let kept = take_in(move || Ok(console.keep_account())).await?;
    kept.map_err(|error| {
        let words = format!("the change holds until the console ends: {error}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", words)
    })
}

type Sender = Extension<ConnectInfo<SocketAddr>>;
type Body = Result<Bytes, BytesRejection>;

/// Reads and checks the request of an operation; a large one takes longer than a task may hold its thread.
async fn request(
    operation: &'static Operation,
    body: Body,
    is_strict: bool,
) -> Result<Member, ApiError> {
    let bytes = body.as_ref().map_or(0, Bytes::len);
    if bytes > SMALL_BODY {
        return take_in(move || checked(operation, body, is_strict)).await;
    }
    checked(operation, body, is_strict)
}

/// Answers an operation, by its name in AWS's model.
async fn operate(
    operation: &str,
    console: &Console,
    sender: Option<SocketAddr>,
    request: Member,
) -> Answer {
    match operation {
        "PutTraceSegments" => segments::put_trace_segments(console.clone(), sender, request).await,
        "PutTelemetryRecords" => segments::put_telemetry_records(console, request),
        "GetTraceSummaries" => traces::get_trace_summaries(console.clone(), request).await,
        "BatchGetTraces" => traces::batch_get_traces(console.clone(), request).await,
        "GetServiceGraph" => graphs::get_service_graph(console.clone(), request).await,
        "GetTraceGraph" => graphs::get_trace_graph(console.clone(), request).await,
        "GetTimeSeriesServiceStatistics" => {
            series::get_time_series_service_statistics(console.clone(), request).await
        }
        "GetSamplingRules" => sampling::get_sampling_rules(console, request),
        "CreateSamplingRule" => sampling::create_sampling_rule(console, request),
        "UpdateSamplingRule" => sampling::update_sampling_rule(console, request),
        "DeleteSamplingRule" => sampling::delete_sampling_rule(console, request),
        "GetSamplingTargets" => sampling::get_sampling_targets(console, request),
        "GetSamplingStatisticSummaries" => {
            sampling::get_sampling_statistic_summaries(console, request)
        }
        "GetGroups" => groups::get_groups(console, request),
        "GetGroup" => groups::get_group(console, request),
        "CreateGroup" => groups::create_group(console, request),
        "UpdateGroup" => groups::update_group(console, request),
        "DeleteGroup" => groups::delete_group(console, request),
        "ListTagsForResource" => tags::list_tags_for_resource(console, request),
        "TagResource" => tags::tag_resource(console, request),
        "UntagResource" => tags::untag_resource(console, request),
        "GetInsightSummaries" => insights::get_insight_summaries(console, request),
        "GetInsight" => insights::get_insight(request),
        "GetInsightEvents" => insights::get_insight_events(request),
        "GetInsightImpactGraph" => insights::get_insight_impact_graph(console, request),
        "GetEncryptionConfig" => account::get_encryption_config(console, request),
        "PutEncryptionConfig" => account::put_encryption_config(console, request),
        "GetTraceSegmentDestination" => account::get_trace_segment_destination(console, request),
        "UpdateTraceSegmentDestination" => {
            account::update_trace_segment_destination(console, request)
        }
        "GetIndexingRules" => account::get_indexing_rules(console, request),
        "UpdateIndexingRule" => account::update_indexing_rule(console, request),
        "ListResourcePolicies" => account::list_resource_policies(console, request),
        "PutResourcePolicy" => account::put_resource_policy(console, request),
        "DeleteResourcePolicy" => account::delete_resource_policy(console, request),
        "StartTraceRetrieval" => retrievals::start_trace_retrieval(console, request),
        "ListRetrievedTraces" => retrievals::list_retrieved_traces(console.clone(), request).await,
        "GetRetrievedTracesGraph" => {
            retrievals::get_retrieved_traces_graph(console.clone(), request).await
        }
        "CancelTraceRetrieval" => retrievals::cancel_trace_retrieval(console, request),
        _ => Err(ApiError::no_operation(operation)),
    }
}

/// Returns the routes of an address for OTLP only.
pub(super) fn otlp_routes() -> Router<Console> {
    let others = otlp::OTHERS.into_iter();
    let routes = others.fold(Router::new(), |routes, (path, variable)| {
        let answer = async move |headers: HeaderMap| otlp::not_taken(&headers, variable);
        routes.route(path, post(answer))
    });
    routes
        .route(otlp::PATH, post(otlp::export))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(large_bodies))
        .layer(middleware::from_fn(decoded))
}

/// Returns the routes of OTLP over gRPC.
pub(super) fn grpc_routes() -> Router<Console> {
    Router::new()
        .route(grpc::PATH, post(grpc::export))
        .fallback(grpc::unknown)
        .layer(middleware::from_fn(large_bodies))
        .layer(middleware::from_fn(grpc::decoded))
}
