//! `GetServiceGraph` and `GetTraceGraph`.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, ApiError, Moment, answer, compute, read, traces::trace_ids};
use crate::{
    console::Console,
    graph::{Graph, Window},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetServiceGraph {
    start_time: Moment,
    end_time: Moment,
}

/// Draws the map of a time range.
pub(super) async fn get_service_graph(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetServiceGraph = read(body)?;
    let window = window(request.start_time, request.end_time)?;
    compute(move || {
        let traces = console
            .intake
            .store
            .summaries(|_, start, end| window.touches(start, end));
        let graph = Graph::of(traces.iter().map(AsRef::as_ref), window);
        answer(&json!({
            "StartTime": window.start.as_seconds(),
            "EndTime": window.end.as_seconds(),
            "Services": graph.services(),
            "ContainsOldGroupVersions": false,
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceGraph {
    trace_ids: Vec<String>,
}

/// Draws the map of some traces.
pub(super) async fn get_trace_graph(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetTraceGraph = read(body)?;
    let ids = trace_ids(&request.trace_ids)?;
    compute(move || {
        let traces = console.intake.store.summaries_of(&ids);
        let graph = Graph::of(traces.iter().map(AsRef::as_ref), Window::ALWAYS);
        answer(&json!({ "Services": graph.services() }))
    })
    .await
}

/// Makes a window of the two times of a request.
pub(super) fn window(start: Moment, end: Moment) -> Result<Window, ApiError> {
    let window = Window {
        start: start.0,
        end: end.0,
    };
    if window.end < window.start {
        return Err(ApiError::invalid(format!(
            "EndTime {:?} is before StartTime {:?}",
            window.end, window.start
        )));
    }
    Ok(window)
}
