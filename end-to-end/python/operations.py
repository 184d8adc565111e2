"""Every operation of the X-Ray API that the console answers, in an order in which each has something to say.

What it does not answer is refused with AWS's error; `refused` finds those in the service model.
"""

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
    ("GetEncryptionConfig", {}),
    ("GetTraceSegmentDestination", {}),
]
# There are no insights, so asking for one is an error, which names it.
NO_INSIGHT = ("GetInsight", "GetInsightEvents", "GetInsightImpactGraph")


def refused(service_model) -> dict:
    """Returns the operations that the console does not answer, each with parameters that the model allows."""
    answered = {operation for operation, _ in CALLS}
    operations = [name for name in service_model.operation_names if name not in answered]
    return {name: sample(service_model.operation_model(name).input_shape) for name in operations}


def sample(shape):
    """Makes up a value of a shape, with required members only; of a union its first member."""
    if shape is None or shape.type_name == "structure":
        members = shape.required_members if shape else []
        if shape and shape.is_tagged_union:
            members = list(shape.members)[:1]
        return {member: sample(shape.members[member]) for member in members}
    if shape.type_name == "list":
        return [sample(shape.member)]
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    return {"timestamp": AT, "integer": 1, "double": 1.0, "boolean": True}[shape.type_name]


def snake(operation: str, separator: str = "_") -> str:
    """Returns the name that boto3 gives to an operation, or with `-` the one of the `aws` command."""
    return re.sub("(?<=[a-z])(?=[A-Z])", separator, operation).lower()
