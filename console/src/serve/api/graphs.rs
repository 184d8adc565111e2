//! `GetServiceGraph` and `GetTraceGraph`.

use serde::Serialize;
use traces::graph::{Graph, ServiceNode, Window};

use super::parameters::{filter, group, recent_window, trace_ids};
use crate::serve::{
    answer::{Answer, answer, compute},
    clock,
    paging::no_token,
    range::Range,
    request::Member,
    state::Console,
};

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
pub(super) async fn get_service_graph(console: Console, request: Member) -> Answer {
    // `FilterExpression` is the console's own: AWS's clients never send it.
    let [start, end, name, arn, expression, token] = request.members([
        "StartTime",
        "EndTime",
        "GroupName",
        "GroupARN",
        "FilterExpression",
        "NextToken",
    ])?;
    no_token(token)?;
    let window = recent_window(&console, start, end)?;
    let group = console.account().groups.filter(&group(name, arn)?)?;
    let filter = filter(&console, expression.text_if_given()?.as_deref())?;
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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetTraceGraphResult<'g> {
    services: Vec<ServiceNode<'g>>,
}

/// Draws the map of some traces.
pub(super) async fn get_trace_graph(console: Console, request: Member) -> Answer {
    let [ids, token] = request.members(["TraceIds", "NextToken"])?;
    no_token(token)?;
    let ids = trace_ids(&ids.texts()?)?;
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
