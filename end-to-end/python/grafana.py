"""Does what Grafana's X-Ray data source does, and reads what it reads. Argument: the console's URL.

Its back end takes many members for granted: where one is missing it does not say so, it dies.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from operations import DOCUMENT, ID
from xray_client import AT, TRACE_ID, client, expect, paginate, put, recorded_documents


def main(endpoint: str) -> None:
    xray = client(endpoint)
    put(xray, [*recorded_documents(), DOCUMENT, failing_document()])
    start, end = datetime.fromtimestamp(AT - 10, timezone.utc), datetime.now(timezone.utc) + timedelta(hours=1)

    groups, _ = paginate(xray, "get_groups", "Groups")
    [default] = groups
    expect((default["GroupName"], bool(default["GroupARN"])), ("Default", True))

    trace_list(xray, start, end)
    trace_view(xray)
    service_map(xray, start, end, default["GroupName"])
    time_series(xray, start, end)
    analytics(xray, start, end, default)
    many(xray)
    insights = xray.get_insight_summaries(StartTime=start, EndTime=end, States=["CLOSED"], GroupName="Default")
    expect(insights["InsightSummaries"], [])


def failing_document() -> dict:
    """A trace without `http`, with an error and no origin: what its analytics is most easily upset by."""
    return {"trace_id": ID.replace("000001", "000002"), "id": "00000000000000b1", "name": "job", "start_time": AT, "end_time": AT + 1, "error": True}


def trace_list(xray, start, end) -> None:
    rows = []
    for page in xray.get_paginator("get_trace_summaries").paginate(StartTime=start, EndTime=end):
        for summary in page["TraceSummaries"]:
            http = summary["Http"]
            annotations = sum(len(values) for values in summary["Annotations"].values())
            rows.append((summary["Id"], http.get("HttpMethod"), http.get("HttpStatus"), summary["Duration"], http.get("HttpURL"),
                         http.get("ClientIp"), annotations))
        if len(rows) >= 1000:
            break
    [row] = [row for row in rows if row[0] == ID]
    expect(row[1:], ("GET", 500, 1.5, "http://shop/cart", "10.0.0.1", 3))


def trace_view(xray) -> None:
    # It asks for ids in OpenTelemetry's spelling as they are.
    for spelling in (ID, ID.replace("-", "")[1:]):
        [trace] = xray.batch_get_traces(TraceIds=[spelling])["Traces"]
        expect((trace["Id"], trace["LimitExceeded"]), (ID, False))
        documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
        expect([(document["name"], document.get("origin")) for document in documents],
               [("shop", "AWS::EKS::Container"), ("https://sqs/orders", "AWS::SQS::Queue")])
        expect([call["name"] for call in documents[0]["subsegments"]], ["SQS"])
        graph = xray.get_trace_graph(TraceIds=[spelling])["Services"]
        expect(len(graph), 3)


def service_map(xray, start, end, group: str) -> None:
    services, _ = paginate(xray, "get_service_graph", "Services", StartTime=start, EndTime=end, GroupName=group)
    known = {service["ReferenceId"] for service in services}
    for service in services:
        if "SummaryStatistics" not in service:
            expect((service["Type"], len(service["Edges"]) > 0), ("client", True))
        for edge in service["Edges"]:
            expect(edge["ReferenceId"] in known, True)
            expect(edge["SummaryStatistics"]["TotalCount"] >= sum(entry["Count"] for entry in edge["ResponseTimeHistogram"]), True)
    accounts = {service["AccountId"] for service in services if "AccountId" in service}
    expect(accounts, {"123456789012"})


def time_series(xray, start, end) -> None:
    arguments = {"StartTime": start, "EndTime": end, "Period": 60}
    for selector, member in [({}, "EdgeSummaryStatistics"), ({"EntitySelectorExpression": "service(\"shop\")"}, "ServiceSummaryStatistics")]:
        rows, _ = paginate(xray, "get_time_series_service_statistics", "TimeSeriesServiceStatistics", **arguments, **selector)
        expect(len(rows) > 0, True)
        for row in rows:
            statistics = row[member]
            for count in [statistics["ErrorStatistics"]["OtherCount"], statistics["ErrorStatistics"]["ThrottleCount"],
                          statistics["ErrorStatistics"]["TotalCount"], statistics["FaultStatistics"]["OtherCount"],
                          statistics["FaultStatistics"]["TotalCount"], statistics["OkCount"], statistics["TotalCount"]]:
                expect(type(count), int)
            expect(row["Timestamp"] is not None and statistics["TotalResponseTime"] >= 0, True)


def analytics(xray, start, end, group) -> None:
    pages = xray.get_paginator("get_time_series_service_statistics").paginate(StartTime=start, EndTime=end, GroupARN=group["GroupARN"], Period=60)
    count = sum(row["EdgeSummaryStatistics"]["TotalCount"] for page in pages for row in page["TimeSeriesServiceStatistics"])
    # Two of the ten traces were asked for twice from outside.
    expect(count, 12)
    summaries = sampled(xray, start, end)
    expect(len(summaries), 10)
    for summary in summaries:
        for member in ("FaultRootCauses", "ErrorRootCauses", "ResponseTimeRootCauses"):
            for cause in summary[member]:
                path = [(service["Name"], service["Type"], service["EntityPath"][0]["Name"]) for service in cause["Services"]]
                expect(len(path) > 0, True)
        for user in summary["Users"]:
            expect(user["UserName"], "ann")
    expect(sorted(cause["Services"][-1]["Name"] for summary in summaries for cause in summary["ErrorRootCauses"]), ["https://sqs/orders", "job"])


def many(xray) -> None:
    """With a filter it cannot know beforehand how much there is, and samples what it asks for later."""
    start = datetime.fromtimestamp(AT + 1000, timezone.utc)
    put(xray, [{"trace_id": TRACE_ID.format(number * 2654435761 % 2**32), "id": f"{number:016x}", "name": "busy", "start_time": AT + 1001 + number / 1000, "end_time": AT + 1003}
               for number in range(1, 1501)])
    found = sampled(xray, start, start + timedelta(seconds=20), FilterExpression="service(\"busy\")")
    # The first page is whole; of the other 500 about one half.
    expect(1150 < len(found) < 1350, True)


def sampled(xray, start, end, **more) -> list:
    """Asks for four quarters of the time at once."""
    quarter = (end - start) / 4
    with ThreadPoolExecutor(4) as threads:
        quarters = threads.map(lambda number: quarter_of(xray, start + quarter * number, start + quarter * (number + 1), more), range(4))
    return [summary for found in quarters for summary in found]


def quarter_of(xray, start, end, more: dict) -> list:
    """Asks page by page; when there is much, the rate sinks from page to page while the token stays."""
    arguments = {"StartTime": start, "EndTime": end, "TimeRangeType": "Event", "Sampling": True, **more}
    found, token, rate = [], {}, 1.0
    while True:
        page = xray.get_trace_summaries(**arguments, **token, SamplingStrategy={"Name": "FixedRate", "Value": rate})
        found += page["TraceSummaries"]
        if "NextToken" not in page:
            return found
        token, rate = {"NextToken": page["NextToken"]}, rate / 2


if __name__ == "__main__":
    main(*sys.argv[1:])
