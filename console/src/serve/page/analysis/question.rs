//! The traces that a request asks about, and the order and range of its answer.

use std::sync::Arc;

use segment::Time;
use serde::Deserialize;
use traces::{filter::Filter, graph::Window, summary::Summary};

use crate::serve::{
    error::ApiError,
    left::Left,
    range::{Found, Range},
    state::Console,
};

/// The traces of a time range that match a filter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// In seconds since 1970.
    start: f64,
    /// In seconds since 1970.
    end: f64,
    filter: Option<String>,
}

/// A parsed question.
pub(super) struct Asked {
    /// The time range.
    pub(super) window: Window,
    filter: Option<Filter>,
}

impl Question {
    /// Parses the filter and the times.
    pub(super) fn asked(&self, console: &Console) -> Result<Asked, ApiError> {
        let time = |name: &str, seconds| {
            let time = Time::from_seconds(seconds);
            time.ok_or_else(|| {
                ApiError::invalid(format!(
                    "{name} {seconds} is not a number of seconds since 1970"
                ))
            })
        };
        let window = Window {
            start: time("start", self.start)?,
            end: time("end", self.end)?,
        };
        if window.end < window.start {
            let message = format!("end {} is before start {}", self.end, self.start);
            return Err(ApiError::invalid(message));
        }
        let expression = self
            .filter
            .as_deref()
            .filter(|filter| !filter.trim().is_empty());
        let groups = console.account().groups.named_filters();
        let filter = expression.map(|expression| Filter::parse_with(expression, &groups));
        Ok(Asked {
            window,
            filter: filter.transpose()?,
        })
    }
}

impl Asked {
    /// Reads what is on disk alone of the time range.
    pub(super) async fn range(&self, console: &Console) -> Result<Range, ApiError> {
        Range::read(console, self.window).await
    }

    /// Finds the traces of the time range.
    pub(super) fn find(&self, range: &Range, console: &Console, left: &Left) -> Found {
        range.find(console, left, |_, start, end| {
            self.window.touches(start, end)
        })
    }

    /// Returns those that match the filter.
    pub(super) fn matching<'s>(
        &'s self,
        traces: &'s [Arc<Summary>],
    ) -> impl Iterator<Item = &'s Summary> {
        let traces = traces.iter().map(AsRef::as_ref);
        traces.filter(|trace| {
            self.filter
                .as_ref()
                .is_none_or(|filter| filter.matches(trace))
        })
    }

    /// Whether a trace is in the time range and matches the filter.
    pub(super) fn takes(&self, trace: &Summary) -> bool {
        self.window.touches(trace.start, trace.end)
            && self
                .filter
                .as_ref()
                .is_none_or(|filter| filter.matches(trace))
    }
}

/// Parses one of a fixed set of words.
pub(super) fn one_of<T>(
    member: &str,
    word: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, ApiError> {
    let shown = segment::names::cut_str(word, 64);
    parse(word).ok_or_else(|| {
        ApiError::invalid(format!(
            "{member} cannot be {shown:?}; docs/analysis.md lists what it can be"
        ))
    })
}

/// Parses an order: a word, after `-` for descending.
pub(super) fn order<T>(
    member: &str,
    word: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<(T, bool), ApiError> {
    let bare = word.strip_prefix('-');
    Ok((one_of(member, bare.unwrap_or(word), parse)?, bare.is_some()))
}

/// Checks which part of a list is requested.
pub(super) fn page(offset: usize, limit: usize, most: usize) -> Result<(usize, usize), ApiError> {
    if limit > most {
        return Err(ApiError::invalid(format!(
            "limit {limit} is too large; at most {most} are allowed"
        )));
    }
    Ok((offset, limit))
}
