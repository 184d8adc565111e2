//! Insights: AWS finds anomalies, the console does not. It answers like an account without anomalies.

use serde::Deserialize;
use serde_json::json;
use traces::groups::GroupReference;

use super::parameters::{kept_window, recent_window};
use crate::serve::{
    answer::{Answer, answer},
    error::ApiError,
    paging::no_token,
    state::Console,
    timestamp::Timestamp,
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetInsightSummaries {
    start_time: Timestamp,
    end_time: Timestamp,
    group_name: Option<String>,
    #[serde(rename = "GroupARN")]
    group_arn: Option<String>,
    next_token: Option<String>,
}

/// Lists insights: none.
pub(super) fn get_insight_summaries(console: &Console, request: GetInsightSummaries) -> Answer {
    no_token(request.next_token.as_deref())?;
    kept_window(console, request.start_time, request.end_time)?;
    let group = GroupReference {
        name: request.group_name,
        arn: request.group_arn,
    };
    if console.is_strict {
        console.account().groups.get(&group)?;
    }
    console.account().groups.filter(&group)?;
    answer(&json!({ "InsightSummaries": [] }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetInsight {
    insight_id: String,
}

/// Returns one insight: there is none.
pub(super) fn get_insight(request: &GetInsight) -> Answer {
    Err(no_insight(&request.insight_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetInsightEvents {
    insight_id: String,
    next_token: Option<String>,
}

/// Lists the events of one insight: there is none.
pub(super) fn get_insight_events(request: &GetInsightEvents) -> Answer {
    no_token(request.next_token.as_deref())?;
    Err(no_insight(&request.insight_id))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetInsightImpactGraph {
    insight_id: String,
    start_time: Timestamp,
    end_time: Timestamp,
    next_token: Option<String>,
}

/// Returns the impact graph of one insight: there is none.
pub(super) fn get_insight_impact_graph(
    console: &Console,
    request: &GetInsightImpactGraph,
) -> Answer {
    no_token(request.next_token.as_deref())?;
    recent_window(console, request.start_time, request.end_time)?;
    Err(no_insight(&request.insight_id))
}

fn no_insight(id: &str) -> ApiError {
    ApiError::invalid(format!(
        "InsightId is {id}; there is no insight of this id: the console finds none"
    ))
}
