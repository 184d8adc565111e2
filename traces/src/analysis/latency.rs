//! The latency of a service or a call: percentiles, distribution, and over time.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Times, micros, rank};
use crate::{filter::Selector, graph::Window, summary::Summary};

/// Into how many parts a window is divided.
const SPANS: u64 = 60;
/// The number of buckets for each power of two: a value is off by at most 1.6 %.
const FINENESS: u64 = 32;

/// The latency of the requests to a service, or of the calls between two services.
#[derive(Debug, Serialize)]
pub struct Latency {
    /// The number of requests by outcome, in the order of [`super::OUTCOMES`], including outcomes that were not asked
    /// for.
    pub outcomes: [usize; 4],
    /// The durations of those with the requested outcomes, in microseconds.
    #[serde(flatten)]
    pub times: Times,
    /// The histogram of these durations: `[µs, count]`.
    #[serde(serialize_with = "as_micros")]
    pub histogram: BTreeMap<u64, usize>,
    /// Parts of the window, of equal length.
    pub spans: Vec<Span>,
}

/// The requests that began within a part of the window, with any outcome.
#[derive(Debug, Default, Serialize)]
pub struct Span {
    /// The number by outcome.
    pub outcomes: [usize; 4],
    /// The average in microseconds.
    pub average: f64,
    /// The 95th percentile in microseconds.
    pub p95: f64,
}

impl Latency {
    /// Counts the parts of traces that the selector matches; durations only of outcomes for which `wanted` is true,
    /// by index.
    pub fn of<'s>(
        traces: impl IntoIterator<Item = &'s Summary>,
        window: Window,
        selector: &Selector,
        wanted: [bool; 4],
    ) -> Self {
        let length = (window.end.as_nanos() - window.start.as_nanos()).max(SPANS) / SPANS + 1;
        let mut all = Vec::new();
        let mut outcomes = [0; 4];
        let mut spans: Vec<(Vec<u64>, [usize; 4])> = vec![Default::default(); as_index(SPANS)];
        for trace in traces {
            selector.each(trace, |start, end, outcome| {
                let (Some(end), true) = (end, window.touches(start, start)) else {
                    return;
                };
                let nanos = end.as_nanos().saturating_sub(start.as_nanos());
                let rank = rank(outcome);
                outcomes[rank] += 1;
                if wanted[rank] {
                    all.push(nanos);
                }
                let span = (start.as_nanos() - window.start.as_nanos()) / length;
                if let Some((times, outcomes)) = spans.get_mut(as_index(span)) {
                    times.push(nanos);
                    outcomes[rank] += 1;
                }
            });
        }
        let mut histogram = BTreeMap::new();
        for nanos in &all {
            *histogram.entry(bucket(*nanos)).or_default() += 1;
        }
        let spans = spans.into_iter().map(|(mut nanos, outcomes)| {
            let Times { average, p95, .. } = Times::of(&mut nanos);
            Span {
                outcomes,
                average,
                p95,
            }
        });
        Self {
            outcomes,
            histogram,
            spans: spans.collect(),
            times: Times::of(&mut all),
        }
    }
}

/// Returns the middle of the bucket of a duration.
fn bucket(nanos: u64) -> u64 {
    if nanos < 2 * FINENESS {
        return nanos;
    }
    let width = 1 << (nanos.ilog2() - FINENESS.ilog2());
    nanos / width * width + width / 2
}

fn as_index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn as_micros<S: Serializer>(
    histogram: &BTreeMap<u64, usize>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let entries = histogram.iter();
    serializer.collect_seq(entries.map(|(nanos, count)| (micros(*nanos), count)))
}
