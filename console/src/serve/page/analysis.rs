//! The page's requests about many traces at once: groups, percentiles, differences, a page of a list.
//!
//! `docs/analysis.md` describes requests and answers. Everything is counted over all traces of the time range, on
//! blocking threads, and stops when the client has left.

mod question;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::{Deserialize, Serialize};
use traces::{
    analysis::{
        Differences, Facet, GroupOrder, Groups, Latency, OUTCOMES, RowOrder, Rows, Scatter,
        annotation_keys,
    },
    filter::Selector,
    summary::Summary,
};

use crate::serve::{
    answer::{Answer, answer, compute},
    error::ApiError,
    request::{read, trace_id},
    state::Console,
};
use question::{Question, one_of, order, page};

/// Most rows, or groups, in one answer.
const MAX_LIMIT: usize = 500;
/// Most tables in one answer.
const MAX_TABLES: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TracesRequest {
    traces: Question,
    rows: Option<RowsRequest>,
    #[serde(default)]
    groups: Vec<GroupsRequest>,
    #[serde(default)]
    scatter: bool,
    #[serde(default)]
    facets: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsRequest {
    sort: Option<String>,
    first: Option<String>,
    #[serde(default)]
    offset: usize,
    limit: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupsRequest {
    by: String,
    sort: Option<String>,
    #[serde(default)]
    offset: usize,
    limit: usize,
}

#[derive(Serialize)]
struct TracesAnswer<'s> {
    total: usize,
    outcomes: [usize; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete_before: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Rows<'s>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Groups>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scatter: Option<Scatter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Vec<String>>,
}

/// Answers `POST /analysis/traces`: the number of traces, and whatever else is requested about the same traces.
pub(super) async fn traces(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: TracesRequest = read(body)?;
    let asked = request.traces.asked(&console)?;
    let rows = request.rows.map(|rows| {
        let first = rows.first.as_deref().map(trace_id).transpose()?;
        let order = order(
            "rows.sort",
            rows.sort.as_deref().unwrap_or("age"),
            RowOrder::parse,
        )?;
        Ok::<_, ApiError>((order, first, page(rows.offset, rows.limit, MAX_LIMIT)?))
    });
    let rows = rows.transpose()?;
    if request.groups.len() > MAX_TABLES {
        let message = format!(
            "groups has {} members; at most {MAX_TABLES} are counted at once",
            request.groups.len()
        );
        return Err(ApiError::invalid(message));
    }
    let groups = request.groups.into_iter().map(|groups| {
        let by = one_of("groups.by", &groups.by, Facet::parse)?;
        let sort = groups.sort.as_deref().unwrap_or("-traces");
        let order = order("groups.sort", sort, GroupOrder::parse)?;
        Ok::<_, ApiError>((by, order, page(groups.offset, groups.limit, MAX_LIMIT)?))
    });
    let groups: Vec<_> = groups.collect::<Result<_, _>>()?;
    let range = asked.range(&console).await?;
    compute(move |left| {
        let found = asked.find(&range, &console, left);
        let traces: Vec<&Summary> = left.until(asked.matching(&found.traces)).collect();
        let mut outcomes = [0; 4];
        for trace in &traces {
            let rank = Facet::outcome(trace);
            outcomes[rank] += 1;
        }
        let parts = TracesAnswer {
            total: traces.len(),
            outcomes,
            incomplete_before: found.incomplete_before,
            rows: rows.map(|(order, first, page)| Rows::of(&traces, order, first, page)),
            groups: left
                .until(groups.iter())
                .map(|(by, order, page)| Groups::of(&traces, by, *order, *page))
                .collect(),
            scatter: request.scatter.then(|| Scatter::of(&traces, asked.window)),
            facets: request.facets.then(|| facets(&traces)),
        };
        answer(&parts)
    })
    .await
}

fn facets(traces: &[&Summary]) -> Vec<String> {
    let keys = annotation_keys(traces.iter().copied());
    let annotations = keys.into_iter().map(|key| format!("annotation.{key}"));
    Facet::fixed()
        .map(str::to_owned)
        .chain(annotations)
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DifferencesRequest {
    set: Question,
    within: Question,
}

/// Answers `POST /analysis/differences`: what distinguishes the traces of one question from the others of a wider
/// one.
pub(super) async fn differences(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: DifferencesRequest = read(body)?;
    let (set, within) = (
        request.set.asked(&console)?,
        request.within.asked(&console)?,
    );
    let range = within.range(&console).await?;
    compute(move |left| {
        let found = within.find(&range, &console, left);
        let traces = left.until(within.matching(&found.traces));
        answer(&Differences::of(
            traces.map(|trace| (trace, set.takes(trace))),
        ))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LatencyRequest {
    traces: Question,
    of: String,
    outcomes: Option<Vec<String>>,
}

/// Answers `POST /analysis/latency`: the latency of a service or a call.
pub(super) async fn latency(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: LatencyRequest = read(body)?;
    let asked = request.traces.asked(&console)?;
    let selector = Selector::parse(&request.of)?;
    let mut wanted = [request.outcomes.is_none(); 4];
    for name in request.outcomes.iter().flatten() {
        let place = |name: &str| OUTCOMES.iter().position(|outcome| *outcome == name);
        wanted[one_of("outcomes", name, place)?] = true;
    }
    let range = asked.range(&console).await?;
    compute(move |left| {
        let found = asked.find(&range, &console, left);
        let traces = left.until(asked.matching(&found.traces));
        answer(&Latency::of(traces, asked.window, &selector, wanted))
    })
    .await
}
