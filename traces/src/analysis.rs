//! What is wrong, and why: figures over any number of traces.
//!
//! X-Ray's API lists traces one by one; whoever wants groups, percentiles or what failed traces have in common has to
//! fetch all of them. This counts them where they are. Times are in microseconds, since many services answer in less
//! than the milliseconds of X-Ray's histograms.
//!
//! - [`Facet`]: what traces are counted by, and the [`Value`]s that a trace has of it;
//! - [`Groups`]: a table by a facet;
//! - [`Differences`]: what sets some traces apart from others;
//! - [`Scatter`]: response times over time, in a bounded number of marks;
//! - [`Rows`]: a page of a sorted list;
//! - [`Latency`]: what a service or a call took, and over time.
//!
//! All take traces from an iterator, so that whoever calls can end early.

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

use crate::summary::{Outcome, Summary};

/// The outcomes, the worst last, as they are written: `ok`, `error`, `throttle`, `fault`.
pub const OUTCOMES: [&str; 4] = ["ok", "error", "throttle", "fault"];

/// Returns how long a trace took: its root, or while that is in progress all that came of it.
fn nanos(trace: &Summary) -> u64 {
    let root = trace.root().and_then(|root| Some((root.start, root.end?)));
    let (start, end) = root.unwrap_or((trace.start, trace.end));
    end.as_nanos().saturating_sub(start.as_nanos())
}

/// Returns the place of an outcome in [`OUTCOMES`].
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
