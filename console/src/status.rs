//! The console's own routes: how it is doing, and what came in.

use std::{
    cmp::Reverse,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    api::{self, ApiError},
    clock,
    completions::{self, Completions},
    console::Console,
    events,
    rules::Overview,
};

/// Answers `GET /status`.
pub(crate) async fn status(State(console): State<Console>) -> Json<Value> {
    let intake = &console.intake;
    let counts = &intake.counts;
    let fill = intake.store.fill();
    let get = |counter: &AtomicU64| counter.load(Relaxed);
    let forwarded = console.forwarded.as_ref();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "started": console.started.as_seconds(),
        "address": { "udp": console.daemon.address.to_string(), "tcp": console.tcp.to_string() },
        "datagrams": {
            "received": get(&counts.received_datagrams),
            "accepted": get(&counts.accepted_datagrams),
            "refused": counts.refused_datagrams.all(),
            "empty": get(&counts.empty_datagrams),
            "dropped_by_socket": console.daemon.dropped_by_socket(),
            "dropped_by_queue": console.daemon.dropped_by_queue(),
            "receive_errors": console.daemon.receive_errors(),
            "receive_buffer": console.daemon.receive_buffer,
            "forwarded": forwarded.map(|counts| get(&counts.sent)),
            "not_forwarded": forwarded.map(|counts| get(&counts.failed)),
        },
        "documents": {
            "accepted": get(&counts.accepted_documents),
            "warned": counts.warned_documents.all(),
            "refused": counts.refused_documents.all(),
            "duplicates": get(&counts.duplicates),
        },
        "store": {
            "traces": fill.traces,
            "traces_limit": fill.traces_limit,
            "bytes": fill.bytes,
            "bytes_limit": fill.bytes_limit,
            "evicted_traces": fill.evicted_traces,
            "unindexed_annotations": fill.unindexed_annotations,
            "oldest": fill.oldest.map(segment::Time::as_seconds),
        },
        "telemetry": console.telemetry.sums(),
        "traces_per_minute": counts.traces_per_minute(clock::now()),
        "logs": console.logs.status(),
        "last": intake.wire.last(),
        "last_refused": intake.wire.last_refused(),
    }))
}

/// Answers `GET /wire`.
pub(crate) async fn wire(State(console): State<Console>) -> impl IntoResponse {
    Json(json!({ "datagrams": console.intake.wire.newest_first() }))
}

/// Answers `GET /events`.
pub(crate) async fn events(State(console): State<Console>) -> impl IntoResponse {
    events::listen(console.intake)
}

/// Answers `GET /documents/<trace id>`.
pub(crate) async fn documents(
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    #[derive(Serialize)]
    struct Documents<'d> {
        documents: Vec<&'d str>,
    }
    let id = api::trace_id(&id)?;
    let documents = console.intake.store.documents(id);
    let documents = documents
        .ok_or_else(|| ApiError::not_found(&id.to_string(), format!("there is no trace {id}")))?;
    let documents = documents.iter().map(AsRef::as_ref).collect();
    api::answer(&Documents { documents })
}

/// Answers `GET /completions`, from the newest traces.
pub(crate) async fn completions(State(console): State<Console>) -> Result<Response, ApiError> {
    api::compute(move || {
        let mut traces = console.intake.store.summaries(|_, _, _| true);
        if traces.len() > completions::MAX_TRACES {
            traces
                .select_nth_unstable_by_key(completions::MAX_TRACES, |trace| Reverse(trace.start));
            traces.truncate(completions::MAX_TRACES);
        }
        api::answer(&Completions::of(traces.iter().map(AsRef::as_ref)))
    })
    .await
}

/// Answers `GET /sampling`: the rules, what services reported, and who asks.
pub(crate) async fn sampling(State(console): State<Console>) -> Result<Response, ApiError> {
    api::answer(&Overview::of(&console.rules(), clock::now()))
}

/// Answers `POST /clear`.
pub(crate) async fn clear(State(console): State<Console>) -> StatusCode {
    console.intake.store.clear();
    console.logs.clear();
    console.intake.events.shake();
    console.intake.events.tell();
    StatusCode::NO_CONTENT
}
