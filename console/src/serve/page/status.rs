//! The state of the console, and what was received.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use segment::Time;
use serde_json::{Value, json};

use crate::{
    disk::Disk,
    serve::{clock, state::Console},
};

/// Answers `GET /status`.
pub(super) async fn status(State(console): State<Console>) -> Json<Value> {
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
            "stale": fill.stale,
            "unindexed_annotations": fill.unindexed_annotations,
            "oldest": fill.oldest.map(Time::as_seconds),
            "incomplete_before": fill.incomplete_before.map(Time::as_seconds),
        },
        "disk": intake.disk.as_deref().map(disk),
        "telemetry": console.telemetry.sums(),
        "traces_per_minute": counts.traces_per_minute(clock::now()),
        "logs": console.logs.status(),
        "last": intake.wire.last(),
        "last_refused": intake.wire.last_refused(),
    }))
}

/// Says how the folder is doing.
fn disk(disk: &Disk) -> Value {
    let (counts, (bytes, bytes_limit)) = (disk.counts(), disk.bytes());
    let get = |counter: &AtomicU64| counter.load(Relaxed);
    json!({
        "folder": disk.path().display().to_string(),
        "bytes": bytes,
        "bytes_limit": bytes_limit,
        "written_documents": get(&counts.written),
        "unwritten_documents": get(&counts.unwritten),
        "removed_documents": get(&counts.removed),
        "damaged_documents": get(&counts.damaged),
    })
}

/// Answers `GET /wire`.
pub(super) async fn wire(State(console): State<Console>) -> impl IntoResponse {
    Json(json!({ "datagrams": console.intake.wire.newest_first() }))
}

/// Answers `POST /clear`.
pub(super) async fn clear(State(console): State<Console>) -> StatusCode {
    let clearing = console.clone();
    // It waits for the disk.
    let cleared = tokio::task::spawn_blocking(move || clearing.intake.clear()).await;
    if cleared.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    console.logs.clear();
    console.intake.events.invalidate();
    console.intake.events.notify();
    StatusCode::NO_CONTENT
}
