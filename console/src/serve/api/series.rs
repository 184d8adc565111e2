//! `GetTimeSeriesServiceStatistics`.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use traces::{
    filter::Selector,
    graph::{Histogram, Statistics},
    groups::GroupReference,
    series::{Bucket, Series},
};

use super::parameters::window;
use crate::serve::{
    answer::{Answer, answer, compute},
    error::ApiError,
    paging::with_token,
    request::read,
    state::Console,
    timestamp::Timestamp,
};

/// The width of a bucket in seconds, if the request does not say.
const DEFAULT_PERIOD: u64 = 60;
/// Buckets on one page.
const BUCKETS: usize = 1_000;
/// Longest selector, in characters: AWS's.
const MAX_SELECTOR: usize = 500;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetTimeSeriesServiceStatistics {
    start_time: Timestamp,
    end_time: Timestamp,
    #[serde(flatten)]
    group: GroupReference,
    entity_selector_expression: Option<String>,
    period: Option<u64>,
    #[serde(skip_serializing)]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'b> {
    timestamp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    edge_summary_statistics: Option<&'b Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_summary_statistics: Option<&'b Statistics>,
    response_time_histogram: &'b Histogram,
}

/// Counts what services or calls did, bucket by bucket.
pub(super) async fn get_time_series_service_statistics(
    State(console): State<Console>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let request: GetTimeSeriesServiceStatistics = read(body)?;
    let window = window(request.start_time, request.end_time)?;
    let selector = request.selector()?;
    let period = match request.period.unwrap_or(DEFAULT_PERIOD) {
        0 => {
            return Err(ApiError::invalid(
                "Period is 0; it must be at least 1 second",
            ));
        }
        period => period,
    };
    let group = console.groups().filter(&request.group)?;
    let query = console
        .paging
        .query("GetTimeSeriesServiceStatistics", &request);
    let place = console
        .paging
        .place::<1>(query, request.next_token.as_deref())?;
    compute(move || {
        let mut traces = console
            .intake
            .store
            .summaries(|_, start, end| window.touches(start, end));
        if let Some(group) = group {
            traces.retain(|trace| group.matches(trace));
        }
        let series = Series::of(traces.iter().map(AsRef::as_ref), window, period, &selector);
        let from = place.map_or(0, |[from]| from);
        let mut buckets = series.buckets.range(from..);
        let is_edge = selector.is_edge();
        let rows: Vec<_> = buckets
            .by_ref()
            .take(BUCKETS)
            .map(|(at, bucket)| row(*at, bucket, is_edge))
            .collect();
        let next = buckets
            .next()
            .map(|(at, _)| console.paging.token(query, &[*at]));
        let body = json!({
            "TimeSeriesServiceStatistics": rows,
            "ContainsOldGroupVersions": false,
        });
        answer(&with_token(body, next))
    })
    .await
}

impl GetTimeSeriesServiceStatistics {
    fn selector(&self) -> Result<Selector, ApiError> {
        let Some(text) = self
            .entity_selector_expression
            .as_deref()
            .filter(|text| !text.trim().is_empty())
        else {
            return Ok(Selector::ENTRIES);
        };
        let length = text.chars().count();
        if length > MAX_SELECTOR {
            return Err(ApiError::invalid(format!(
                "EntitySelectorExpression has {length} characters; it must have 1 to {MAX_SELECTOR}"
            )));
        }
        Ok(Selector::parse(text)?)
    }
}

fn row(timestamp: u64, bucket: &Bucket, is_edge: bool) -> Row<'_> {
    Row {
        timestamp,
        edge_summary_statistics: is_edge.then_some(&bucket.statistics),
        service_summary_statistics: (!is_edge).then_some(&bucket.statistics),
        response_time_histogram: &bucket.durations,
    }
}
