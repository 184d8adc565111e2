"""Makes, changes and deletes sampling rules, reports and asks for targets. Argument: the console's URL."""

import sys
import time

from botocore.config import Config
from botocore.exceptions import ClientError

from operations import RULE
from xray_client import client, expect, paginate


def main(endpoint: str) -> None:
    xray = client(endpoint)
    made = xray.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]
    expect(made["SamplingRule"]["RuleName"], RULE["RuleName"])
    arn = made["SamplingRule"]["RuleARN"]
    changed = xray.update_sampling_rule(SamplingRuleUpdate={"RuleARN": arn, "Priority": 1, "ReservoirSize": 5})["SamplingRuleRecord"]
    expect((changed["SamplingRule"]["ReservoirSize"], changed["SamplingRule"]["FixedRate"]), (5, RULE["FixedRate"]))
    expect(changed["CreatedAt"] == made["CreatedAt"] and changed["ModifiedAt"] >= made["ModifiedAt"], True)
    xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": "second", "Priority": 2})
    expect(names(xray), [RULE["RuleName"], "second", "Default"])
    shares(xray, changed["ModifiedAt"])
    refusals(xray)
    xray.delete_sampling_rule(RuleName="second")
    deleted = xray.delete_sampling_rule(RuleARN=arn)["SamplingRuleRecord"]
    expect(deleted["SamplingRule"]["RuleName"], RULE["RuleName"])
    expect(names(xray), ["Default"])


def names(xray) -> list:
    records, _ = paginate(xray, "get_sampling_rules", "SamplingRuleRecords")
    return [record["SamplingRule"]["RuleName"] for record in records]


def shares(xray, modified) -> None:
    """Three clients share a reservoir of five; the first hands it over to the others step by step."""
    clients = [letter * 24 for letter in "abc"]
    fair = [2, 2, 1]
    for quotas in [5, 0, 0], [4, 1, 0], [3, 2, 0], fair, fair:
        targets = [ask(xray, client_id) for client_id in clients]
        expect([target["ReservoirQuota"] for target in targets], quotas)
    # Who has its fair share is told to ask as usual, the others soon.
    expect([target["Interval"] for target in targets], [10, 10, 10])
    answer = xray.get_sampling_targets(SamplingStatisticsDocuments=[report("gone", clients[0]), report(RULE["RuleName"], clients[0])])
    expect([statistics["RuleName"] for statistics in answer["UnprocessedStatistics"]], ["gone"])
    expect(answer["LastRuleModification"] >= modified, True)
    statistics, _ = paginate(xray, "get_sampling_statistic_summaries", "SamplingStatisticSummaries")
    expect({row["RuleName"] for row in statistics}, {RULE["RuleName"]})
    expect([sum(row[member] for row in statistics) for member in ("RequestCount", "SampledCount", "BorrowCount")], [144, 64, 16])


def ask(xray, client_id: str) -> dict:
    [target] = xray.get_sampling_targets(SamplingStatisticsDocuments=[report(RULE["RuleName"], client_id)])["SamplingTargetDocuments"]
    expect(target["FixedRate"], RULE["FixedRate"])
    expect(target["Interval"] in (2, 10), True)
    expect(20 < target["ReservoirQuotaTTL"].timestamp() - time.time() <= 31, True)
    return target


def report(rule: str, client_id: str) -> dict:
    return {"RuleName": rule, "ClientID": client_id, "Timestamp": time.time(), "RequestCount": 9, "SampledCount": 4, "BorrowCount": 1}


def refusals(xray) -> None:
    """What AWS refuses is refused in its way; what boto3 would not even send is sent all the same."""
    xray = client(xray.meta.endpoint_url, Config(parameter_validation=False))
    for member, value in [("RuleName", "n" * 33), ("RuleName", "second"), ("Priority", 0), ("Priority", 10_000), ("FixedRate", 7), ("Version", 2),
                          ("Host", "h" * 65), ("URLPath", "/" * 129), ("HTTPMethod", "m" * 11), ("Attributes", {str(key): "v" for key in range(6)})]:
        refused("InvalidRequestException", member if value != "second" else value,
                lambda: xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": "new", member: value}))
    refused("InvalidRequestException", "RuleName", lambda: xray.delete_sampling_rule())
    refused("InvalidRequestException", "Default", lambda: xray.delete_sampling_rule(RuleName="Default"))
    refused("InvalidRequestException", "Default", lambda: xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "Host": "a"}))
    refused("InvalidRequestException", "nobody", lambda: xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "nobody", "FixedRate": 0.5}))
    refused("InvalidRequestException", "26", lambda: xray.get_sampling_targets(SamplingStatisticsDocuments=[report("Default", "a" * 24)] * 26))
    for number in range(98):
        xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": f"filler {number}"})
    refused("RuleLimitExceededException", "100", lambda: xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": "one more"}))
    for number in range(98):
        xray.delete_sampling_rule(RuleName=f"filler {number}")


def refused(code: str, part: str, call) -> None:
    try:
        answer = call()
    except ClientError as error:
        expect(error.response["Error"]["Code"], code)
        if part not in error.response["Error"]["Message"]:
            sys.exit(f"{part} is not in {error}")
    else:
        sys.exit(f"{part}: should be refused, is {answer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
