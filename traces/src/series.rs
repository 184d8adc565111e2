//! Statistics of services or calls over time.

use std::collections::BTreeMap;

use segment::Time;

use crate::{
    filter::Selector,
    graph::{Histogram, Statistics, Window},
    summary::{Outcome, Summary},
};

/// Buckets by the second since 1970 at which they begin, without empty ones.
#[derive(Debug, Default)]
pub struct Series {
    /// The buckets.
    pub buckets: BTreeMap<u64, Bucket>,
    period: u64,
}

/// The requests that began within one bucket.
#[derive(Debug, Default)]
pub struct Bucket {
    /// Counts and durations.
    pub statistics: Statistics,
    /// Response times.
    pub durations: Histogram,
}

impl Series {
    /// Counts the parts of traces that the selector matches, in buckets of `period` seconds.
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
