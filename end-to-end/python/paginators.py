"""Goes through all pages of every operation that has pages. Argument: the console's URL."""

import sys

from operations import snake
from xray_client import AT, TRACE_ID, client, expect, paginate, put

TRACES = 2_100


def main(endpoint: str) -> None:
    xray = client(endpoint)
    ids = [TRACE_ID.format(number) for number in range(1, TRACES + 1)]
    put(xray, [
        {"trace_id": trace, "id": f"{number:016x}", "name": "shop", "start_time": AT + number, "end_time": AT + number + 0.5}
        for number, trace in enumerate(ids, 1)
    ])
    window = {"StartTime": AT, "EndTime": AT + TRACES + 1}

    def by_id(items):
        return sorted(item["Id"] for item in items)

    def counted(rows):
        return sum(row["EdgeSummaryStatistics"]["TotalCount"] for row in rows)

    # Operation, arguments, the member with the items, what is expected of those, and how many pages.
    expected = [
        ("GetTraceSummaries", {**window, "TimeRangeType": "Event"}, "TraceSummaries", by_id, ids, 3),
        ("BatchGetTraces", {"TraceIds": ids[:12]}, "Traces", by_id, ids[:12], 3),
        ("GetTimeSeriesServiceStatistics", {**window, "Period": 1}, "TimeSeriesServiceStatistics", counted, TRACES, 3),
        ("GetServiceGraph", window, "Services", len, 2, 1),
        ("GetTraceGraph", {"TraceIds": ids[:12]}, "Services", len, 2, 1),
        ("GetGroups", {}, "Groups", len, 1, 1),
        ("GetSamplingRules", {}, "SamplingRuleRecords", len, 1, 1),
        ("GetSamplingStatisticSummaries", {}, "SamplingStatisticSummaries", len, 0, 1),
        ("ListResourcePolicies", {}, "ResourcePolicies", len, 0, 1),
        ("ListTagsForResource", {"ResourceARN": "arn:aws:xray:local:000000000000:group/Default"}, "Tags", len, 0, 1),
    ]
    for operation, arguments, member, of, result, page_count in expected:
        items, pages = paginate(xray, snake(operation), member, **arguments)
        expect((operation, of(items), pages), (operation, result, page_count))

    model = xray.meta.service_model
    paginated = {operation for operation in model.operation_names if xray.can_paginate(snake(operation))}
    expect(paginated, {operation for operation, *_ in expected})


if __name__ == "__main__":
    main(*sys.argv[1:])
