//! A request of each operation, with every member that AWS's model has, and how long its texts may be.

use serde_json::{Value, json};

use super::INSIGHT;

/// All operations, each with every member that AWS's model has.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    [
        of_traces(),
        of_sampling(),
        of_groups_and_insights(),
        of_the_account(),
    ]
    .concat()
}

fn range(more: Value) -> Value {
    let mut request = json!({ "StartTime": 0, "EndTime": 1, "NextToken": "t" });
    let Value::Object(more) = more else {
        return request;
    };
    for (member, value) in more {
        request[member] = value;
    }
    request
}

fn of_traces() -> Vec<(&'static str, Value)> {
    let ids = json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a"], "NextToken": "t" });
    let job = json!({ "RetrievalToken": "t", "NextToken": "t" });
    let record = json!({ "Timestamp": 1, "SegmentsReceivedCount": 1, "SegmentsSentCount": 1, "SegmentsSpilloverCount": 1, "SegmentsRejectedCount": 1,
        "BackendConnectionErrors": { "TimeoutCount": 1, "ConnectionRefusedCount": 1, "HTTPCode4XXCount": 1, "HTTPCode5XXCount": 1,
            "UnknownHostCount": 1, "OtherCount": 1 } });
    vec![
        (
            "TraceSegments",
            json!({ "TraceSegmentDocuments": ["document"] }),
        ),
        (
            "TelemetryRecords",
            json!({ "TelemetryRecords": [record], "EC2InstanceId": "i", "Hostname": "h", "ResourceARN": "a" }),
        ),
        ("Traces", ids.clone()),
        ("TraceGraph", ids),
        (
            "TraceSummaries",
            range(
                json!({ "TimeRangeType": "Event", "Sampling": true, "SamplingStrategy": { "Name": "FixedRate", "Value": 0.5 },
                "FilterExpression": "fault" }),
            ),
        ),
        (
            "ServiceGraph",
            range(json!({ "GroupName": "Default", "GroupARN": "a" })),
        ),
        (
            "TimeSeriesServiceStatistics",
            range(json!({ "GroupName": "Default", "GroupARN": "a",
                "EntitySelectorExpression": "service(\"a\")", "Period": 60, "ForecastStatistics": true })),
        ),
        (
            "StartTraceRetrieval",
            json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a"], "StartTime": 0, "EndTime": 1 }),
        ),
        (
            "ListRetrievedTraces",
            json!({ "RetrievalToken": "t", "TraceFormat": "OTEL", "NextToken": "t" }),
        ),
        ("GetRetrievedTracesGraph", job),
        ("CancelTraceRetrieval", json!({ "RetrievalToken": "t" })),
    ]
}

