//! What services or calls did over time.

use std::collections::BTreeMap;

use segment::Time;

use crate::{
    filter::Selector,
    graph::{Histogram, Statistics, Window},
    summary::{Outcome, Summary},
};

/// Buckets by the epoch second at which they begin; those in which nothing happened are left out.
#[derive(Debug, Default)]
pub struct Series {
    /// The buckets.
    pub buckets: BTreeMap<u64, Bucket>,
    period: u64,
}

/// What began within one bucket's seconds.
#[derive(Debug, Default)]
pub struct Bucket {
    /// Counts and times.
    pub statistics: Statistics,
    /// Response times.
    pub durations: Histogram,
}

impl Series {
    /// Counts what the selector takes of the traces, in buckets of `period` seconds.
    pub fn of<'s>(
        traces: impl IntoIterator<Item = &'s Summary>,
        window: Window,
        period: u64,
        selector: &Selector,
    ) -> Self {
        let mut series = Self {
            buckets: BTreeMap::new(),
            period: period.max(1),
        };
        for trace in traces {
            selector.each(trace, |start, end, outcome| {
                if window.touches(start, start) {
                    series.count(start, end, outcome);
                }
            });
        }
        series
    }

    fn count(&mut self, start: Time, end: Option<Time>, outcome: Outcome) {
        let Some(end) = end else { return };
        let second = start.as_nanos() / 1_000_000_000;
        let bucket = self
            .buckets
            .entry(second / self.period * self.period)
            .or_default();
        let nanos = end.as_nanos().saturating_sub(start.as_nanos());
        bucket.statistics.count(outcome, nanos);
        bucket.durations.count(nanos);
    }
}
