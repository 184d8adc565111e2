//! What no table of lengths and types refuses, but what is there: names that are taken, expressions, bounds on a whole request.

use std::io::Write as _;

use serde_json::json;

use super::refused;
use crate::support::Console;

#[test]
fn what_does_not_fit_what_is_there_is_named_too() {
    let console = Console::start();
    let rule = json!({ "RuleName": "Default", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1 });
    let mut large = rule.clone();
    large["ReservoirSize"] = 2_147_483_648_u32.into();
    let ids = json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "1-x"], "StartTime": 0, "EndTime": 1 });
    let range = |member: &str, value: &str| json!({ "StartTime": 0, "EndTime": 1, member: value });
    for (operation, request, words) in [
        ("Traces", &ids, "TraceIds[1]: "),
        ("TraceGraph", &ids, "TraceIds[1]: "),
        ("StartTraceRetrieval", &ids, "TraceIds[1]: "),
        (
            "TraceSummaries",
            &range("FilterExpression", "fault and"),
            "FilterExpression: position 9 ",
        ),
        (
            "TimeSeriesServiceStatistics",
            &range("EntitySelectorExpression", "service("),
            "EntitySelectorExpression: position 8 ",
        ),
        (
            "CreateGroup",
            &json!({ "GroupName": "g", "FilterExpression": "no" }),
            "FilterExpression: position 0 ",
        ),
        (
            "CreateGroup",
            &json!({ "GroupName": "Default" }),
            "GroupName is Default; there is a group of this name already",
        ),
        (
            "UpdateGroup",
            &json!({ "GroupName": "Default", "FilterExpression": "fault" }),
            "FilterExpression must be empty: ",
        ),
        (
            "DeleteGroup",
            &json!({ "GroupName": "Default" }),
            "GroupName is Default; ",
        ),
        (
            "CreateSamplingRule",
            &json!({ "SamplingRule": rule }),
            "RuleName is Default; there is a sampling rule of this name already",
        ),
        (
            "CreateSamplingRule",
            &json!({ "SamplingRule": large }),
            "SamplingRule.ReservoirSize is 2147483648; it must be 0 to 2147483647",
        ),
        (
            "DeleteSamplingRule",
            &json!({ "RuleName": "Default" }),
            "RuleName is Default; ",
        ),
        (
            "UpdateSamplingRule",
            &json!({ "SamplingRuleUpdate": { "RuleName": "Default", "Priority": 7 } }),
            "SamplingRuleUpdate: only FixedRate and ReservoirSize ",
        ),
        (
            "TraceSegments",
            &json!({ "TraceSegmentDocuments": vec!["{}"; 1_001] }),
            "TraceSegmentDocuments has more than 1000 members; ",
        ),
    ] {
        refused(&console, operation, request, words);
    }
    let reports =
        json!({ "SamplingStatisticsDocuments": [7], "SamplingBoostStatisticsDocuments": [[]] });
    let answer = console.call("SamplingTargets", &reports);
    for (list, words) in [
        (
            "UnprocessedStatistics",
            "SamplingStatisticsDocuments[0] is 7; ",
        ),
        (
            "UnprocessedBoostStatistics",
            "SamplingBoostStatisticsDocuments[0] is []; ",
        ),
    ] {
        let message = answer[list][0]["Message"].as_str().unwrap();
        assert!(message.starts_with(words), "{answer}");
    }
}

#[test]
fn a_body_that_is_too_large_is_told_the_bound_whether_it_is_packed_or_not() {
    let console = Console::start();
    let large = vec![b' '; (8 << 20) + 1];
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&large).unwrap();
    let packed = packed.finish().unwrap();
    for (headers, body) in [
        (vec![], large),
        (vec![("Content-Encoding", "gzip")], packed),
    ] {
        let error = console
            .ask("POST", "/TraceSegments", &headers, &body)
            .json();
        let message = error["Message"].as_str().unwrap();
        assert_eq!(
            message,
            "the body has more than 8388608 bytes; send it in parts"
        );
    }
}
