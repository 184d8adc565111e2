//! The page: its files, and its own requests besides the X-Ray API.

mod analysis;
mod events;
mod files;
mod logs;
mod questions;
mod status;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use traces::store::MAX_TRACE_BYTES;

use super::{bound::large_bodies, state::Console};

/// A filter may be long.
const MAX_QUESTION: usize = 64 * 1024;
/// The documents of the largest trace, as texts in JSON, in which each of their quotes takes two bytes.
const MAX_DOCUMENTS: usize = 2 * MAX_TRACE_BYTES;

/// Returns the routes of the page.
pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/status", get(status::status))
        .route("/wire", get(status::wire))
        .route("/events", get(events::events))
        .route("/documents/{id}", get(questions::documents))
        .route("/logs/{id}", get(logs::logs))
        .route("/completions", get(questions::completions))
        .route("/sampling", get(questions::sampling))
        .route("/clear", post(status::clear))
        .layer(DefaultBodyLimit::max(1024))
        .merge(analyses())
        .merge(
            Router::new()
                .route("/hidden", post(questions::hidden))
                .layer(DefaultBodyLimit::max(MAX_DOCUMENTS))
                .layer(middleware::from_fn(large_bodies)),
        )
        .merge(files::routes())
}

fn analyses() -> Router<Console> {
    Router::new()
        .route("/analysis/traces", post(analysis::traces))
        .route("/analysis/differences", post(analysis::differences))
        .route("/analysis/latency", post(analysis::latency))
        .layer(DefaultBodyLimit::max(MAX_QUESTION))
}
