//! `GetTraceSummaries` and `BatchGetTraces`.

mod summary;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use segment::{Form, TraceId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Answer, ApiError, Moment, answer, compute, graphs::window, read};
use crate::{clock, console::Console};
use summary::SummaryAnswer;

/// Most trace ids in one request. AWS says five and takes more; a page that compares traces needs few.
const MAX_IDS: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceSummaries {
    start_time: Moment,
    end_time: Moment,
    #[serde(default)]
    time_range_type: TimeRangeType,
}

/// What of a trace must be in the time range.
#[derive(Deserialize, Clone, Copy, Default)]
enum TimeRangeType {
    /// The time within its id.
    #[default]
    TraceId,
    /// Anything that it did.
    Event,
    /// Anything that one of its services did.
    Service,
}

/// Lists the traces of a time range, the newest first.
pub(super) async fn get_trace_summaries(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetTraceSummaries = read(body)?;
    let window = window(request.start_time, request.end_time)?;
    let by_id = matches!(request.time_range_type, TimeRangeType::TraceId);
    compute(move || {
        let second = |time: segment::Time| time.as_nanos() / 1_000_000_000;
        let seconds = second(window.start)..=second(window.end);
        let mut traces = console.intake.store.summaries(|id, start, end| {
            if by_id {
                seconds.contains(&u64::from(id.epoch_seconds()))
            } else {
                window.touches(start, end)
            }
        });
        traces.sort_by(|left, right| (right.start, right.id).cmp(&(left.start, left.id)));
        let summaries: Vec<_> = traces
            .iter()
            .map(|trace| SummaryAnswer::of(trace))
            .collect();
        answer(&json!({
            "TraceSummaries": summaries,
            "ApproximateTime": clock::now().as_seconds(),
            "TracesProcessedCount": traces.len(),
        }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchGetTraces {
    trace_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TraceAnswer {
    id: String,
    duration: f64,
    limit_exceeded: bool,
    segments: Vec<SegmentAnswer>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SegmentAnswer {
    id: String,
    document: String,
}

/// Returns whole traces, put together.
pub(super) async fn batch_get_traces(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: BatchGetTraces = read(body)?;
    let ids = trace_ids(&request.trace_ids)?;
    compute(move || {
        let mut traces = Vec::new();
        let mut unprocessed = Vec::new();
        for id in ids {
            match trace(&console, id) {
                Some(trace) => traces.push(trace),
                None => unprocessed.push(id.to_string()),
            }
        }
        answer(&json!({ "Traces": traces, "UnprocessedTraceIds": unprocessed }))
    })
    .await
}

fn trace(console: &Console, id: TraceId) -> Option<TraceAnswer> {
    let (trace, limit_exceeded) = console.intake.store.trace(id)?;
    let segments = trace.segments.iter().map(|segment| {
        let mut document = Vec::new();
        segment.encode(Form::Independent, &mut document);
        SegmentAnswer {
            id: segment.id.to_string(),
            document: String::from_utf8_lossy(&document).into_owned(),
        }
    });
    Some(TraceAnswer {
        id: id.to_string(),
        duration: trace.duration().as_secs_f64(),
        limit_exceeded,
        segments: segments.collect(),
    })
}

/// Reads the trace ids of a request, in X-Ray's spelling or as 32 hexadecimal digits; each counts once.
pub(super) fn trace_ids(texts: &[String]) -> Result<Vec<TraceId>, ApiError> {
    if texts.len() > MAX_IDS {
        return Err(ApiError::invalid(format!(
            "TraceIds has {} members; at most {MAX_IDS} are allowed",
            texts.len()
        )));
    }
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id = trace_id(text)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Reads one trace id.
pub(crate) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    if let Some(id) = TraceId::from_hex(text) {
        return Ok(id);
    }
    text.parse()
        .map_err(|error: segment::InvalidId| ApiError::invalid(error.to_string()))
}
