"""Asks every operation of the service model with boto3. Argument: the console's URL."""

import json
import sys

from botocore.exceptions import ClientError

from operations import ID, INSIGHT, NO_INSIGHT, POLICY, ask_all, snake
from xray_client import TRACE_ID, client, expect


def main(endpoint: str) -> None:
    xray = client(endpoint)
    answers = ask_all(lambda operation, arguments: getattr(xray, snake(operation))(**arguments))
    expect(sorted([*answers, *NO_INSIGHT]), sorted(xray.meta.service_model.operation_names))
    expect(len(answers) + len(NO_INSIGHT), 38)
    check_answers(answers)
    for operation, arguments in NO_INSIGHT.items():
        try:
            answer = getattr(xray, snake(operation))(**arguments)
        except ClientError as error:
            expect(error.response["Error"]["Code"], "InvalidRequestException")
            if INSIGHT not in error.response["Error"]["Message"]:
                sys.exit(f"{operation}: {error}")
        else:
            sys.exit(f"{operation} answers {answer}")


def check_answers(answers: dict) -> None:
    """Checks that each answer says what was put."""
    unprocessed = answers["PutTraceSegments"]["UnprocessedTraceSegments"]
    expect([segment["ErrorCode"] for segment in unprocessed], ["MissingId"])
    [summary] = answers["GetTraceSummaries"]["TraceSummaries"]
    expect((summary["Id"], summary["HasFault"], summary["HasThrottle"]), (ID, True, True))
    expect(summary["FaultRootCauses"][0]["Services"][0]["EntityPath"][0]["Exceptions"], [{"Name": "Bad", "Message": "no cart"}])
    [trace] = answers["BatchGetTraces"]["Traces"]
    expect((len(trace["Segments"]), trace["Duration"]), (2, 1.5))
    expect(answers["BatchGetTraces"]["UnprocessedTraceIds"], [TRACE_ID.format(2)])
    expect([group["GroupName"] for group in answers["GetGroups"]["Groups"]], ["Default", "broken"])
    expect(answers["GetGroup"]["Group"]["FilterExpression"], "fault OR error")
    names = [(service["Name"], service.get("Type")) for service in answers["GetServiceGraph"]["Services"]]
    expect(names, [("https://sqs/orders", "AWS::SQS::Queue"), ("shop", "AWS::EKS::Container"), ("shop", "client")])
    expect(answers["GetTraceGraph"]["Services"], answers["GetServiceGraph"]["Services"])
    [row] = answers["GetTimeSeriesServiceStatistics"]["TimeSeriesServiceStatistics"]
    expect(row["EdgeSummaryStatistics"]["FaultStatistics"]["TotalCount"], 1)
    [rule, default] = [record["SamplingRule"] for record in answers["GetSamplingRules"]["SamplingRuleRecords"]]
    expect((rule["FixedRate"], rule["Attributes"], default["RuleName"]), (0.25, {"tier": "gold"}, "Default"))
    [target] = answers["GetSamplingTargets"]["SamplingTargetDocuments"]
    expect((target["RuleName"], target["ReservoirQuota"]), ("clients", 3))
    expect(answers["GetSamplingTargets"]["UnprocessedStatistics"][0]["RuleName"], "gone")
    [statistics] = answers["GetSamplingStatisticSummaries"]["SamplingStatisticSummaries"]
    expect((statistics["RequestCount"], statistics["SampledCount"], statistics["BorrowCount"]), (9, 4, 1))
    expect(answers["GetInsightSummaries"]["InsightSummaries"], [])
    expect(answers["ListTagsForResource"]["Tags"], [{"Key": "tier", "Value": "gold"}])
    expect(answers["GetEncryptionConfig"]["EncryptionConfig"], {"Status": "ACTIVE", "Type": "KMS", "KeyId": "alias/shop"})
    expect((answers["GetTraceSegmentDestination"]["Destination"], answers["GetTraceSegmentDestination"]["Status"]), ("CloudWatchLogs", "ACTIVE"))
    [indexing] = answers["GetIndexingRules"]["IndexingRules"]
    expect(indexing["Rule"]["Probabilistic"]["DesiredSamplingPercentage"], 12.5)
    [policy] = answers["ListResourcePolicies"]["ResourcePolicies"]
    expect((policy["PolicyDocument"], policy["PolicyRevisionId"]), (POLICY, "1"))
    [retrieved] = answers["ListRetrievedTraces"]["Traces"]
    names = [json.loads(span["Document"])["name"] for span in retrieved["Spans"]]
    expect((retrieved["Id"], names), (ID, ["shop", "SQS"]))
    expect([one["Service"]["Name"] for one in answers["GetRetrievedTracesGraph"]["Services"]], ["https://sqs/orders", "shop", "shop"])


if __name__ == "__main__":
    main(*sys.argv[1:])
