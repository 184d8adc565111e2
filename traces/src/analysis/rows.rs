//! A page of a sorted list of traces.

use std::{cmp::Ordering, sync::Arc};

use segment::TraceId;
use serde::Serialize;

use super::{Failure, OUTCOMES, micros, rank};
use crate::summary::{Http, Summary};

/// A page of traces.
#[derive(Debug, Serialize)]
pub struct Rows<'s> {
    /// The index of the first one.
    pub offset: usize,
    /// How many traces precede the one that the list begins with.
    pub newer: usize,
    /// The traces.
    pub rows: Vec<Row<'s>>,
}

/// A trace in a list.
#[derive(Debug, Serialize)]
pub struct Row<'s> {
    id: String,
    /// In seconds since 1970.
    start: f64,
    /// In microseconds.
    time: f64,
    outcome: &'static str,
    is_partial: bool,
    /// The number of its documents; the row changes when one arrives.
    documents: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    /// The URL, or the name of the first service.
    url: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'s str>,
    annotations: usize,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// The sort order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// The start, the newest first.
    Age,
    /// Its id.
    Id,
    /// Its response time.
    Time,
    /// The URL.
    Url,
    /// The status code of the response.
    Response,
    /// The method.
    Method,
    /// The client's address.
    Client,
    /// How many annotations it has.
    Annotations,
    /// Why it failed.
    Cause,
}

impl RowOrder {
    /// Parses a name: `age`, `id`, `time`, `url`, `response`, `method`, `client`, `annotations`, `cause`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "age" => Self::Age,
            "id" => Self::Id,
            "time" => Self::Time,
            "url" => Self::Url,
            "response" => Self::Response,
            "method" => Self::Method,
            "client" => Self::Client,
            "annotations" => Self::Annotations,
            "cause" => Self::Cause,
            _ => return None,
        })
    }

    fn compare(self, a: &Summary, b: &Summary) -> Ordering {
        let by_http = |take: fn(&Http) -> Option<&Arc<str>>| {
            let of = |trace| http(trace).and_then(take);
            of(a).cmp(&of(b))
        };
        match self {
            Self::Age => b.start.cmp(&a.start),
            Self::Id => a.id.cmp(&b.id),
            Self::Time => a.nanos.cmp(&b.nanos),
            Self::Url => url(a).cmp(url(b)),
            Self::Response => status(a).cmp(&status(b)),
            Self::Method => by_http(|http| http.method.as_ref()),
            Self::Client => by_http(|http| http.client_ip.as_ref()),
            Self::Annotations => a.annotations.len().cmp(&b.annotations.len()),
            Self::Cause => failure(a).cmp(&failure(b)),
        }
    }
}

impl<'s> Rows<'s> {
    /// Sorts traces and returns up to `limit` of them from `offset` on. The list begins with the trace `first`;
    /// earlier ones are only counted, so that a page does not move when traces arrive.
    pub fn of(
        traces: &[&'s Summary],
        (order, is_down): (RowOrder, bool),
        first: Option<TraceId>,
        (offset, limit): (usize, usize),
    ) -> Self {
        let compare = |a: &&Summary, b: &&Summary| {
            let by = order.compare(a, b);
            (if is_down { by.reverse() } else { by }).then_with(|| a.id.cmp(&b.id))
        };
        let first = traces.iter().find(|trace| Some(trace.id) == first);
        let is_listed = |trace: &&Summary| first.is_none_or(|first| compare(trace, first).is_ge());
        let mut listed: Vec<&'s Summary> = traces.iter().copied().filter(is_listed).collect();
        let newer = traces.len() - listed.len();
        let end = offset.saturating_add(limit).min(listed.len());
        // Only the visible rows must be in order.
        if end < listed.len() {
            listed.select_nth_unstable_by(end, compare);
            listed.truncate(end);
        }
        listed.sort_unstable_by(compare);
        let rows = listed.into_iter().skip(offset).map(row).collect();
        Self {
            offset,
            newer,
            rows,
        }
    }
}

fn row(trace: &Summary) -> Row<'_> {
    let http = http(trace);
    Row {
        id: trace.id.to_string(),
        start: trace.start.as_seconds(),
        time: micros(trace.nanos),
        outcome: OUTCOMES[rank(trace.outcome)],
        is_partial: trace.is_partial,
        documents: trace.documents,
        method: http.and_then(|http| http.method.as_deref()),
        status: status(trace),
        url: url(trace),
        client: http.and_then(|http| http.client_ip.as_deref()),
        annotations: trace.annotations.len(),
        cause: failure(trace).map(|failure| failure.to_string()),
    }
}

/// Returns why a trace failed: with a fault, else with an error.
fn failure(trace: &Summary) -> Option<Failure<'_>> {
    let causes = &trace.root_causes;
    let cause = causes.fault.first().or(causes.error.first());
    cause.and_then(Failure::of)
}

fn http(trace: &Summary) -> Option<&Http> {
    trace.root()?.http.as_deref()
}

fn status(trace: &Summary) -> Option<i64> {
    http(trace)?.status
}

fn url(trace: &Summary) -> &str {
    let url = http(trace).and_then(|http| http.url.as_deref());
    let name = || {
        trace
            .root()
            .or(trace.visits.first())
            .map(|visit| &*visit.service.name)
    };
    url.or_else(name).unwrap_or_default()
}