fn of_sampling() -> Vec<(&'static str, Value)> {
    let rule = json!({ "RuleName": "r", "RuleARN": "a", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": { "k": "v" },
        "SamplingRateBoost": { "MaxRate": 0.5, "CooldownWindowMinutes": 1 } });
    let mut change = rule.clone();
    change.as_object_mut().unwrap().remove("Version");
    let report = json!({ "RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1, "RequestCount": 1, "SampledCount": 1, "BorrowCount": 1 });
    let boost = json!({ "RuleName": "Default", "ServiceName": "s", "Timestamp": 1, "AnomalyCount": 1, "TotalCount": 1, "SampledAnomalyCount": 1 });
    vec![
        ("GetSamplingRules", json!({ "NextToken": "t" })),
        ("SamplingStatisticSummaries", json!({ "NextToken": "t" })),
        (
            "SamplingTargets",
            json!({ "SamplingStatisticsDocuments": [report], "SamplingBoostStatisticsDocuments": [boost] }),
        ),
        (
            "CreateSamplingRule",
            json!({ "SamplingRule": rule, "Tags": [{ "Key": "k", "Value": "v" }] }),
        ),
        (
            "UpdateSamplingRule",
            json!({ "SamplingRuleUpdate": change }),
        ),
        (
            "DeleteSamplingRule",
            json!({ "RuleName": "r", "RuleARN": "a" }),
        ),
    ]
}

fn of_groups_and_insights() -> Vec<(&'static str, Value)> {
    let group = json!({ "GroupName": "g", "GroupARN": "a" });
    let insights = json!({ "InsightsEnabled": true, "NotificationsEnabled": true });
    vec![
        ("Groups", json!({ "NextToken": "t" })),
        ("GetGroup", group.clone()),
        ("DeleteGroup", group),
        (
            "CreateGroup",
            json!({ "GroupName": "g", "FilterExpression": "fault", "InsightsConfiguration": insights,
                "Tags": [{ "Key": "k", "Value": "v" }] }),
        ),
        (
            "UpdateGroup",
            json!({ "GroupName": "g", "GroupARN": "a", "FilterExpression": "fault", "InsightsConfiguration": insights }),
        ),
        (
            "InsightSummaries",
            range(
                json!({ "GroupName": "Default", "GroupARN": "a", "States": ["ACTIVE"], "MaxResults": 1 }),
            ),
        ),
        ("Insight", json!({ "InsightId": INSIGHT })),
        (
            "InsightEvents",
            json!({ "InsightId": INSIGHT, "MaxResults": 1, "NextToken": "t" }),
        ),
        ("InsightImpactGraph", range(json!({ "InsightId": INSIGHT }))),
    ]
}

fn of_the_account() -> Vec<(&'static str, Value)> {
    vec![
        ("EncryptionConfig", json!({})),
        (
            "PutEncryptionConfig",
            json!({ "Type": "KMS", "KeyId": "alias/a" }),
        ),
        ("GetTraceSegmentDestination", json!({})),
        (
            "UpdateTraceSegmentDestination",
            json!({ "Destination": "CloudWatchLogs", "CloudWatchLogsConfiguration": { "SpansLogGroupKmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/a" } }),
        ),
        ("GetIndexingRules", json!({ "NextToken": "t" })),
        (
            "UpdateIndexingRule",
            json!({ "Name": "Default", "Rule": { "Probabilistic": { "DesiredSamplingPercentage": 5.5 } } }),
        ),
        ("ListResourcePolicies", json!({ "NextToken": "t" })),
        (
            "PutResourcePolicy",
            json!({ "PolicyName": "p", "PolicyDocument": "{}", "PolicyRevisionId": "0", "BypassPolicyLockoutCheck": true }),
        ),
        (
            "DeleteResourcePolicy",
            json!({ "PolicyName": "p", "PolicyRevisionId": "0" }),
        ),
        (
            "ListTagsForResource",
            json!({ "ResourceARN": "a", "NextToken": "t" }),
        ),
        (
            "TagResource",
            json!({ "ResourceARN": "a", "Tags": [{ "Key": "k", "Value": "v" }] }),
        ),
        (
            "UntagResource",
            json!({ "ResourceARN": "a", "TagKeys": ["k"] }),
        ),
    ]
}

/// The members whose length the model bounds, with the most characters.
pub(super) const LENGTHS: [(&str, &str, usize); 40] = [
    ("TelemetryRecords", "/EC2InstanceId", 20),
    ("TelemetryRecords", "/Hostname", 255),
    ("TelemetryRecords", "/ResourceARN", 500),
    ("Traces", "/TraceIds/0", 35),
    ("TraceGraph", "/TraceIds/0", 35),
    ("ServiceGraph", "/GroupName", 32),
    ("ServiceGraph", "/GroupARN", 400),
    ("TimeSeriesServiceStatistics", "/GroupName", 32),
    ("TimeSeriesServiceStatistics", "/GroupARN", 400),
    (
        "TimeSeriesServiceStatistics",
        "/EntitySelectorExpression",
        500,
    ),
    ("StartTraceRetrieval", "/TraceIds/0", 35),
    ("ListRetrievedTraces", "/RetrievalToken", 1_020),
    ("GetRetrievedTracesGraph", "/RetrievalToken", 1_020),
    ("CancelTraceRetrieval", "/RetrievalToken", 1_020),
    ("CreateSamplingRule", "/SamplingRule/RuleName", 32),
    ("CreateSamplingRule", "/SamplingRule/ResourceARN", 500),
    ("CreateSamplingRule", "/SamplingRule/ServiceName", 64),
    ("CreateSamplingRule", "/SamplingRule/ServiceType", 64),
    ("CreateSamplingRule", "/SamplingRule/Host", 64),
    ("CreateSamplingRule", "/SamplingRule/HTTPMethod", 10),
    ("CreateSamplingRule", "/SamplingRule/URLPath", 128),
    ("CreateSamplingRule", "/SamplingRule/Attributes/k", 32),
    ("CreateSamplingRule", "/Tags/0/Key", 128),
    ("CreateSamplingRule", "/Tags/0/Value", 256),
    ("UpdateSamplingRule", "/SamplingRuleUpdate/URLPath", 128),
    ("Groups", "/NextToken", 100),
    ("GetGroup", "/GroupName", 32),
    ("DeleteGroup", "/GroupARN", 400),
    ("CreateGroup", "/GroupName", 32),
    ("UpdateGroup", "/GroupName", 32),
    ("InsightSummaries", "/NextToken", 2_000),
    ("InsightEvents", "/NextToken", 2_000),
    ("InsightImpactGraph", "/NextToken", 2_000),
    ("PutEncryptionConfig", "/KeyId", 3_000),
    (
        "UpdateTraceSegmentDestination",
        "/CloudWatchLogsConfiguration/SpansLogGroupKmsKeyId",
        256,
    ),
    ("ListResourcePolicies", "/NextToken", 100),
    ("PutResourcePolicy", "/PolicyName", 128),
    ("ListTagsForResource", "/ResourceARN", 1_011),
    ("TagResource", "/Tags/0/Key", 128),
    ("UntagResource", "/TagKeys/0", 128),
];
