//! Written by `end-to-end/python/model.py` from botocore 1.44.8.

use super::{Operation, Shape, optional, required};

/// Every operation of the X-Ray API.
pub(in crate::serve) static OPERATIONS: [Operation; 38] = [
    Operation {
        name: "BatchGetTraces",
        path: "/Traces",
        input: Shape::Structure(&[
            required("TraceIds", &TRACE_ID_LIST),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "CancelTraceRetrieval",
        path: "/CancelTraceRetrieval",
        input: Shape::Structure(&[required("RetrievalToken", &RETRIEVAL_TOKEN)]),
    },
    Operation {
        name: "CreateGroup",
        path: "/CreateGroup",
        input: Shape::Structure(&[
            required("GroupName", &GROUP_NAME),
            optional("FilterExpression", &FILTER_EXPRESSION),
            optional("InsightsConfiguration", &INSIGHTS_CONFIGURATION),
            optional("Tags", &TAG_LIST),
        ]),
    },
    Operation {
        name: "CreateSamplingRule",
        path: "/CreateSamplingRule",
        input: Shape::Structure(&[
            required("SamplingRule", &SAMPLING_RULE),
            optional("Tags", &TAG_LIST),
        ]),
    },
    Operation {
        name: "DeleteGroup",
        path: "/DeleteGroup",
        input: Shape::Structure(&[
            optional("GroupName", &GROUP_NAME),
            optional("GroupARN", &GROUP_ARN),
        ]),
    },
    Operation {
        name: "DeleteResourcePolicy",
        path: "/DeleteResourcePolicy",
        input: Shape::Structure(&[
            required("PolicyName", &POLICY_NAME),
            optional("PolicyRevisionId", &POLICY_REVISION_ID),
        ]),
    },
    Operation {
        name: "DeleteSamplingRule",
        path: "/DeleteSamplingRule",
        input: Shape::Structure(&[optional("RuleName", &STRING), optional("RuleARN", &STRING)]),
    },
    Operation {
        name: "GetEncryptionConfig",
        path: "/EncryptionConfig",
        input: Shape::Structure(&[]),
    },
    Operation {
        name: "GetGroup",
        path: "/GetGroup",
        input: Shape::Structure(&[
            optional("GroupName", &GROUP_NAME),
            optional("GroupARN", &GROUP_ARN),
        ]),
    },
    Operation {
        name: "GetGroups",
        path: "/Groups",
        input: Shape::Structure(&[optional("NextToken", &GET_GROUPS_NEXT_TOKEN)]),
    },
    Operation {
        name: "GetIndexingRules",
        path: "/GetIndexingRules",
        input: Shape::Structure(&[optional("NextToken", &STRING)]),
    },
    Operation {
        name: "GetInsight",
        path: "/Insight",
        input: Shape::Structure(&[required("InsightId", &INSIGHT_ID)]),
    },
    Operation {
        name: "GetInsightEvents",
        path: "/InsightEvents",
        input: Shape::Structure(&[
            required("InsightId", &INSIGHT_ID),
            optional("MaxResults", &GET_INSIGHT_EVENTS_MAX_RESULTS),
            optional("NextToken", &TOKEN),
        ]),
    },
    Operation {
        name: "GetInsightImpactGraph",
        path: "/InsightImpactGraph",
        input: Shape::Structure(&[
            required("InsightId", &INSIGHT_ID),
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
            optional("NextToken", &TOKEN),
        ]),
    },
    Operation {
        name: "GetInsightSummaries",
        path: "/InsightSummaries",
        input: Shape::Structure(&[
            optional("States", &INSIGHT_STATE_LIST),
            optional("GroupARN", &GROUP_ARN),
            optional("GroupName", &GROUP_NAME),
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
            optional("MaxResults", &GET_INSIGHT_SUMMARIES_MAX_RESULTS),
            optional("NextToken", &TOKEN),
        ]),
    },
    Operation {
        name: "GetRetrievedTracesGraph",
        path: "/GetRetrievedTracesGraph",
        input: Shape::Structure(&[
            required("RetrievalToken", &RETRIEVAL_TOKEN),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "GetSamplingRules",
        path: "/GetSamplingRules",
        input: Shape::Structure(&[optional("NextToken", &STRING)]),
    },
    Operation {
        name: "GetSamplingStatisticSummaries",
        path: "/SamplingStatisticSummaries",
        input: Shape::Structure(&[optional("NextToken", &STRING)]),
    },
    Operation {
        name: "GetSamplingTargets",
        path: "/SamplingTargets",
        input: Shape::Structure(&[
            required(
                "SamplingStatisticsDocuments",
                &SAMPLING_STATISTICS_DOCUMENT_LIST,
            ),
            optional(
                "SamplingBoostStatisticsDocuments",
                &SAMPLING_BOOST_STATISTICS_DOCUMENT_LIST,
            ),
        ]),
    },
    Operation {
        name: "GetServiceGraph",
        path: "/ServiceGraph",
        input: Shape::Structure(&[
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
            optional("GroupName", &GROUP_NAME),
            optional("GroupARN", &GROUP_ARN),
            optional("NextToken", &STRING),
            optional("FilterExpression", &FILTER_EXPRESSION),
        ]),
    },
    Operation {
        name: "GetTimeSeriesServiceStatistics",
        path: "/TimeSeriesServiceStatistics",
        input: Shape::Structure(&[
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
            optional("GroupName", &GROUP_NAME),
            optional("GroupARN", &GROUP_ARN),
            optional("EntitySelectorExpression", &ENTITY_SELECTOR_EXPRESSION),
            optional("Period", &NULLABLE_INTEGER),
            optional("ForecastStatistics", &NULLABLE_BOOLEAN),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "GetTraceGraph",
        path: "/TraceGraph",
        input: Shape::Structure(&[
            required("TraceIds", &TRACE_ID_LIST),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "GetTraceSegmentDestination",
        path: "/GetTraceSegmentDestination",
        input: Shape::Structure(&[]),
    },
    Operation {
        name: "GetTraceSummaries",
        path: "/TraceSummaries",
        input: Shape::Structure(&[
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
            optional("TimeRangeType", &TIME_RANGE_TYPE),
            optional("Sampling", &NULLABLE_BOOLEAN),
            optional("SamplingStrategy", &SAMPLING_STRATEGY),
            optional("FilterExpression", &FILTER_EXPRESSION),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "ListResourcePolicies",
        path: "/ListResourcePolicies",
        input: Shape::Structure(&[optional("NextToken", &RESOURCE_POLICY_NEXT_TOKEN)]),
    },
    Operation {
        name: "ListRetrievedTraces",
        path: "/ListRetrievedTraces",
        input: Shape::Structure(&[
            required("RetrievalToken", &RETRIEVAL_TOKEN),
            optional("TraceFormat", &TRACE_FORMAT_TYPE),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "ListTagsForResource",
        path: "/ListTagsForResource",
        input: Shape::Structure(&[
            required("ResourceARN", &AMAZON_RESOURCE_NAME),
            optional("NextToken", &STRING),
        ]),
    },
    Operation {
        name: "PutEncryptionConfig",
        path: "/PutEncryptionConfig",
        input: Shape::Structure(&[
            optional("KeyId", &ENCRYPTION_KEY_ID),
            required("Type", &ENCRYPTION_TYPE),
        ]),
    },
    Operation {
        name: "PutResourcePolicy",
        path: "/PutResourcePolicy",
        input: Shape::Structure(&[
            required("PolicyName", &POLICY_NAME),
            required("PolicyDocument", &POLICY_DOCUMENT),
            optional("PolicyRevisionId", &POLICY_REVISION_ID),
            optional("BypassPolicyLockoutCheck", &BOOLEAN),
        ]),
    },
    Operation {
        name: "PutTelemetryRecords",
        path: "/TelemetryRecords",
        input: Shape::Structure(&[
            required("TelemetryRecords", &TELEMETRY_RECORD_LIST),
            optional("EC2InstanceId", &EC2_INSTANCE_ID),
            optional("Hostname", &HOSTNAME),
            optional("ResourceARN", &RESOURCE_ARN),
        ]),
    },
    Operation {
        name: "PutTraceSegments",
        path: "/TraceSegments",
        input: Shape::Structure(&[required(
            "TraceSegmentDocuments",
            &TRACE_SEGMENT_DOCUMENT_LIST,
        )]),
    },
    Operation {
        name: "StartTraceRetrieval",
        path: "/StartTraceRetrieval",
        input: Shape::Structure(&[
            required("TraceIds", &TRACE_ID_LIST_FOR_RETRIEVAL),
            required("StartTime", &TIMESTAMP),
            required("EndTime", &TIMESTAMP),
        ]),
    },
    Operation {
        name: "TagResource",
        path: "/TagResource",
        input: Shape::Structure(&[
            required("ResourceARN", &AMAZON_RESOURCE_NAME),
            required("Tags", &TAG_LIST),
        ]),
    },
    Operation {
        name: "UntagResource",
        path: "/UntagResource",
        input: Shape::Structure(&[
            required("ResourceARN", &AMAZON_RESOURCE_NAME),
            required("TagKeys", &TAG_KEY_LIST),
        ]),
    },
    Operation {
        name: "UpdateGroup",
        path: "/UpdateGroup",
        input: Shape::Structure(&[
            optional("GroupName", &GROUP_NAME),
            optional("GroupARN", &GROUP_ARN),
            optional("FilterExpression", &FILTER_EXPRESSION),
            optional("InsightsConfiguration", &INSIGHTS_CONFIGURATION),
        ]),
    },
    Operation {
        name: "UpdateIndexingRule",
        path: "/UpdateIndexingRule",
        input: Shape::Structure(&[
            required("Name", &STRING),
            required("Rule", &INDEXING_RULE_VALUE_UPDATE),
        ]),
    },
    Operation {
        name: "UpdateSamplingRule",
        path: "/UpdateSamplingRule",
        input: Shape::Structure(&[required("SamplingRuleUpdate", &SAMPLING_RULE_UPDATE)]),
    },
    Operation {
        name: "UpdateTraceSegmentDestination",
        path: "/UpdateTraceSegmentDestination",
        input: Shape::Structure(&[
            optional("Destination", &TRACE_SEGMENT_DESTINATION),
            optional(
                "CloudWatchLogsConfiguration",
                &CLOUD_WATCH_LOGS_CONFIGURATION,
            ),
        ]),
    },
];

static TRACE_ID: Shape = Shape::Text {
    min: 1,
    max: 35,
    pattern: None,
};

static TRACE_ID_LIST: Shape = Shape::List {
    member: &TRACE_ID,
    max: usize::MAX,
};

static STRING: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: None,
};

static RETRIEVAL_TOKEN: Shape = Shape::Text {
    min: 0,
    max: 1020,
    pattern: None,
};

static GROUP_NAME: Shape = Shape::Text {
    min: 1,
    max: 32,
    pattern: None,
};

static FILTER_EXPRESSION: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: None,
};

static NULLABLE_BOOLEAN: Shape = Shape::Boolean;

static INSIGHTS_CONFIGURATION: Shape = Shape::Structure(&[
    optional("InsightsEnabled", &NULLABLE_BOOLEAN),
    optional("NotificationsEnabled", &NULLABLE_BOOLEAN),
]);

static TAG_KEY: Shape = Shape::Text {
    min: 1,
    max: 128,
    pattern: None,
};

static TAG_VALUE: Shape = Shape::Text {
    min: 0,
    max: 256,
    pattern: None,
};

static TAG: Shape = Shape::Structure(&[required("Key", &TAG_KEY), required("Value", &TAG_VALUE)]);

static TAG_LIST: Shape = Shape::List {
    member: &TAG,
    max: 200,
};

static RULE_NAME: Shape = Shape::Text {
    min: 1,
    max: 32,
    pattern: None,
};

static RESOURCE_ARN: Shape = Shape::Text {
    min: 0,
    max: 500,
    pattern: None,
};

static PRIORITY: Shape = Shape::Integer { min: 1, max: 9999 };

static FIXED_RATE: Shape = Shape::Double { min: 0.0, max: 1.0 };

static RESERVOIR_SIZE: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SERVICE_NAME: Shape = Shape::Text {
    min: 0,
    max: 64,
    pattern: None,
};

static SERVICE_TYPE: Shape = Shape::Text {
    min: 0,
    max: 64,
    pattern: None,
};

static HOST: Shape = Shape::Text {
    min: 0,
    max: 64,
    pattern: None,
};

static HTTP_METHOD: Shape = Shape::Text {
    min: 0,
    max: 10,
    pattern: None,
};

static URL_PATH: Shape = Shape::Text {
    min: 0,
    max: 128,
    pattern: None,
};

static VERSION: Shape = Shape::Integer {
    min: 1,
    max: i32::MAX as i64,
};

static ATTRIBUTE_KEY: Shape = Shape::Text {
    min: 1,
    max: 32,
    pattern: None,
};

static ATTRIBUTE_VALUE: Shape = Shape::Text {
    min: 1,
    max: 32,
    pattern: None,
};

static ATTRIBUTE_MAP: Shape = Shape::Map {
    key: &ATTRIBUTE_KEY,
    value: &ATTRIBUTE_VALUE,
    max: 5,
};

static MAX_RATE: Shape = Shape::Double { min: 0.0, max: 1.0 };

static COOLDOWN_WINDOW_MINUTES: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SAMPLING_RATE_BOOST: Shape = Shape::Structure(&[
    required("MaxRate", &MAX_RATE),
    required("CooldownWindowMinutes", &COOLDOWN_WINDOW_MINUTES),
]);

static SAMPLING_RULE: Shape = Shape::Structure(&[
    optional("RuleName", &RULE_NAME),
    optional("RuleARN", &STRING),
    required("ResourceARN", &RESOURCE_ARN),
    required("Priority", &PRIORITY),
    required("FixedRate", &FIXED_RATE),
    required("ReservoirSize", &RESERVOIR_SIZE),
    required("ServiceName", &SERVICE_NAME),
    required("ServiceType", &SERVICE_TYPE),
    required("Host", &HOST),
    required("HTTPMethod", &HTTP_METHOD),
    required("URLPath", &URL_PATH),
    required("Version", &VERSION),
    optional("Attributes", &ATTRIBUTE_MAP),
    optional("SamplingRateBoost", &SAMPLING_RATE_BOOST),
]);

static GROUP_ARN: Shape = Shape::Text {
    min: 1,
    max: 400,
    pattern: None,
};

static POLICY_NAME: Shape = Shape::Text {
    min: 1,
    max: 128,
    pattern: Some(r"[\w+=,.@-]+"),
};

static POLICY_REVISION_ID: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: None,
};

static GET_GROUPS_NEXT_TOKEN: Shape = Shape::Text {
    min: 1,
    max: 100,
    pattern: None,
};

static INSIGHT_ID: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: Some(
        r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}",
    ),
};

static GET_INSIGHT_EVENTS_MAX_RESULTS: Shape = Shape::Integer { min: 1, max: 50 };

static TOKEN: Shape = Shape::Text {
    min: 1,
    max: 2000,
    pattern: None,
};

static TIMESTAMP: Shape = Shape::Timestamp;

static INSIGHT_STATE: Shape = Shape::Enum(&["ACTIVE", "CLOSED"]);

static INSIGHT_STATE_LIST: Shape = Shape::List {
    member: &INSIGHT_STATE,
    max: 1,
};

static GET_INSIGHT_SUMMARIES_MAX_RESULTS: Shape = Shape::Integer { min: 1, max: 100 };

static CLIENT_ID: Shape = Shape::Text {
    min: 24,
    max: 24,
    pattern: None,
};

static REQUEST_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SAMPLED_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static BORROW_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SAMPLING_STATISTICS_DOCUMENT: Shape = Shape::Structure(&[
    required("RuleName", &RULE_NAME),
    required("ClientID", &CLIENT_ID),
    required("Timestamp", &TIMESTAMP),
    required("RequestCount", &REQUEST_COUNT),
    required("SampledCount", &SAMPLED_COUNT),
    optional("BorrowCount", &BORROW_COUNT),
]);

static SAMPLING_STATISTICS_DOCUMENT_LIST: Shape = Shape::List {
    member: &SAMPLING_STATISTICS_DOCUMENT,
    max: 25,
};

static ANOMALY_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static TOTAL_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SAMPLED_ANOMALY_COUNT: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static SAMPLING_BOOST_STATISTICS_DOCUMENT: Shape = Shape::Structure(&[
    required("RuleName", &RULE_NAME),
    required("ServiceName", &SERVICE_NAME),
    required("Timestamp", &TIMESTAMP),
    required("AnomalyCount", &ANOMALY_COUNT),
    required("TotalCount", &TOTAL_COUNT),
    required("SampledAnomalyCount", &SAMPLED_ANOMALY_COUNT),
]);

static SAMPLING_BOOST_STATISTICS_DOCUMENT_LIST: Shape = Shape::List {
    member: &SAMPLING_BOOST_STATISTICS_DOCUMENT,
    max: 25,
};

static ENTITY_SELECTOR_EXPRESSION: Shape = Shape::Text {
    min: 1,
    max: 500,
    pattern: None,
};

static NULLABLE_INTEGER: Shape = Shape::Integer {
    min: 0,
    max: i32::MAX as i64,
};

static TIME_RANGE_TYPE: Shape = Shape::Enum(&["TraceId", "Event", "Service"]);

static SAMPLING_STRATEGY_NAME: Shape = Shape::Enum(&["PartialScan", "FixedRate"]);

static NULLABLE_DOUBLE: Shape = Shape::Double {
    min: f64::MIN,
    max: f64::MAX,
};

static SAMPLING_STRATEGY: Shape = Shape::Structure(&[
    optional("Name", &SAMPLING_STRATEGY_NAME),
    optional("Value", &NULLABLE_DOUBLE),
]);

static RESOURCE_POLICY_NEXT_TOKEN: Shape = Shape::Text {
    min: 1,
    max: 100,
    pattern: None,
};

static TRACE_FORMAT_TYPE: Shape = Shape::Enum(&["XRAY", "OTEL"]);

static AMAZON_RESOURCE_NAME: Shape = Shape::Text {
    min: 1,
    max: 1011,
    pattern: None,
};

static ENCRYPTION_KEY_ID: Shape = Shape::Text {
    min: 1,
    max: 3000,
    pattern: None,
};

static ENCRYPTION_TYPE: Shape = Shape::Enum(&["NONE", "KMS"]);

static POLICY_DOCUMENT: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: None,
};

static BOOLEAN: Shape = Shape::Boolean;

static BACKEND_CONNECTION_ERRORS: Shape = Shape::Structure(&[
    optional("TimeoutCount", &NULLABLE_INTEGER),
    optional("ConnectionRefusedCount", &NULLABLE_INTEGER),
    optional("HTTPCode4XXCount", &NULLABLE_INTEGER),
    optional("HTTPCode5XXCount", &NULLABLE_INTEGER),
    optional("UnknownHostCount", &NULLABLE_INTEGER),
    optional("OtherCount", &NULLABLE_INTEGER),
]);

static TELEMETRY_RECORD: Shape = Shape::Structure(&[
    required("Timestamp", &TIMESTAMP),
    optional("SegmentsReceivedCount", &NULLABLE_INTEGER),
    optional("SegmentsSentCount", &NULLABLE_INTEGER),
    optional("SegmentsSpilloverCount", &NULLABLE_INTEGER),
    optional("SegmentsRejectedCount", &NULLABLE_INTEGER),
    optional("BackendConnectionErrors", &BACKEND_CONNECTION_ERRORS),
]);

static TELEMETRY_RECORD_LIST: Shape = Shape::List {
    member: &TELEMETRY_RECORD,
    max: usize::MAX,
};

static EC2_INSTANCE_ID: Shape = Shape::Text {
    min: 0,
    max: 20,
    pattern: None,
};

static HOSTNAME: Shape = Shape::Text {
    min: 0,
    max: 255,
    pattern: None,
};

static TRACE_SEGMENT_DOCUMENT: Shape = Shape::Text {
    min: 0,
    max: usize::MAX,
    pattern: None,
};

static TRACE_SEGMENT_DOCUMENT_LIST: Shape = Shape::List {
    member: &TRACE_SEGMENT_DOCUMENT,
    max: usize::MAX,
};

static TRACE_ID_LIST_FOR_RETRIEVAL: Shape = Shape::List {
    member: &TRACE_ID,
    max: 100,
};

static TAG_KEY_LIST: Shape = Shape::List {
    member: &TAG_KEY,
    max: 200,
};

static PROBABILISTIC_RULE_VALUE_UPDATE: Shape =
    Shape::Structure(&[required("DesiredSamplingPercentage", &NULLABLE_DOUBLE)]);

static INDEXING_RULE_VALUE_UPDATE: Shape =
    Shape::Union(&[optional("Probabilistic", &PROBABILISTIC_RULE_VALUE_UPDATE)]);

static SAMPLING_RULE_UPDATE: Shape = Shape::Structure(&[
    optional("RuleName", &RULE_NAME),
    optional("RuleARN", &STRING),
    optional("ResourceARN", &RESOURCE_ARN),
    optional("Priority", &NULLABLE_INTEGER),
    optional("FixedRate", &NULLABLE_DOUBLE),
    optional("ReservoirSize", &NULLABLE_INTEGER),
    optional("Host", &HOST),
    optional("ServiceName", &SERVICE_NAME),
    optional("ServiceType", &SERVICE_TYPE),
    optional("HTTPMethod", &HTTP_METHOD),
    optional("URLPath", &URL_PATH),
    optional("Attributes", &ATTRIBUTE_MAP),
    optional("SamplingRateBoost", &SAMPLING_RATE_BOOST),
]);

static TRACE_SEGMENT_DESTINATION: Shape = Shape::Enum(&["XRay", "CloudWatchLogs"]);

static KMS_KEY_ID: Shape = Shape::Text {
    min: 1,
    max: 256,
    pattern: None,
};

static CLOUD_WATCH_LOGS_CONFIGURATION: Shape =
    Shape::Structure(&[optional("SpansLogGroupKmsKeyId", &KMS_KEY_ID)]);
