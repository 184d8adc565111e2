"""Every operation of the X-Ray API, in an order in which each has something to say."""

import json
import re
import time

from xray_client import AT, TRACE_ID

NOW = time.time()
ID = TRACE_ID.format(1)
RULE = {
    "RuleName": "clients", "Priority": 7, "FixedRate": 0.5, "ReservoirSize": 3, "ServiceName": "*", "ServiceType": "*",
    "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": {"tier": "gold"},
}
# A segment of which every member of a summary can tell something.
DOCUMENT = json.dumps({
    "trace_id": ID, "id": "00000000000000a1", "name": "shop", "start_time": AT, "end_time": AT + 1.5, "fault": True,
    "origin": "AWS::EKS::Container", "user": "ann", "resource_arn": "arn:aws:eks:shop", "annotations": {"tier": "gold", "size": 7, "vip": True},
    "http": {"request": {"method": "GET", "url": "http://shop/cart", "user_agent": "curl", "client_ip": "10.0.0.1"}, "response": {"status": 500}},
    "aws": {"account_id": "123456789012", "ec2": {"instance_id": "i-1", "availability_zone": "eu-west-1a"}},
    "cause": {"exceptions": [{"id": "00000000000000e1", "type": "Bad", "message": "no cart"}]},
    "subsegments": [{
        "id": "00000000000000a2", "name": "SQS", "namespace": "aws", "start_time": AT + 0.1, "end_time": AT + 0.2,
        "aws": {"queue_url": "https://sqs/orders", "operation": "SendMessage"}, "error": True, "throttle": True,
    }],
})
GROUP_ARN = "arn:aws:xray:local:000000000000:group/broken"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "xray:PutTraceSegments", "Resource": "*"}})
# Stands for what StartTraceRetrieval answered.
TOKEN = "the token"
RANGE = {"StartTime": AT - 10, "EndTime": AT + 10}

CALLS = [
    ("PutTraceSegments", {"TraceSegmentDocuments": [DOCUMENT, "{}"]}),
    ("PutTelemetryRecords", {"TelemetryRecords": [{"Timestamp": NOW, "SegmentsReceivedCount": 2, "BackendConnectionErrors": {"TimeoutCount": 1}}],
                             "Hostname": "node"}),
    ("GetTraceSummaries", {**RANGE, "TimeRangeType": "Event", "Sampling": True, "SamplingStrategy": {"Name": "PartialScan", "Value": 0.5},
                           "FilterExpression": "service(\"shop\") { fault }"}),
    ("BatchGetTraces", {"TraceIds": [ID, TRACE_ID.format(2)]}),
    ("CreateGroup", {"GroupName": "broken", "FilterExpression": "fault", "InsightsConfiguration": {"InsightsEnabled": True}}),
    ("UpdateGroup", {"GroupName": "broken", "FilterExpression": "fault OR error"}),
    ("GetGroup", {"GroupName": "broken"}),
    ("GetGroups", {}),
    ("GetServiceGraph", {**RANGE, "GroupName": "broken"}),
    ("GetTraceGraph", {"TraceIds": [ID]}),
    ("GetTimeSeriesServiceStatistics", {**RANGE, "Period": 1, "EntitySelectorExpression": "service(\"shop\")", "ForecastStatistics": True}),
    ("GetTimeSeriesServiceStatistics", {**RANGE, "EntitySelectorExpression": "edge(id(name: \"shop\", type: \"client\"), \"shop\")"}),
    ("TagResource", {"ResourceARN": GROUP_ARN, "Tags": [{"Key": "tier", "Value": "gold"}, {"Key": "team", "Value": "shop"}]}),
    ("UntagResource", {"ResourceARN": GROUP_ARN, "TagKeys": ["team"]}),
    ("ListTagsForResource", {"ResourceARN": GROUP_ARN}),
    ("DeleteGroup", {"GroupName": "broken"}),
    ("CreateSamplingRule", {"SamplingRule": RULE, "Tags": [{"Key": "team", "Value": "shop"}]}),
    ("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "clients", "FixedRate": 0.25}}),
    ("GetSamplingRules", {}),
    ("GetSamplingTargets", {"SamplingStatisticsDocuments": [
        {"RuleName": name, "ClientID": "0123456789ab0123456789ab", "Timestamp": NOW, "RequestCount": 9, "SampledCount": 4, "BorrowCount": 1}
        for name in ("clients", "gone")]}),
    ("GetSamplingStatisticSummaries", {}),
    ("DeleteSamplingRule", {"RuleName": "clients"}),
    ("GetInsightSummaries", {**RANGE, "GroupName": "Default", "States": ["ACTIVE"], "MaxResults": 5}),
    ("PutEncryptionConfig", {"Type": "KMS", "KeyId": "alias/shop"}),
    ("GetEncryptionConfig", {}),
    ("UpdateTraceSegmentDestination", {"Destination": "CloudWatchLogs"}),
    ("GetTraceSegmentDestination", {}),
    ("UpdateIndexingRule", {"Name": "Default", "Rule": {"Probabilistic": {"DesiredSamplingPercentage": 12.5}}}),
    ("GetIndexingRules", {}),
    ("PutResourcePolicy", {"PolicyName": "sns", "PolicyDocument": POLICY, "PolicyRevisionId": "0"}),
    ("ListResourcePolicies", {}),
    ("DeleteResourcePolicy", {"PolicyName": "sns", "PolicyRevisionId": "1"}),
    ("StartTraceRetrieval", {**RANGE, "TraceIds": [ID, TRACE_ID.format(2)]}),
    ("ListRetrievedTraces", {"TraceFormat": "OTEL", "RetrievalToken": TOKEN}),
    ("GetRetrievedTracesGraph", {"RetrievalToken": TOKEN}),
    ("CancelTraceRetrieval", {"RetrievalToken": TOKEN}),
]
# There are no insights, so asking for one is an error, which names it.
INSIGHT = "01234567-89ab-4cde-8f01-23456789abcd"
NO_INSIGHT = {
    "GetInsight": {"InsightId": INSIGHT},
    "GetInsightEvents": {"InsightId": INSIGHT},
    "GetInsightImpactGraph": {**RANGE, "InsightId": INSIGHT},
}


def ask_all(ask) -> dict:
    """Asks every operation with `ask(operation, arguments)` and returns the last answer of each."""
    answers = {}
    for operation, arguments in CALLS:
        if arguments.get("RetrievalToken") == TOKEN:
            arguments = {**arguments, "RetrievalToken": answers["StartTraceRetrieval"]["RetrievalToken"]}
        answer = ask(operation, arguments)
        deadline = time.monotonic() + 20
        while answer.get("RetrievalStatus") == "RUNNING" and time.monotonic() < deadline:
            answer = ask(operation, arguments)
        answers[operation] = answer
    return answers


def snake(operation: str, separator: str = "_") -> str:
    """Returns the name that boto3 gives to an operation, or with `-` the one of the `aws` command."""
    return re.sub("(?<=[a-z])(?=[A-Z])", separator, operation).lower()
