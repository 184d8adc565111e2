//! What several operations are asked with: a time range, a filter, trace ids.

use segment::TraceId;
use traces::{filter::Filter, graph::Window};

use crate::serve::{error::ApiError, request::trace_id, state::Console, timestamp::Timestamp};

/// Most trace ids in one request. AWS says five and takes more.
const MAX_IDS: usize = 100;

/// Makes a window of the two times of a request.
pub(super) fn window(start: Timestamp, end: Timestamp) -> Result<Window, ApiError> {
    let window = Window {
        start: start.0,
        end: end.0,
    };
    if window.end < window.start {
        return Err(ApiError::invalid(format!(
            "EndTime {:?} is before StartTime {:?}",
            window.end, window.start
        )));
    }
    Ok(window)
}

/// Reads the filter expression of a request.
pub(super) fn filter(
    console: &Console,
    expression: Option<&str>,
) -> Result<Option<Filter>, ApiError> {
    let expression = expression.filter(|expression| !expression.trim().is_empty());
    let Some(expression) = expression else {
        return Ok(None);
    };
    let groups = console.groups().named_filters();
    Ok(Some(Filter::parse_with(expression, &groups)?))
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
