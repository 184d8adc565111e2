//! `GetTimeSeriesServiceStatistics`.

use serde::Serialize;
use traces::{
    filter::Selector,
    graph::{Histogram, Statistics},
    series::{Bucket, Series},
};

use super::parameters::{group, recent_window};
use crate::serve::{
    answer::{Answer, answer, compute},
    error::ApiError,
    range::Range,
    request::Member,
    state::Console,
};

/// The default width of a bucket in seconds.
const DEFAULT_PERIOD: u64 = 60;
/// Buckets on one page.
const BUCKETS: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetTimeSeriesServiceStatisticsResult<'b> {
    time_series_service_statistics: Vec<Row<'b>>,
    contains_old_group_versions: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    request: Member,
) -> Answer {
    let [start, end, name, arn, expression, period, forecast, token] = request.members([
        "StartTime",
        "EndTime",
        "GroupName",
        "GroupARN",
        "EntitySelectorExpression",
        "Period",
        "ForecastStatistics",
        "NextToken",
    ])?;
    let window = recent_window(&console, start, end)?;
    let expression = expression.text_if_given()?;
    let selector = selector(expression.as_deref())?;
    let period = self::period(period)?;
    let with_forecast = forecast.flag()?;
    if with_forecast && !selector.is_one_service() {
        return Err(ApiError::invalid(
            "ForecastStatistics is true; that needs an EntitySelectorExpression of one service: id(…)",
        ));
    }
    let reference = group(name, arn)?;
    let group = console.account().groups.filter(&reference)?;
    let asked = (
        window.start,
        window.end,
        reference,
        expression,
        period,
        with_forecast,
    );
    let query = console
        .paging
        .query("GetTimeSeriesServiceStatistics", asked);
    let place = console
        .paging
        .place::<1>(query, token.text_if_given()?.as_deref())?;
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
        let answer = answer(&GetTimeSeriesServiceStatisticsResult {
            time_series_service_statistics: rows,
            contains_old_group_versions: false,
            next_token: next,
        })?;
        Ok(found.note_missing(answer))
    })
    .await
}

fn selector(expression: Option<&str>) -> Result<Selector, ApiError> {
    match expression.filter(|text| !text.trim().is_empty()) {
        Some(text) => Selector::parse(text)
            .map_err(|error| ApiError::from(error).within("EntitySelectorExpression")),
        None => Ok(Selector::ENTRIES),
    }
}

/// The width of a bucket in seconds.
fn period(period: Member) -> Result<u64, ApiError> {
    match period.given().map(Member::count).transpose()? {
        Some(0) => Err(ApiError::invalid(
            "Period is 0; it must be at least 1 second",
        )),
        period => Ok(period.unwrap_or(DEFAULT_PERIOD)),
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
