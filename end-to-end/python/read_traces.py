"""Reads the graph, the summaries and a trace with AWS's own client.

Arguments: the console's URL, the id of the trace that must be there. Exits 1 with what was wrong.
"""

import json
import sys
import time

from xray_client import client, expect, paginate


def main(endpoint: str, trace_id: str) -> None:
    xray = client(endpoint)
    window = {"StartTime": time.time() - 600, "EndTime": time.time() + 60}

    services, _ = paginate(xray, "get_service_graph", "Services", **window)
    names = sorted((service["Name"], service.get("Type", "")) for service in services)
    expect(names, [
        ("x-ray-sample-back-k8s", ""),
        ("x-ray-sample-front-k8s", ""),
        ("x-ray-sample-front-k8s", "client"),
    ])
    front = next(service for service in services if service["Name"].endswith("front-k8s") and service.get("Type") != "client")
    expect(front["SummaryStatistics"]["TotalCount"], 1)
    expect(front["SummaryStatistics"]["OkCount"], 1)

    summaries, _ = paginate(xray, "get_trace_summaries", "TraceSummaries", **window)
    expect([summary["Id"] for summary in summaries], [trace_id])
    expect(summaries[0]["Http"]["HttpStatus"], 200)
    expect(summaries[0]["HasFault"], False)

    traces, _ = paginate(xray, "batch_get_traces", "Traces", TraceIds=[trace_id])
    documents = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
    expect(sorted(document["name"] for document in documents), ["x-ray-sample-back-k8s", "x-ray-sample-front-k8s"])

    rules, _ = paginate(xray, "get_sampling_rules", "SamplingRuleRecords")
    default = next(record["SamplingRule"] for record in rules if record["SamplingRule"]["RuleName"] == "Default")
    expect((default["ReservoirSize"], default["FixedRate"], default["Priority"]), (1, 1.0, 10000))


if __name__ == "__main__":
    main(*sys.argv[1:])
