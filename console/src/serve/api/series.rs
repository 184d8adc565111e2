//! `GetTimeSeriesServiceStatistics`.

use serde::{Deserialize, Serialize};
use serde_json::json;
use traces::{
    filter::Selector,
    graph::{Histogram, Statistics},
    groups::GroupReference,
    series::{Bucket, Series},
};

use super::parameters::recent_window;
use crate::serve::{
    answer::{Answer, answer, compute},
    error::ApiError,
    paging::with_token,
    range::Range,
    state::Console,
    timestamp::Timestamp,
};

/// The default width of a bucket in seconds.
const DEFAULT_PERIOD: u64 = 60;
/// Buckets on one page.
const BUCKETS: usize = 1_000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetTimeSeriesServiceStatistics {
    start_time: Timestamp,
    end_time: Timestamp,
    group_name: Option<String>,
    #[serde(rename = "GroupARN")]
    group_arn: Option<String>,
    entity_selector_expression: Option<String>,
    period: Option<u64>,
    forecast_statistics: Option<bool>,
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
    /// Without a value: the console makes no forecasts, and says so when asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_forecast_statistics: Option<Forecast>,
    response_time_histogram: &'b Histogram,
}

/// X-Ray's `ForecastStatistics`, whose members are all optional.
#[derive(Serialize)]
struct Forecast {}

/// Counts the requests or calls of services, by bucket.
pub(super) async fn get_time_series_service_statistics(
    console: Console,
    request: GetTimeSeriesServiceStatistics,
) -> Answer {
    let window = recent_window(&console, request.start_time, request.end_time)?;
    let selector = request.selector()?;
    let period = request.period()?;
    let with_forecast = request.forecast_statistics.unwrap_or(false);
    if with_forecast && !selector.is_one_service() {
        return Err(ApiError::invalid(
            "ForecastStatistics is true; that needs an EntitySelectorExpression of one service: id(…)",
        ));
    }
    let group = GroupReference {
        name: request.group_name.clone(),
        arn: request.group_arn.clone(),
    };
    let group = console.account().groups.filter(&group)?;
    let query = console
        .paging
        .query("GetTimeSeriesServiceStatistics", &request);
    let place = console
        .paging
        .place::<1>(query, request.next_token.as_deref())?;
    let range = Range::read(&console, window).await?;
    compute(move |left| {
        let mut found = range.find(&console, left, |_, start, end| window.touches(start, end));
        let traces = &mut found.traces;
        if let Some(group) = group {
            traces.retain(|trace| group.matches(trace));
        }
        let traces = left.until(traces.iter()).map(AsRef::as_ref);
        let series = Series::of(traces, window, period, &selector);
        let from = place.map_or(0, |[from]| from);
        let mut buckets = series.buckets.range(from..);
        let is_edge = selector.is_edge();
        let rows: Vec<_> = buckets
            .by_ref()
            .take(BUCKETS)
            .map(|(at, bucket)| row(*at, bucket, is_edge, with_forecast))
            .collect();
        let next = buckets
            .next()
            .map(|(at, _)| console.paging.token(query, &[*at]));
        let body = json!({
            "TimeSeriesServiceStatistics": rows,
            "ContainsOldGroupVersions": false,
        });
        let answer = answer(&with_token(body, next))?;
        Ok(found.note_missing(answer))
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
        Selector::parse(text)
            .map_err(|error| ApiError::from(error).within("EntitySelectorExpression"))
    }

    /// The width of a bucket in seconds.
    fn period(&self) -> Result<u64, ApiError> {
        match self.period.unwrap_or(DEFAULT_PERIOD) {
            0 => Err(ApiError::invalid(
                "Period is 0; it must be at least 1 second",
            )),
            period => Ok(period),
        }
    }
}

fn row(timestamp: u64, bucket: &Bucket, is_edge: bool, with_forecast: bool) -> Row<'_> {
    Row {
        timestamp,
        edge_summary_statistics: is_edge.then_some(&bucket.statistics),
        service_summary_statistics: (!is_edge).then_some(&bucket.statistics),
        service_forecast_statistics: with_forecast.then_some(Forecast {}),
        response_time_histogram: &bucket.durations,
    }
}
