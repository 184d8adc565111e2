//! Everything served over HTTP: the X-Ray API, the page's own requests, probes and metrics.
//!
//! This room uses [`receive`](crate::receive) and no other one. From the bottom up: what all handlers need (errors,
//! requests, answers, the `guard`, and the shared `state`), the handlers, and the `router`, which alone knows all of
//! them.
//!
//! - `api`: the X-Ray API, one file for each family of operations, and OTLP;
//! - `page`: the page's files, and its own requests;
//! - `health`: for Kubernetes and Prometheus.

mod answer;
mod api;
mod bound;
mod clock;
mod coding;
mod error;
mod guard;
mod health;
mod kept;
mod left;
mod model;
mod page;
mod paging;
mod range;
mod request;
mod router;
mod shared;
mod state;
mod text;
mod timestamp;
mod whole;

pub use guard::AllowedHosts;
pub use router::app;
pub(crate) use router::{grpc_app, otlp_app};
pub use state::Console;
