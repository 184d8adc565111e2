//! `GetTimeSeriesServiceStatistics`.

use serde_json::{Value, json};

use super::segment;
use crate::support::Console;

#[test]
fn statistics_over_time_are_of_services_or_of_calls() {
    let console = Console::start();
    let call = |number: u32| {
        format!(
            r#","subsegments":[{{"name":"db","namespace":"remote","id":"{:016x}","start_time":{number}.1,"end_time":{number}.3}}]"#,
            number + 50_000
        )
    };
    console.take(&[
        segment(10, &call(10)),
        segment(50, ""),
        segment(70, r#","fault":true"#),
    ]);
    let series = |more: Value| {
        let mut request = json!({ "StartTime": 0, "EndTime": 100 });
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = console.call("TimeSeriesServiceStatistics", &request);
        let rows = answer["TimeSeriesServiceStatistics"]
            .as_array()
            .unwrap()
            .clone();
        rows.iter()
            .map(|row| {
                let kind = if row.get("EdgeSummaryStatistics").is_some() {
                    "EdgeSummaryStatistics"
                } else {
                    "ServiceSummaryStatistics"
                };
                (
                    row["Timestamp"].as_u64().unwrap(),
                    kind,
                    row[kind]["TotalCount"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        series(json!({})),
        [
            (0, "EdgeSummaryStatistics", 2),
            (60, "EdgeSummaryStatistics", 1)
        ]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"service("shop")"#, "Period": 50 })),
        [
            (0, "ServiceSummaryStatistics", 1),
            (50, "ServiceSummaryStatistics", 2)
        ]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"edge("shop", "db")"# })),
        [(0, "EdgeSummaryStatistics", 1)]
    );
    assert_eq!(
        series(json!({ "EntitySelectorExpression": r#"id(name: "db", type: "remote")"# })),
        [(0, "ServiceSummaryStatistics", 1)]
    );
    let mut request =
        json!({ "StartTime": 0, "EndTime": 100, "EntitySelectorExpression": "fault" });
    assert_eq!(console.fail("TimeSeriesServiceStatistics", &request).0, 400);
    request["EntitySelectorExpression"] = "x".repeat(501).into();
    assert!(
        console.fail("TimeSeriesServiceStatistics", &request).1["Message"]
            .as_str()
            .unwrap()
            .contains("501")
    );
}

#[test]
fn who_asks_for_a_forecast_hears_that_there_is_none() {
    let console = Console::start();
    console.take(&[segment(100, "")]);
    let request = json!({ "StartTime": 0, "EndTime": 200, "ForecastStatistics": true, "EntitySelectorExpression": "id(name: \"shop\")" });
    let answer = console.call("TimeSeriesServiceStatistics", &request);
    let row = &answer["TimeSeriesServiceStatistics"][0];
    assert_eq!(row["ServiceSummaryStatistics"]["TotalCount"], 1);
    assert_eq!(row["ServiceForecastStatistics"], json!({}));
}
