//! Analytics: statistics over any number of traces.
//!
//! X-Ray's API lists traces one by one; a client that wants groups, percentiles or what failed traces have in common
//! has to fetch all of them. This module computes them in the console. Times are in microseconds, because many
//! services answer in less than a millisecond, the unit of X-Ray's histograms.
//!
//! - [`Facet`]: a property to count traces by, and the [`Value`]s that a trace has for it;
//! - [`Groups`]: a table by a facet;
//! - [`Differences`]: what distinguishes some traces from others;
//! - [`Scatter`]: response times over time, as a bounded number of marks;
//! - [`Rows`]: a page of a sorted list;
//! - [`Latency`]: the duration of a service's requests or of calls, and over time.
//!
//! All of them take traces of one store: its traces share their texts and services, so that values are told apart by
//! their addresses.

mod differences;
mod expression;
mod facet;
mod groups;
mod latency;
mod quantiles;
mod ranges;
mod rows;
mod scatter;
mod separation;
mod value;

pub use differences::{Difference, Differences};
pub use facet::{Facet, annotation_keys};
pub use groups::{Group, GroupOrder, Groups};
pub use latency::{Latency, Span};
pub use quantiles::Times;
pub use rows::{Row, RowOrder, Rows};
pub use scatter::Scatter;
pub use value::{Failure, Value};

use crate::summary::Outcome;

/// The outcomes from best to worst, as they are written: `ok`, `error`, `throttle`, `fault`.
pub const OUTCOMES: [&str; 4] = ["ok", "error", "throttle", "fault"];

/// Returns the index of an outcome in [`OUTCOMES`].
fn rank(outcome: Outcome) -> usize {
    match outcome {
        Outcome { fault: true, .. } => 3,
        Outcome { throttle: true, .. } => 2,
        Outcome { error: true, .. } => 1,
        Outcome { .. } => 0,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of any trace fit a double"
)]
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

#[cfg(test)]
mod tests;
