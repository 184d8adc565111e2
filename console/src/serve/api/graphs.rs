//! `GetServiceGraph` and `GetTraceGraph`.

use serde::{Deserialize, Serialize};
use traces::{
    graph::{Graph, ServiceNode, Window},
    groups::GroupReference,
};

use super::parameters::{filter, recent_window, trace_ids};
use crate::serve::{
    answer::{Answer, answer, compute},
    clock,
    paging::no_token,
    range::Range,
    state::Console,
    timestamp::Timestamp,
};

/// `FilterExpression` is the console's own: AWS's clients never send it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetServiceGraph {
    start_time: Timestamp,
    end_time: Timestamp,
    group_name: Option<String>,
    #[serde(rename = "GroupARN")]
    group_arn: Option<String>,
    filter_expression: Option<String>,
    next_token: Option<String>,
}

/// Written as it is: a map of two thousand services as a `Value` would take several times as much.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetServiceGraphResult<'g> {
    start_time: f64,
    end_time: f64,
    services: Vec<ServiceNode<'g>>,
    contains_old_group_versions: bool,
}

/// Draws the map of a time range: of all its traces, of a group's, or of those that a filter takes.
pub(super) async fn get_service_graph(console: Console, request: GetServiceGraph) -> Answer {
    no_token(request.next_token.as_deref())?;
    let window = recent_window(&console, request.start_time, request.end_time)?;
    let group = GroupReference {
        name: request.group_name,
        arn: request.group_arn,
    };
    let group = console.account().groups.filter(&group)?;
    let filter = filter(&console, request.filter_expression.as_deref())?;
    let range = Range::read(&console, window).await?;
    compute(move |left| {
        let mut found = range.find(&console, left, |_, start, end| window.touches(start, end));
        let traces = &mut found.traces;
        for filter in [group, filter].iter().flatten() {
            traces.retain(|trace| !left.is_so() && filter.matches(trace));
        }
        left.ends()?;
        let graph = Graph::at(traces, window, clock::now());
        let answer = answer(&GetServiceGraphResult {
            start_time: window.start.as_seconds(),
            end_time: window.end.as_seconds(),
            services: graph.services(),
            contains_old_group_versions: false,
        })?;
        Ok(found.note_missing(answer))
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetTraceGraph {
    trace_ids: Vec<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceGraphResult<'g> {
    services: Vec<ServiceNode<'g>>,
}

/// Draws the map of some traces.
pub(super) async fn get_trace_graph(console: Console, request: GetTraceGraph) -> Answer {
    no_token(request.next_token.as_deref())?;
    let ids = trace_ids(&request.trace_ids)?;
    console.recall(&ids).await;
    compute(move |left| {
        let traces = console.summaries_of(left, &ids);
        left.ends()?;
        let graph = Graph::at(&traces, Window::ALWAYS, clock::now());
        answer(&GetTraceGraphResult {
            services: graph.services(),
        })
    })
    .await
}
