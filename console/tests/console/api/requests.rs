//! Rules for all requests, and refusals.

use serde_json::json;

use super::segment;
use crate::support::Console;

const INSIGHT: &str = "01234567-89ab-4cde-8f01-23456789abcd";

#[test]
fn a_member_that_is_null_is_absent() {
    let console = Console::start();
    console.take(&[segment(100, "")]);
    let rule = json!({ "RuleName": "r", "RuleARN": null, "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": null,
        "SamplingRateBoost": null });
    let report = json!({ "RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1, "RequestCount": 1, "SampledCount": 1,
        "BorrowCount": null });
    let range = json!({ "StartTime": 0, "EndTime": 200, "TimeRangeType": null, "Sampling": null, "SamplingStrategy": null,
        "FilterExpression": null, "NextToken": null, "GroupName": null, "GroupARN": null, "EntitySelectorExpression": null,
        "Period": null, "ForecastStatistics": null, "States": null, "MaxResults": null });
    for (operation, request) in [
        ("TraceSummaries", range.clone()),
        ("ServiceGraph", range.clone()),
        ("TimeSeriesServiceStatistics", range.clone()),
        ("InsightSummaries", range),
        (
            "Traces",
            json!({ "TraceIds": ["1-00000064-e7d1852db8c4fd35d88bf49a"], "NextToken": null }),
        ),
        ("GetSamplingRules", json!({ "NextToken": null })),
        (
            "CreateSamplingRule",
            json!({ "SamplingRule": rule, "Tags": null }),
        ),
        (
            "UpdateSamplingRule",
            json!({ "SamplingRuleUpdate": { "RuleName": "r", "Host": null, "Attributes": null } }),
        ),
        (
            "SamplingTargets",
            json!({ "SamplingStatisticsDocuments": [report], "SamplingBoostStatisticsDocuments": null }),
        ),
        (
            "CreateGroup",
            json!({ "GroupName": "g", "FilterExpression": null, "InsightsConfiguration": null, "Tags": null }),
        ),
        (
            "UpdateGroup",
            json!({ "GroupName": "g", "GroupARN": null, "FilterExpression": "fault", "InsightsConfiguration": { "InsightsEnabled": null } }),
        ),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [{ "Timestamp": 1, "SegmentsReceivedCount": null, "BackendConnectionErrors": null }],
                "EC2InstanceId": null, "Hostname": null, "ResourceARN": null }),
        ),
    ] {
        console.call(operation, &request);
    }
    // What must be there is missed.
    let (_, error) = console.fail(
        "TraceSummaries",
        &json!({ "StartTime": null, "EndTime": 200 }),
    );
    assert!(error["Message"].as_str().unwrap().contains("StartTime"));
}

#[test]
fn what_cannot_be_asked_is_answered_as_aws_does() {
    let console = Console::start();
    let many: Vec<String> = (0..10_000)
        .map(|number| format!("1-5f84c7a1-{number:024x}"))
        .collect();
    for (operation, request, part) in [
        ("TraceSummaries", json!({ "EndTime": 1 }), "StartTime"),
        (
            "TraceSummaries",
            json!({ "StartTime": 2, "EndTime": 1 }),
            "before StartTime",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": "soon", "EndTime": 1 }),
            "soon",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "TimeRangeType": "Guess" }),
            "Guess",
        ),
        (
            "TraceSummaries",
            json!({ "StartTime": 0, "EndTime": 1, "NextToken": "made up" }),
            "NextToken",
        ),
        (
            "ServiceGraph",
            json!({ "StartTime": 0, "EndTime": 1, "NextToken": "0000" }),
            "NextToken",
        ),
        (
            "ServiceGraph",
            json!({ "StartTime": 0, "EndTime": 1, "GroupName": "nobody" }),
            "nobody",
        ),
        (
            "Traces",
            json!({ "TraceIds": ["1-5f84c7a1"] }),
            "1-5f84c7a1",
        ),
        ("Traces", json!({ "TraceIds": many }), "10000"),
        (
            "Traces",
            json!({ "TraceIds": "x" }),
            "TraceIds is \"x\"; it must be a list",
        ),
        ("Traces", json!([]), "the body is []; it must be an object"),
        ("TraceSegments", json!({}), "TraceSegmentDocuments"),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [] }),
            "at least one",
        ),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [{ "Timestamp": 1, "SegmentsSentCount": -1 }] }),
            "TelemetryRecords[0].SegmentsSentCount is -1; it must be at least 0",
        ),
        (
            "UpdateSamplingRule",
            json!({ "SamplingRuleUpdate": { "RuleName": "Default", "ReservoirSize": -1 } }),
            "SamplingRuleUpdate.ReservoirSize is -1; it must be at least 0",
        ),
        ("Insight", json!({ "InsightId": "i" }), "InsightId is \"i\""),
        (
            "Insight",
            json!({ "InsightId": INSIGHT }),
            "there is no insight of this id",
        ),
        (
            "InsightEvents",
            json!({ "InsightId": INSIGHT, "MaxResults": 51 }),
            "MaxResults is 51; it must be 1 to 50",
        ),
        ("PutResourcePolicy", json!({}), "PolicyName is missing"),
        (
            "TimeSeriesServiceStatistics",
            json!({ "StartTime": 0, "EndTime": 1, "Period": -60 }),
            "Period is -60",
        ),
        (
            "TimeSeriesServiceStatistics",
            json!({ "StartTime": 0, "EndTime": 1, "ForecastStatistics": true }),
            "EntitySelectorExpression",
        ),
        ("no/such/thing", json!({}), "no/such/thing"),
    ] {
        let (status, body) = console.fail(operation, &request);
        assert_eq!(
            (status, &body["__type"]),
            (400, &json!("InvalidRequestException")),
            "{operation}"
        );
        assert!(
            body["Message"].as_str().unwrap().contains(part),
            "{operation}: {body}"
        );
    }
}

#[test]
fn what_is_no_request_is_answered_as_aws_does() {
    let console = Console::start();
    for body in ["{", "null", "\u{0}", "{\"TraceIds\":[1]}"] {
        let answer = console.ask("POST", "/Traces", &[], body.as_bytes());
        assert_eq!(
            (answer.status, answer.header("x-amzn-errortype")),
            (400, Some("InvalidRequestException")),
            "{body}"
        );
    }
    let large = console.ask("POST", "/TraceSegments", &[], &vec![b' '; 9 * 1024 * 1024]);
    assert_eq!(
        large.header("x-amzn-errortype"),
        Some("InvalidRequestException")
    );
}

#[test]
fn what_an_account_would_answer_is_answered() {
    let console = Console::start();
    assert_eq!(
        console.call(
            "InsightSummaries",
            &json!({ "StartTime": 0, "EndTime": 1, "GroupName": "Default" })
        ),
        json!({ "InsightSummaries": [] })
    );
    assert_eq!(
        console.ask("POST", "/EncryptionConfig", &[], b"").json(),
        json!({ "EncryptionConfig": { "Status": "ACTIVE", "Type": "NONE" } })
    );
    assert_eq!(
        console
            .ask("POST", "/GetTraceSegmentDestination", &[], b"")
            .json(),
        json!({ "Destination": "XRay", "Status": "ACTIVE" })
    );
    let missing = console.call("Traces", &json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "5f84c7a1e7d1852db8c4fd35d88bf49a"] }));
    assert_eq!(
        missing,
        json!({ "Traces": [], "UnprocessedTraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a"] })
    );
}
