//! Written by `end-to-end/python/model.py` from botocore 1.44.8.

use super::{Member, Operation, Shape};

/// Every operation of the X-Ray API.
pub(in crate::serve) static OPERATIONS: [Operation; 38] = [
    Operation {
        name: "BatchGetTraces",
        path: "/Traces",
        input: Shape::Structure(&[
            Member {
                name: "TraceIds",
                required: true,
                shape: &TRACE_ID_LIST,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "CancelTraceRetrieval",
        path: "/CancelTraceRetrieval",
        input: Shape::Structure(&[Member {
            name: "RetrievalToken",
            required: true,
            shape: &RETRIEVAL_TOKEN,
        }]),
    },
    Operation {
        name: "CreateGroup",
        path: "/CreateGroup",
        input: Shape::Structure(&[
            Member {
                name: "GroupName",
                required: true,
                shape: &GROUP_NAME,
            },
            Member {
                name: "FilterExpression",
                required: false,
                shape: &FILTER_EXPRESSION,
            },
            Member {
                name: "InsightsConfiguration",
                required: false,
                shape: &INSIGHTS_CONFIGURATION,
            },
            Member {
                name: "Tags",
                required: false,
                shape: &TAG_LIST,
            },
        ]),
    },
    Operation {
        name: "CreateSamplingRule",
        path: "/CreateSamplingRule",
        input: Shape::Structure(&[
            Member {
                name: "SamplingRule",
                required: true,
                shape: &SAMPLING_RULE,
            },
            Member {
                name: "Tags",
                required: false,
                shape: &TAG_LIST,
            },
        ]),
    },
    Operation {
        name: "DeleteGroup",
        path: "/DeleteGroup",
        input: Shape::Structure(&[
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
        ]),
    },
    Operation {
        name: "DeleteResourcePolicy",
        path: "/DeleteResourcePolicy",
        input: Shape::Structure(&[
            Member {
                name: "PolicyName",
                required: true,
                shape: &POLICY_NAME,
            },
            Member {
                name: "PolicyRevisionId",
                required: false,
                shape: &POLICY_REVISION_ID,
            },
        ]),
    },
    Operation {
        name: "DeleteSamplingRule",
        path: "/DeleteSamplingRule",
        input: Shape::Structure(&[
            Member {
                name: "RuleName",
                required: false,
                shape: &STRING,
            },
            Member {
                name: "RuleARN",
                required: false,
                shape: &STRING,
            },
        ]),
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
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
        ]),
    },
    Operation {
        name: "GetGroups",
        path: "/Groups",
        input: Shape::Structure(&[Member {
            name: "NextToken",
            required: false,
            shape: &GET_GROUPS_NEXT_TOKEN,
        }]),
    },
    Operation {
        name: "GetIndexingRules",
        path: "/GetIndexingRules",
        input: Shape::Structure(&[Member {
            name: "NextToken",
            required: false,
            shape: &STRING,
        }]),
    },
    Operation {
        name: "GetInsight",
        path: "/Insight",
        input: Shape::Structure(&[Member {
            name: "InsightId",
            required: true,
            shape: &INSIGHT_ID,
        }]),
    },
    Operation {
        name: "GetInsightEvents",
        path: "/InsightEvents",
        input: Shape::Structure(&[
            Member {
                name: "InsightId",
                required: true,
                shape: &INSIGHT_ID,
            },
            Member {
                name: "MaxResults",
                required: false,
                shape: &GET_INSIGHT_EVENTS_MAX_RESULTS,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &TOKEN,
            },
        ]),
    },
    Operation {
        name: "GetInsightImpactGraph",
        path: "/InsightImpactGraph",
        input: Shape::Structure(&[
            Member {
                name: "InsightId",
                required: true,
                shape: &INSIGHT_ID,
            },
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &TOKEN,
            },
        ]),
    },
    Operation {
        name: "GetInsightSummaries",
        path: "/InsightSummaries",
        input: Shape::Structure(&[
            Member {
                name: "States",
                required: false,
                shape: &INSIGHT_STATE_LIST,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "MaxResults",
                required: false,
                shape: &GET_INSIGHT_SUMMARIES_MAX_RESULTS,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &TOKEN,
            },
        ]),
    },
    Operation {
        name: "GetRetrievedTracesGraph",
        path: "/GetRetrievedTracesGraph",
        input: Shape::Structure(&[
            Member {
                name: "RetrievalToken",
                required: true,
                shape: &RETRIEVAL_TOKEN,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "GetSamplingRules",
        path: "/GetSamplingRules",
        input: Shape::Structure(&[Member {
            name: "NextToken",
            required: false,
            shape: &STRING,
        }]),
    },
    Operation {
        name: "GetSamplingStatisticSummaries",
        path: "/SamplingStatisticSummaries",
        input: Shape::Structure(&[Member {
            name: "NextToken",
            required: false,
            shape: &STRING,
        }]),
    },
    Operation {
        name: "GetSamplingTargets",
        path: "/SamplingTargets",
        input: Shape::Structure(&[
            Member {
                name: "SamplingStatisticsDocuments",
                required: true,
                shape: &SAMPLING_STATISTICS_DOCUMENT_LIST,
            },
            Member {
                name: "SamplingBoostStatisticsDocuments",
                required: false,
                shape: &SAMPLING_BOOST_STATISTICS_DOCUMENT_LIST,
            },
        ]),
    },
    Operation {
        name: "GetServiceGraph",
        path: "/ServiceGraph",
        input: Shape::Structure(&[
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
            Member {
                name: "FilterExpression",
                required: false,
                shape: &FILTER_EXPRESSION,
            },
        ]),
    },
    Operation {
        name: "GetTimeSeriesServiceStatistics",
        path: "/TimeSeriesServiceStatistics",
        input: Shape::Structure(&[
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
            Member {
                name: "EntitySelectorExpression",
                required: false,
                shape: &ENTITY_SELECTOR_EXPRESSION,
            },
            Member {
                name: "Period",
                required: false,
                shape: &NULLABLE_INTEGER,
            },
            Member {
                name: "ForecastStatistics",
                required: false,
                shape: &NULLABLE_BOOLEAN,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "GetTraceGraph",
        path: "/TraceGraph",
        input: Shape::Structure(&[
            Member {
                name: "TraceIds",
                required: true,
                shape: &TRACE_ID_LIST,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
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
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "TimeRangeType",
                required: false,
                shape: &TIME_RANGE_TYPE,
            },
            Member {
                name: "Sampling",
                required: false,
                shape: &NULLABLE_BOOLEAN,
            },
            Member {
                name: "SamplingStrategy",
                required: false,
                shape: &SAMPLING_STRATEGY,
            },
            Member {
                name: "FilterExpression",
                required: false,
                shape: &FILTER_EXPRESSION,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "ListResourcePolicies",
        path: "/ListResourcePolicies",
        input: Shape::Structure(&[Member {
            name: "NextToken",
            required: false,
            shape: &RESOURCE_POLICY_NEXT_TOKEN,
        }]),
    },
    Operation {
        name: "ListRetrievedTraces",
        path: "/ListRetrievedTraces",
        input: Shape::Structure(&[
            Member {
                name: "RetrievalToken",
                required: true,
                shape: &RETRIEVAL_TOKEN,
            },
            Member {
                name: "TraceFormat",
                required: false,
                shape: &TRACE_FORMAT_TYPE,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "ListTagsForResource",
        path: "/ListTagsForResource",
        input: Shape::Structure(&[
            Member {
                name: "ResourceARN",
                required: true,
                shape: &AMAZON_RESOURCE_NAME,
            },
            Member {
                name: "NextToken",
                required: false,
                shape: &STRING,
            },
        ]),
    },
    Operation {
        name: "PutEncryptionConfig",
        path: "/PutEncryptionConfig",
        input: Shape::Structure(&[
            Member {
                name: "KeyId",
                required: false,
                shape: &ENCRYPTION_KEY_ID,
            },
            Member {
                name: "Type",
                required: true,
                shape: &ENCRYPTION_TYPE,
            },
        ]),
    },
    Operation {
        name: "PutResourcePolicy",
        path: "/PutResourcePolicy",
        input: Shape::Structure(&[
            Member {
                name: "PolicyName",
                required: true,
                shape: &POLICY_NAME,
            },
            Member {
                name: "PolicyDocument",
                required: true,
                shape: &POLICY_DOCUMENT,
            },
            Member {
                name: "PolicyRevisionId",
                required: false,
                shape: &POLICY_REVISION_ID,
            },
            Member {
                name: "BypassPolicyLockoutCheck",
                required: false,
                shape: &BOOLEAN,
            },
        ]),
    },
    Operation {
        name: "PutTelemetryRecords",
        path: "/TelemetryRecords",
        input: Shape::Structure(&[
            Member {
                name: "TelemetryRecords",
                required: true,
                shape: &TELEMETRY_RECORD_LIST,
            },
            Member {
                name: "EC2InstanceId",
                required: false,
                shape: &EC2_INSTANCE_ID,
            },
            Member {
                name: "Hostname",
                required: false,
                shape: &HOSTNAME,
            },
            Member {
                name: "ResourceARN",
                required: false,
                shape: &RESOURCE_ARN,
            },
        ]),
    },
    Operation {
        name: "PutTraceSegments",
        path: "/TraceSegments",
        input: Shape::Structure(&[Member {
            name: "TraceSegmentDocuments",
            required: true,
            shape: &TRACE_SEGMENT_DOCUMENT_LIST,
        }]),
    },
    Operation {
        name: "StartTraceRetrieval",
        path: "/StartTraceRetrieval",
        input: Shape::Structure(&[
            Member {
                name: "TraceIds",
                required: true,
                shape: &TRACE_ID_LIST_FOR_RETRIEVAL,
            },
            Member {
                name: "StartTime",
                required: true,
                shape: &TIMESTAMP,
            },
            Member {
                name: "EndTime",
                required: true,
                shape: &TIMESTAMP,
            },
        ]),
    },
    Operation {
        name: "TagResource",
        path: "/TagResource",
        input: Shape::Structure(&[
            Member {
                name: "ResourceARN",
                required: true,
                shape: &AMAZON_RESOURCE_NAME,
            },
            Member {
                name: "Tags",
                required: true,
                shape: &TAG_LIST,
            },
        ]),
    },
    Operation {
        name: "UntagResource",
        path: "/UntagResource",
        input: Shape::Structure(&[
            Member {
                name: "ResourceARN",
                required: true,
                shape: &AMAZON_RESOURCE_NAME,
            },
            Member {
                name: "TagKeys",
                required: true,
                shape: &TAG_KEY_LIST,
            },
        ]),
    },
    Operation {
        name: "UpdateGroup",
        path: "/UpdateGroup",
        input: Shape::Structure(&[
            Member {
                name: "GroupName",
                required: false,
                shape: &GROUP_NAME,
            },
            Member {
                name: "GroupARN",
                required: false,
                shape: &GROUP_ARN,
            },
            Member {
                name: "FilterExpression",
                required: false,
                shape: &FILTER_EXPRESSION,
            },
            Member {
                name: "InsightsConfiguration",
                required: false,
                shape: &INSIGHTS_CONFIGURATION,
            },
        ]),
    },
    Operation {
        name: "UpdateIndexingRule",
        path: "/UpdateIndexingRule",
        input: Shape::Structure(&[
            Member {
                name: "Name",
                required: true,
                shape: &STRING,
            },
            Member {
                name: "Rule",
                required: true,
                shape: &INDEXING_RULE_VALUE_UPDATE,
            },
        ]),
    },
    Operation {
        name: "UpdateSamplingRule",
        path: "/UpdateSamplingRule",
        input: Shape::Structure(&[Member {
            name: "SamplingRuleUpdate",
            required: true,
            shape: &SAMPLING_RULE_UPDATE,
        }]),
    },
    Operation {
        name: "UpdateTraceSegmentDestination",
        path: "/UpdateTraceSegmentDestination",
        input: Shape::Structure(&[
            Member {
                name: "Destination",
                required: false,
                shape: &TRACE_SEGMENT_DESTINATION,
            },
            Member {
                name: "CloudWatchLogsConfiguration",
                required: false,
                shape: &CLOUD_WATCH_LOGS_CONFIGURATION,
            },
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
    Member {
        name: "InsightsEnabled",
        required: false,
        shape: &NULLABLE_BOOLEAN,
    },
    Member {
        name: "NotificationsEnabled",
        required: false,
        shape: &NULLABLE_BOOLEAN,
    },
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

static TAG: Shape = Shape::Structure(&[
    Member {
        name: "Key",
        required: true,
        shape: &TAG_KEY,
    },
    Member {
        name: "Value",
        required: true,
        shape: &TAG_VALUE,
    },
]);

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
    Member {
        name: "MaxRate",
        required: true,
        shape: &MAX_RATE,
    },
    Member {
        name: "CooldownWindowMinutes",
        required: true,
        shape: &COOLDOWN_WINDOW_MINUTES,
    },
]);

static SAMPLING_RULE: Shape = Shape::Structure(&[
    Member {
        name: "RuleName",
        required: false,
        shape: &RULE_NAME,
    },
    Member {
        name: "RuleARN",
        required: false,
        shape: &STRING,
    },
    Member {
        name: "ResourceARN",
        required: true,
        shape: &RESOURCE_ARN,
    },
    Member {
        name: "Priority",
        required: true,
        shape: &PRIORITY,
    },
    Member {
        name: "FixedRate",
        required: true,
        shape: &FIXED_RATE,
    },
    Member {
        name: "ReservoirSize",
        required: true,
        shape: &RESERVOIR_SIZE,
    },
    Member {
        name: "ServiceName",
        required: true,
        shape: &SERVICE_NAME,
    },
    Member {
        name: "ServiceType",
        required: true,
        shape: &SERVICE_TYPE,
    },
    Member {
        name: "Host",
        required: true,
        shape: &HOST,
    },
    Member {
        name: "HTTPMethod",
        required: true,
        shape: &HTTP_METHOD,
    },
    Member {
        name: "URLPath",
        required: true,
        shape: &URL_PATH,
    },
    Member {
        name: "Version",
        required: true,
        shape: &VERSION,
    },
    Member {
        name: "Attributes",
        required: false,
        shape: &ATTRIBUTE_MAP,
    },
    Member {
        name: "SamplingRateBoost",
        required: false,
        shape: &SAMPLING_RATE_BOOST,
    },
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
    Member {
        name: "RuleName",
        required: true,
        shape: &RULE_NAME,
    },
    Member {
        name: "ClientID",
        required: true,
        shape: &CLIENT_ID,
    },
    Member {
        name: "Timestamp",
        required: true,
        shape: &TIMESTAMP,
    },
    Member {
        name: "RequestCount",
        required: true,
        shape: &REQUEST_COUNT,
    },
    Member {
        name: "SampledCount",
        required: true,
        shape: &SAMPLED_COUNT,
    },
    Member {
        name: "BorrowCount",
        required: false,
        shape: &BORROW_COUNT,
    },
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
    Member {
        name: "RuleName",
        required: true,
        shape: &RULE_NAME,
    },
    Member {
        name: "ServiceName",
        required: true,
        shape: &SERVICE_NAME,
    },
    Member {
        name: "Timestamp",
        required: true,
        shape: &TIMESTAMP,
    },
    Member {
        name: "AnomalyCount",
        required: true,
        shape: &ANOMALY_COUNT,
    },
    Member {
        name: "TotalCount",
        required: true,
        shape: &TOTAL_COUNT,
    },
    Member {
        name: "SampledAnomalyCount",
        required: true,
        shape: &SAMPLED_ANOMALY_COUNT,
    },
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
    Member {
        name: "Name",
        required: false,
        shape: &SAMPLING_STRATEGY_NAME,
    },
    Member {
        name: "Value",
        required: false,
        shape: &NULLABLE_DOUBLE,
    },
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
    Member {
        name: "TimeoutCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "ConnectionRefusedCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "HTTPCode4XXCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "HTTPCode5XXCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "UnknownHostCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "OtherCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
]);

static TELEMETRY_RECORD: Shape = Shape::Structure(&[
    Member {
        name: "Timestamp",
        required: true,
        shape: &TIMESTAMP,
    },
    Member {
        name: "SegmentsReceivedCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "SegmentsSentCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "SegmentsSpilloverCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "SegmentsRejectedCount",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "BackendConnectionErrors",
        required: false,
        shape: &BACKEND_CONNECTION_ERRORS,
    },
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

static PROBABILISTIC_RULE_VALUE_UPDATE: Shape = Shape::Structure(&[Member {
    name: "DesiredSamplingPercentage",
    required: true,
    shape: &NULLABLE_DOUBLE,
}]);

static INDEXING_RULE_VALUE_UPDATE: Shape = Shape::Union(&[Member {
    name: "Probabilistic",
    required: false,
    shape: &PROBABILISTIC_RULE_VALUE_UPDATE,
}]);

static SAMPLING_RULE_UPDATE: Shape = Shape::Structure(&[
    Member {
        name: "RuleName",
        required: false,
        shape: &RULE_NAME,
    },
    Member {
        name: "RuleARN",
        required: false,
        shape: &STRING,
    },
    Member {
        name: "ResourceARN",
        required: false,
        shape: &RESOURCE_ARN,
    },
    Member {
        name: "Priority",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "FixedRate",
        required: false,
        shape: &NULLABLE_DOUBLE,
    },
    Member {
        name: "ReservoirSize",
        required: false,
        shape: &NULLABLE_INTEGER,
    },
    Member {
        name: "Host",
        required: false,
        shape: &HOST,
    },
    Member {
        name: "ServiceName",
        required: false,
        shape: &SERVICE_NAME,
    },
    Member {
        name: "ServiceType",
        required: false,
        shape: &SERVICE_TYPE,
    },
    Member {
        name: "HTTPMethod",
        required: false,
        shape: &HTTP_METHOD,
    },
    Member {
        name: "URLPath",
        required: false,
        shape: &URL_PATH,
    },
    Member {
        name: "Attributes",
        required: false,
        shape: &ATTRIBUTE_MAP,
    },
    Member {
        name: "SamplingRateBoost",
        required: false,
        shape: &SAMPLING_RATE_BOOST,
    },
]);

static TRACE_SEGMENT_DESTINATION: Shape = Shape::Enum(&["XRay", "CloudWatchLogs"]);

static KMS_KEY_ID: Shape = Shape::Text {
    min: 1,
    max: 256,
    pattern: None,
};

static CLOUD_WATCH_LOGS_CONFIGURATION: Shape = Shape::Structure(&[Member {
    name: "SpansLogGroupKmsKeyId",
    required: false,
    shape: &KMS_KEY_ID,
}]);
