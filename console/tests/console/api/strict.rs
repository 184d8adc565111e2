//! Requests that a strict console refuses, as X-Ray does, and a default one accepts.

use console::Config;
use serde_json::{Value, json};

use super::clock;
use crate::support::Console;

#[test]
fn limits_of_x_ray_are_a_strict_consoles() {
    let [lenient, strict] = [false, true].map(|strict| {
        Console::start_with(Config {
            strict,
            ..Config::default()
        })
    });
    let now = clock();
    let range =
        |from: f64, hours: f64| json!({ "StartTime": from, "EndTime": from + hours * 3_600.0 });
    let (long, old) = (
        range(now - 30_000.0, 6.1),
        range(now - 31.0 * 86_400.0, 1.0),
    );
    let ids: Vec<String> = (1..=6)
        .map(|number| format!("1-5f84c7a1-{number:024x}"))
        .collect();
    let odd = json!({ "SamplingStatisticsDocuments": [{ "RuleName": "Default", "ClientID": "short", "Timestamp": 1, "RequestCount": 1,
        "SampledCount": 1 }] });
    for (operation, request, part) in [
        ("TraceSummaries", &long, "6 hours"),
        ("ServiceGraph", &long, "6 hours"),
        ("TimeSeriesServiceStatistics", &long, "6 hours"),
        ("TraceSummaries", &old, "30 days"),
        ("ServiceGraph", &old, "30 days"),
        ("Traces", &json!({ "TraceIds": ids }), "at most 5"),
        (
            "SamplingTargets",
            &odd,
            "SamplingStatisticsDocuments[0].ClientID has 5 characters",
        ),
    ] {
        lenient.call(operation, request);
        let (status, error) = strict.fail(operation, request);
        assert_eq!(
            (status, &error["__type"]),
            (400, &json!("InvalidRequestException"))
        );
        assert!(error["Message"].as_str().unwrap().contains(part), "{error}");
    }
    let recent: Value = range(now - 6.0 * 3_600.0, 6.0);
    for console in [lenient, strict] {
        console.call("TraceSummaries", &recent);
        console.call("ServiceGraph", &recent);
        console.call("Traces", &json!({ "TraceIds": ids[..5] }));
    }
}
