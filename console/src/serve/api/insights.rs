//! Insights: AWS finds anomalies, the console does not. It answers like an account without anomalies.

use serde_json::json;

use super::parameters::{group, kept_window, recent_window};
use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    request::Member,
    state::Console,
};

/// Lists insights: none.
pub(super) fn get_insight_summaries(console: &Console, request: Member) -> Answer {
    let [start, end, name, arn, token] =
        request.members(["StartTime", "EndTime", "GroupName", "GroupARN", "NextToken"])?;
    no_token(token)?;
    kept_window(console, start, end)?;
    let group = group(name, arn)?;
    if console.is_strict {
        console.account().groups.get(&group)?;
    }
    console.account().groups.filter(&group)?;
    answer(&json!({ "InsightSummaries": [] }))
}

/// Returns one insight: there is none.
pub(super) fn get_insight(request: Member) -> Answer {
    let [id] = request.members(["InsightId"])?;
    Err(no_insight(&id.text()?))
}

/// Lists the events of one insight: there is none.
pub(super) fn get_insight_events(request: Member) -> Answer {
    let [id, token] = request.members(["InsightId", "NextToken"])?;
    no_token(token)?;
    Err(no_insight(&id.text()?))
}

/// Returns the impact graph of one insight: there is none.
pub(super) fn get_insight_impact_graph(console: &Console, request: Member) -> Answer {
    let [id, start, end, token] =
        request.members(["InsightId", "StartTime", "EndTime", "NextToken"])?;
    no_token(token)?;
    recent_window(console, start, end)?;
    Err(no_insight(&id.text()?))
}

fn no_insight(id: &str) -> ApiError {
    ApiError::invalid(format!(
        "InsightId is {id}; there is no insight of this id: the console finds none"
    ))
}
