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
    let group = |range: &Value, more: Value| {
        let mut request = range.clone();
        for (member, value) in more.as_object().unwrap() {
            request[member] = value.clone();
        }
        request
    };
    let rule = json!({ "RuleName": "r", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1 });
    let both = [&lenient, &strict].map(|console| {
        let made = console.call("CreateSamplingRule", &json!({ "SamplingRule": rule }));
        made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"].clone()
    });
    let both = json!({ "RuleName": "r", "RuleARN": both[0] });
    let change = json!({ "SamplingRuleUpdate": both });
    let recent: Value = range(now - 6.0 * 3_600.0, 6.0);
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
            "InsightSummaries",
            &group(&old, json!({ "GroupName": "Default" })),
            "30 days",
        ),
        (
            "InsightSummaries",
            &recent,
            "GroupName or GroupARN is missing",
        ),
        ("UpdateSamplingRule", &change, "RuleName and RuleARN"),
        ("DeleteSamplingRule", &both, "RuleName and RuleARN"),
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
    for (range, part) in [(&long, "6 hours"), (&old, "30 days")] {
        let graph = group(
            range,
            json!({ "InsightId": "01234567-89ab-4cde-8f01-23456789abcd" }),
        );
        let (_, error) = strict.fail("InsightImpactGraph", &graph);
        assert!(error["Message"].as_str().unwrap().contains(part), "{error}");
    }
    for console in [lenient, strict] {
        console.call("TraceSummaries", &recent);
        console.call(
            "InsightSummaries",
            &group(&long, json!({ "GroupName": "Default" })),
        );
        console.call("ServiceGraph", &recent);
        console.call("Traces", &json!({ "TraceIds": ids[..5] }));
    }
}

/// Of a document that another console keeps and warns of.
#[test]
fn documents_that_x_ray_would_refuse_are_refused() {
    let [lenient, strict] = [false, true].map(|strict| {
        Console::start_with(Config {
            strict,
            ..Config::default()
        })
    });
    let now = clock();
    // An id as W3C's are, random and so of any time: what counts is when it happened.
    let at = |time: f64, more: &str| {
        format!(
            r#"{{"id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":{time},"end_time":{time},{more}}}"#
        )
    };
    let with = |more: &str| at(now, more);
    let nameless = r#""subsegments":[{"id":"000000000000000b","start_time":1,"end_time":2}]"#;
    let old = at(now - 31.0 * 86_400.0, r#""name":"shop""#);
    let old = json!({ "TraceSegmentDocuments": [old] });
    for (console, codes) in [(&lenient, vec![]), (&strict, vec!["InvalidTraceId"])] {
        let answer = console.call("TraceSegments", &old);
        let unprocessed = answer["UnprocessedTraceSegments"].as_array().unwrap();
        let found: Vec<_> = unprocessed
            .iter()
            .filter_map(|one| one["ErrorCode"].as_str())
            .collect();
        assert_eq!(found, codes, "{answer}");
    }
    for (more, code) in [
        (r#""name":"GET {id}""#, Some("InvalidName")),
        (
            &*format!(r#""name":"shop",{nameless}"#),
            Some("MissingName"),
        ),
        (r#""name":"shop","http":7"#, Some("WrongType")),
        (r#""name":"shop","annotations":{"a-b":7}"#, None),
        (r#""name":"shop","parent_id":{}"#, None),
        (r#""name":"shop","namespace":"remote""#, None),
        (r#""name":"shop""#, None),
        (r#""name":"shop","user":7"#, None),
    ] {
        let request = json!({ "TraceSegmentDocuments": [with(more)] });
        let answer = lenient.call("TraceSegments", &request);
        assert_eq!(answer["UnprocessedTraceSegments"], json!([]), "{more}");
        let answer = strict.call("TraceSegments", &request);
        let unprocessed = &answer["UnprocessedTraceSegments"];
        let codes: Vec<_> = unprocessed
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["ErrorCode"].as_str())
            .collect();
        assert_eq!(
            codes,
            code.into_iter().collect::<Vec<_>>(),
            "{more}: {answer}"
        );
        assert!(
            code.is_none() || unprocessed[0]["Id"] == "000000000000000a",
            "{answer}"
        );
    }
    strict.take(&[with(r#""name":"GET {id}""#)]);
    let status = strict.get("/status").json();
    assert_eq!(
        status["documents"]["refused"]["InvalidName"], 2,
        "{status:#}"
    );
}
