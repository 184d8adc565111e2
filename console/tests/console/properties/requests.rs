//! Requests with damaged bodies.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::documents::TRACE;
use crate::support::Console;

/// Every route that takes a body, with one that it takes.
fn requests() -> Vec<(&'static str, &'static str, Value)> {
    let json = "application/json";
    let range = || {
        json!({ "StartTime": 0, "EndTime": 4_000_000_000_u64, "FilterExpression": "service(\"front\") { fault } OR ok", "TimeRangeType": "Event",
        "Sampling": true, "SamplingStrategy": { "Name": "FixedRate", "Value": 0.5 }, "NextToken": "0123456789abcdef", "GroupName": "Default",
        "EntitySelectorExpression": "edge(id(name: \"front\"), )", "Period": 60, "States": ["ACTIVE"] })
    };
    let ids = json!({ "TraceIds": [TRACE, "5f84c7a1e7d1852db8c4fd35d88bf49a"] });
    let rule = json!({ "RuleName": "r", "RuleARN": "a", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": { "k": "v" }, "SamplingRateBoost": { "MaxRate": 0.5, "CooldownWindowMinutes": 1 } });
    let group = json!({ "GroupName": "g", "GroupARN": "a", "FilterExpression": "fault", "InsightsConfiguration": { "InsightsEnabled": true } });
    let reports = json!({ "SamplingBoostStatisticsDocuments": [{ "RuleName": "r", "ServiceName": "shop", "Timestamp": 1, "AnomalyCount": 3,
        "TotalCount": 9, "SampledAnomalyCount": 1 }], "SamplingStatisticsDocuments": [{ "RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1.5, "RequestCount": 1, "SampledCount": 1, "BorrowCount": 1 }] });
    let spans = json!({ "resourceSpans": [{ "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": [{ "traceId": "5f84c7a10102030405060708090a0b0c", "spanId": "0101010101010101", "name": "GET /", "kind": 2,
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000", "status": { "code": 2 }, "flags": 257,
            "attributes": [{ "key": "http.response.status_code", "value": { "intValue": "503" } }, { "key": "url.full", "value": { "stringValue": "http://a/b?c" } }],
            "events": [{ "name": "exception", "timeUnixNano": "1", "attributes": [{ "key": "exception.stacktrace", "value": { "stringValue": "at a (b:1)" } }] }] }] }] }] });
    let segment = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#;
    vec![
        (
            "/TraceSegments",
            json,
            json!({ "TraceSegmentDocuments": [segment, "[{}]", "T1SCg=="] }),
        ),
        (
            "/TelemetryRecords",
            json,
            json!({ "TelemetryRecords": [{ "Timestamp": "2026-11-22T00:00:00Z" }] }),
        ),
        ("/TraceSummaries", json, range()),
        ("/Traces", json, ids.clone()),
        ("/ServiceGraph", json, range()),
        ("/TraceGraph", json, ids),
        ("/TimeSeriesServiceStatistics", json, range()),
        ("/GetSamplingRules", json, json!({ "NextToken": null })),
        ("/CreateSamplingRule", json, json!({ "SamplingRule": rule })),
        (
            "/UpdateSamplingRule",
            json,
            json!({ "SamplingRuleUpdate": rule }),
        ),
        ("/DeleteSamplingRule", json, json!({ "RuleName": "r" })),
        ("/SamplingTargets", json, reports),
        ("/SamplingStatisticSummaries", json, json!({})),
        ("/Groups", json, json!({})),
        ("/GetGroup", json, group.clone()),
        ("/CreateGroup", json, group.clone()),
        ("/UpdateGroup", json, group.clone()),
        ("/DeleteGroup", json, group),
        ("/InsightSummaries", json, range()),
        ("/v1/traces", json, spans.clone()),
        ("/v1/traces", "application/x-protobuf", spans),
    ]
}

/// The same for what an account sets, and for jobs.
fn further_requests() -> Vec<(&'static str, &'static str, Value)> {
    let json = "application/json";
    let tags = json!({ "ResourceARN": "arn:aws:xray:local:000000000000:group/Default", "Tags": [{ "Key": "k", "Value": "v" }],
        "TagKeys": ["k"] });
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":"xray:*"}}"#;
    let policy = json!({ "PolicyName": "p", "PolicyDocument": document, "PolicyRevisionId": "0", "BypassPolicyLockoutCheck": true });
    vec![
        (
            "/Insight",
            json,
            json!({ "InsightId": "01234567-89ab-4cde-8f01-23456789abcd" }),
        ),
        ("/InsightEvents", json, json!({ "InsightId": "i" })),
        (
            "/InsightImpactGraph",
            json,
            json!({ "InsightId": "i", "StartTime": 0, "EndTime": 1 }),
        ),
        ("/EncryptionConfig", json, json!({})),
        (
            "/PutEncryptionConfig",
            json,
            json!({ "Type": "KMS", "KeyId": "alias/a" }),
        ),
        ("/GetTraceSegmentDestination", json, json!({})),
        (
            "/UpdateTraceSegmentDestination",
            json,
            json!({ "Destination": "CloudWatchLogs", "CloudWatchLogsConfiguration": { "SpansLogGroupKmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/a" } }),
        ),
        ("/GetIndexingRules", json, json!({})),
        (
            "/UpdateIndexingRule",
            json,
            json!({ "Name": "Default", "Rule": { "Probabilistic": { "DesiredSamplingPercentage": 5.5 } } }),
        ),
        ("/ListResourcePolicies", json, json!({})),
        ("/PutResourcePolicy", json, policy.clone()),
        ("/DeleteResourcePolicy", json, policy),
        ("/ListTagsForResource", json, tags.clone()),
        ("/TagResource", json, tags.clone()),
        ("/UntagResource", json, tags),
        (
            "/StartTraceRetrieval",
            json,
            json!({ "TraceIds": [TRACE], "StartTime": 0, "EndTime": 4_000_000_000_u64 }),
        ),
        (
            "/ListRetrievedTraces",
            json,
            json!({ "RetrievalToken": "t", "TraceFormat": "OTEL", "NextToken": "0123456789abcdef" }),
        ),
        (
            "/GetRetrievedTracesGraph",
            json,
            json!({ "RetrievalToken": "t" }),
        ),
        (
            "/CancelTraceRetrieval",
            json,
            json!({ "RetrievalToken": "t" }),
        ),
    ]
}

#[test]
fn damaged_bodies_make_no_operation_panic() {
    let console = Console::start();
    let cases = (
        select([requests(), further_requests()].concat()),
        vec(
            (
                any::<Index>(),
                0..6_usize,
                select(vec!["", "0", "\"", "}", "[", "-", "e9", "null", "\\u", "ü"]),
            ),
            0..3,
        ),
        prop_oneof![9 => Just(None), 1 => vec(any::<u8>(), 0..60).prop_map(Some)],
    );
    let mut runner = TestRunner::new(Config {
        cases: 600.max(Config::default().cases),
        ..Config::with_source_file(file!())
    });
    let outcome = runner.run(&cases, |((path, kind, body), damages, garbage)| {
        let mut body = body.to_string().into_bytes();
        for (at, cut, put) in damages {
            let from = at.index(body.len() + 1);
            let to = (from + cut).min(body.len());
            body.splice(from..to, put.bytes());
        }
        let body = garbage.unwrap_or(body);
        let answer = console.ask("POST", path, &[("Content-Type", kind)], &body);
        // A panic would be answered with 500.
        prop_assert!(
            [200, 400, 404].contains(&answer.status),
            "{path} {}: {}",
            String::from_utf8_lossy(&body),
            answer.text()
        );
        Ok(())
    });
    outcome.unwrap();
    // Whatever of all that was kept can be looked at.
    console.graph();
    assert_eq!(console.get("/completions").status, 200);
}
