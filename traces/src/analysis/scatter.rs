//! Response times over time: one mark for each trace, or for several that would overlap.

use segment::TraceId;
use serde::{Serialize, Serializer, ser::SerializeSeq};

use super::{micros, rank};
use crate::{fast_map::FastMap, graph::Window, summary::Summary};

/// Up to this many traces, each has its own mark.
const MAX_SINGLE: usize = 2_000;
/// Into how many columns and rows marks are merged, if there are more traces.
const COLUMNS: f64 = 240.0;
const ROWS: f64 = 40.0;
/// The shortest duration on a logarithmic axis, in microseconds.
const LEAST: f64 = 1.0;

/// The marks and their axis. No trace is left out: a mark has the number of its traces.
#[derive(Debug, Serialize)]
pub struct Scatter {
    /// The shortest response time in microseconds.
    pub low: f64,
    /// The longest one.
    pub high: f64,
    /// The width of a mark in seconds, and the factor by which response times within it may differ; 0 and 1 if each
    /// mark is one trace.
    pub grain: [f64; 2],
    /// The marks.
    pub marks: Vec<Mark>,
}

/// Position, number of traces by outcome, and the id of one of them: `[start, µs, ok, error, throttle, fault, id]`;
/// the start is in seconds since the start of the window.
#[derive(Debug, PartialEq)]
pub struct Mark {
    start: f64,
    micros: f64,
    outcomes: [usize; 4],
    example: TraceId,
}

impl Scatter {
    /// Computes the marks of traces within a window.
    pub fn of(traces: &[&Summary], window: Window) -> Self {
        let times = traces.iter().map(|trace| micros(trace.nanos).max(LEAST));
        let low = times.clone().fold(f64::INFINITY, f64::min);
        let high = times.fold(LEAST, f64::max);
        let low = low.min(high);
        let exact = traces.iter().map(|trace| mark(trace, window));
        if traces.len() <= MAX_SINGLE {
            let marks = exact.collect();
            return Self {
                low,
                high,
                grain: [0.0, 1.0],
                marks,
            };
        }
        let width = (window.end.since(window.start).as_secs_f64() / COLUMNS).max(1e-6);
        let factor = ((high / low).ln() / ROWS).max(0.01);
        let mut cells: FastMap<[i64; 2], Mark> = FastMap::default();
        for mark in exact {
            let place = [
                cell(mark.start / width),
                cell((mark.micros / low).ln() / factor),
            ];
            let cell = cells.entry(place).or_insert_with(|| Mark {
                start: middle(place[0]) * width,
                micros: low * (middle(place[1]) * factor).exp(),
                outcomes: [0; 4],
                example: mark.example,
            });
            for (count, more) in cell.outcomes.iter_mut().zip(mark.outcomes) {
                *count += more;
            }
        }
        let marks = cells.into_values().collect();
        Self {
            low,
            high,
            grain: [width, factor.exp()],
            marks,
        }
    }
}

fn mark(trace: &Summary, window: Window) -> Mark {
    let mut outcomes = [0; 4];
    outcomes[rank(trace.outcome)] = 1;
    Mark {
        start: trace.start.as_seconds() - window.start.as_seconds(),
        micros: micros(trace.nanos).max(LEAST),
        outcomes,
        example: trace.id,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a few hundred at most")]
fn cell(at: f64) -> i64 {
    at.floor() as i64
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
fn middle(cell: i64) -> f64 {
    cell as f64 + 0.5
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_seq(Some(7))?;
        members.serialize_element(&round(self.start))?;
        members.serialize_element(&round(self.micros))?;
        for count in self.outcomes {
            members.serialize_element(&count)?;
        }
        members.serialize_element(&self.example.to_string())?;
        members.end()
    }
}

/// Rounds to what a screen can show.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
