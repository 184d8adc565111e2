//! The traces of a time range, wherever they are: in memory, and on disk if the range begins before what memory holds.

use std::{collections::HashMap, sync::Arc};

use axum::{http::HeaderName, response::Response};
use segment::{Time, TraceId};
use traces::{graph::Window, summary::Summary};

use super::{answer::in_past, bound::Turn, error::ApiError, left::Left, state::Console};

/// The header that says before which second of a time range traces are missing in an answer.
const INCOMPLETE_BEFORE: HeaderName = HeaderName::from_static("x-console-incomplete-before");

/// A time range that somebody asks about.
#[derive(Debug)]
pub(super) struct Range {
    window: Window,
    /// The question has what was read back for itself until it is answered, if it needs that.
    past: Option<Turn>,
}

/// Traces of a range.
#[derive(Debug)]
pub(super) struct Found {
    /// In no order.
    pub(super) traces: Vec<Arc<Summary>>,
    /// The second before which some may be missing, rounded up.
    pub(super) incomplete_before: Option<u64>,
}

impl Range {
    /// Reads what a question about a time range needs from disk. The question is answered on another turn; this one lasts
    /// as long as what is returned.
    pub(super) async fn read(console: &Console, window: Window) -> Result<Self, ApiError> {
        if !console.intake.has_past(window) {
            return Ok(Self { window, past: None });
        }
        let intake = console.intake.clone();
        let past = in_past(move |left| intake.look_back(window, &|| !left.is_so())).await?;
        Ok(Self {
            window,
            past: Some(past),
        })
    }

    /// Returns the traces that `wanted` takes, by their first and last time.
    pub(super) fn find(
        &self,
        console: &Console,
        left: &Left,
        wanted: impl Fn(TraceId, Time, Time) -> bool,
    ) -> Found {
        let intake = &console.intake;
        let traces = console.summaries(left, &wanted);
        if self.past.is_none() {
            return Found {
                traces,
                incomplete_before: self.before(intake.store.fill().incomplete_before),
            };
        }
        let evicted = intake.store.fill().incomplete_before;
        // What was evicted since the range was read.
        intake.look_back(self.window, &|| !left.is_so());
        let past = &intake.past;
        let older = past.store.summaries_while(|_| !left.is_so(), wanted);
        Found {
            traces: united(traces, older),
            incomplete_before: self.before(evicted.and_then(|time| past.incomplete_before(time))),
        }
    }

    fn before(&self, time: Option<Time>) -> Option<u64> {
        let before = time.filter(|before| self.window.start < *before)?;
        Some(before.as_nanos().div_ceil(1_000_000_000))
    }
}

impl Found {
    /// Says in a header of an answer that some traces of its range are missing in it.
    pub(super) fn note_missing(&self, mut answer: Response) -> Response {
        if let Some(before) = self.incomplete_before {
            answer
                .headers_mut()
                .insert(INCOMPLETE_BEFORE, before.into());
        }
        answer
    }
}

/// Returns the traces of both. One may have a part of a trace that the other one has whole.
fn united(mut traces: Vec<Arc<Summary>>, older: Vec<Arc<Summary>>) -> Vec<Arc<Summary>> {
    let places = traces.iter().enumerate();
    let places: HashMap<TraceId, usize> = places.map(|(place, trace)| (trace.id, place)).collect();
    for trace in older {
        match places.get(&trace.id) {
            Some(&place) if traces[place].documents >= trace.documents => {}
            Some(&place) => traces[place] = trace,
            None => traces.push(trace),
        }
    }
    traces
}
