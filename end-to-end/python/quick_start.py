"""Asks for the trace of a quick start with AWS's own client.

Arguments: the console's URL. Exits 1 unless the service `shop` has one trace with a request in it.
"""

import json
import sys
import time

from xray_client import client, expect, paginate


def main(endpoint: str) -> None:
    xray = client(endpoint)
    window = {"StartTime": time.time() - 600, "EndTime": time.time() + 60}
    deadline = time.time() + 20
    ids = []
    # The exporter is done; the console may still be at it.
    while not ids and time.time() < deadline:
        summaries, _ = paginate(
            xray, "get_trace_summaries", "TraceSummaries", TimeRangeType="Event", FilterExpression='service("shop")', **window
        )
        ids = [summary["Id"] for summary in summaries]
    expect(len(ids), 1)
    traces, _ = paginate(xray, "batch_get_traces", "Traces", TraceIds=ids)
    documents = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
    expect({document["name"] for document in documents if document.get("origin") != "client"} >= {"shop"}, True)


if __name__ == "__main__":
    main(*sys.argv[1:])
