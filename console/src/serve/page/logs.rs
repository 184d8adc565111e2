//! `GET /logs/<trace id>`.

mod line;
mod query;

use std::time::Duration;

use axum::{
    extract::{Path, State},
    response::Response,
};
use segment::{Time, TraceId};
use serde::Serialize;

use crate::serve::{
    answer::{answer, compute},
    error::ApiError,
    request::trace_id,
    state::Console,
};
use line::Facts;

/// Most lines of one answer, the first ones.
const MAX_LINES: usize = 1_000;
/// How much longer than the trace the time range of the query is, at both ends: clocks differ.
const MARGIN: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize)]
struct Answer<'l> {
    trace_id: String,
    sources: Vec<&'l str>,
    lines: Vec<Line<'l>>,
    /// How many lines more there are.
    more: usize,
    /// Lines of all traces that made room since the start.
    dropped: u64,
    query: String,
    start: Option<f64>,
    end: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Line<'l> {
    at: Option<f64>,
    level: Option<String>,
    source: &'l str,
    message: Option<String>,
    text: String,
}

/// Answers the lines that name a trace, the query that finds them in AWS, and the time range for that query.
pub(super) async fn logs(
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = trace_id(&id)?;
    compute(move |_| lines(&console, id)).await
}

fn lines(console: &Console, id: TraceId) -> Result<Response, ApiError> {
    let logs = &console.logs;
    let kept = logs.of_trace(id);
    let count = kept.len();
    let mut lines = in_order(kept.into_iter().map(|kept| {
        let facts = Facts::of(&kept.text);
        let line = Line {
            at: facts.at.map(Time::as_seconds),
            level: facts.level,
            source: logs.name(kept.source),
            message: facts.message,
            text: kept.text.to_string(),
        };
        (facts.at, line)
    }));
    lines.truncate(MAX_LINES);
    let traces = console.intake.store.summaries_of(&[id], || true);
    let times = traces
        .first()
        .map(|trace| (trace.start.as_nanos(), trace.end.as_nanos()));
    let margin = u64::try_from(MARGIN.as_nanos()).unwrap_or(u64::MAX);
    let seconds = |nanos: u64| Time::from_nanos(nanos).as_seconds();
    answer(&Answer {
        trace_id: id.to_string(),
        sources: logs.sources().collect(),
        more: count - lines.len(),
        lines,
        dropped: logs.counts().map_or(0, |counts| counts.dropped),
        query: query::insights(id),
        start: times.map(|(start, _)| seconds(start.saturating_sub(margin))),
        end: times.map(|(_, end)| seconds(end.saturating_add(margin))),
    })
}

/// Sorts by time; a line without one stays behind the line before it.
fn in_order<T>(lines: impl Iterator<Item = (Option<Time>, T)>) -> Vec<T> {
    let mut before = Time::default();
    let timed = lines.map(|(at, line)| {
        before = at.unwrap_or(before);
        (before, line)
    });
    let mut timed: Vec<_> = timed.collect();
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_several_sources_are_put_in_order() {
        let at = |seconds: u64| Some(Time::from_nanos(seconds));
        let lines = [
            (at(3), "c"),
            (None, "of c"),
            (at(1), "a"),
            (None, "of a"),
            (at(2), "b"),
        ];
        assert_eq!(in_order(lines.into_iter()), ["a", "of a", "b", "c", "of c"]);
    }
}
