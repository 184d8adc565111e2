//! Parameters that several operations have: a time range, a filter, trace ids.

use std::time::Duration;

use segment::{TraceId, document::rules::RETENTION};
use traces::{filter::Filter, graph::Window, groups::GroupReference};

use crate::serve::{
    clock,
    error::ApiError,
    paging::no_token,
    request::{Member, trace_id},
    state::Console,
};

/// Most trace ids in one request.
const MAX_IDS: usize = 100;
/// Most trace ids of whole traces in one request, as AWS documents it.
const FEW_IDS: usize = 5;
/// The longest time range that X-Ray accepts for maps and lists.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);

/// Reads a request for a page of what has only one.
pub(super) fn only_page(request: Member) -> Result<(), ApiError> {
    let [token] = request.members(["NextToken"])?;
    no_token(token)
}

/// Reads how a request names a group.
pub(super) fn group(name: Member, arn: Member) -> Result<GroupReference, ApiError> {
    Ok(GroupReference {
        name: name.text_if_given()?,
        arn: arn.text_if_given()?,
    })
}

/// Makes a window from the two times of a request.
pub(super) fn window(start: Member, end: Member) -> Result<Window, ApiError> {
    let window = Window {
        start: start.time()?.0,
        end: end.time()?.0,
    };
    if window.end < window.start {
        return Err(ApiError::invalid(format!(
            "EndTime {:?} is before StartTime {:?}",
            window.end, window.start
        )));
    }
    Ok(window)
}

/// Makes a window; a strict console refuses one that X-Ray would refuse.
pub(super) fn recent_window(
    console: &Console,
    start: Member,
    end: Member,
) -> Result<Window, ApiError> {
    let window = kept_window(console, start, end)?;
    if console.is_strict && window.end.since(window.start) > LONGEST {
        return Err(ApiError::invalid(format!(
            "StartTime {:?} and EndTime {:?} are more than 6 hours apart",
            window.start, window.end
        )));
    }
    Ok(window)
}

/// Makes a window of any length; a strict console refuses one that begins when X-Ray keeps nothing any more.
pub(super) fn kept_window(
    console: &Console,
    start: Member,
    end: Member,
) -> Result<Window, ApiError> {
    let window = window(start, end)?;
    if console.is_strict && clock::now().since(window.start) > RETENTION {
        return Err(ApiError::invalid(format!(
            "StartTime {:?} is more than 30 days ago: X-Ray keeps no trace for longer",
            window.start
        )));
    }
    Ok(window)
}

/// Parses the filter expression of a request.
pub(super) fn filter(
    console: &Console,
    expression: Option<&str>,
) -> Result<Option<Filter>, ApiError> {
    let expression = expression.filter(|expression| !expression.trim().is_empty());
    let Some(expression) = expression else {
        return Ok(None);
    };
    let groups = console.account().groups.named_filters();
    Filter::parse_with(expression, &groups)
        .map(Some)
        .map_err(|error| ApiError::from(error).within("FilterExpression"))
}

/// Parses the ids of whole traces; a strict console accepts five at a time.
pub(super) fn few_trace_ids(console: &Console, texts: &[String]) -> Result<Vec<TraceId>, ApiError> {
    if console.is_strict && texts.len() > FEW_IDS {
        return Err(ApiError::invalid(format!(
            "TraceIds has {} members; at most {FEW_IDS} are allowed",
            texts.len()
        )));
    }
    trace_ids(texts)
}

/// Parses the trace ids of a request, in X-Ray's format or as 32 hexadecimal digits, and removes duplicates.
pub(super) fn trace_ids(texts: &[String]) -> Result<Vec<TraceId>, ApiError> {
    if texts.len() > MAX_IDS {
        return Err(ApiError::invalid(format!(
            "TraceIds has {} members; at most {MAX_IDS} are allowed",
            texts.len()
        )));
    }
    let mut ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let id = trace_id(text).map_err(|error| error.within(&format!("TraceIds[{index}]")))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
