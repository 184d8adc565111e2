#!/usr/bin/env bash
# `put_object` is in the trace, `upload_file` of the same ten bytes is not, or in one of its own.
#
# One expects: boto3's `upload_file`, `download_file` and their siblings are made of the client's own operations, so whoever has traced
# the client has them in the trace of the request that calls them, as long as that request waits for them, as it does.
#
# What happens: boto3 runs them in threads that it makes for each, however small the file and however few the parts, and neither AWS's SDK nor
# OpenTelemetry's instrumentation goes along. With AWS's SDK there is no call in the trace and no header on the wire; the log has
# "cannot find the current segment". OpenTelemetry begins a trace for each operation, and decides anew whether it is sampled:
# a download is two of them. `TransferConfig(use_threads=False)` brings all back; OpenTelemetry's own instrumentation for threads does, too.
#
# Why it matters: S3 is missing from the map of a service that does little else, and the time of its slow requests is in no subsegment. At a
# ratio of 5 % most of the sampled requests have lost their uploads, and X-Ray has single uploads that belong to nothing.
#
# Needs: python3 with venv. One minute, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_DAEMON_ADDRESS AWS_XRAY_CONTEXT_MISSING
export AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 boto3==1.43.8 opentelemetry-sdk==1.44.0 \
  opentelemetry-instrumentation-botocore==0.65b0 opentelemetry-instrumentation-threading==0.65b0

# S3 on loopback, which keeps whether a request had a trace header.
cat >s3.py <<'PYTHON'
import http.server, threading

headers = []


class S3(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer(b"")

    def do_GET(self):
        self.answer(b"0123456789")

    def do_HEAD(self):
        self.answer(b"0123456789")

    def answer(self, body):
        headers.append(self.headers.get("X-Amzn-Trace-Id"))
        self.send_response(200)
        self.send_header("ETag", '"e"')
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), S3)
threading.Thread(target=server.serve_forever, daemon=True).start()


def client():
    import boto3

    return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{server.server_port}")


def operations(s3):
    """Each way to move ten bytes, by name."""
    from boto3.s3.transfer import TransferConfig

    open("file", "wb").write(b"0123456789")
    alone = TransferConfig(use_threads=False)
    return {
        "put_object": lambda: s3.put_object(Bucket="b", Key="k", Body=b"0123456789"),
        "upload_file": lambda: s3.upload_file("file", "b", "k"),
        "download_file": lambda: s3.download_file("b", "k", "copy"),
        "upload_file without threads": lambda: s3.upload_file("file", "b", "k", Config=alone),
        "download_file without threads": lambda: s3.download_file("b", "k", "copy", Config=alone),
    }
PYTHON
cat >by-aws.py <<'PYTHON'
import json, socket
import s3
from aws_xray_sdk.core import patch, xray_recorder

daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
daemon.settimeout(5)
patch(["botocore"])
xray_recorder.configure(service="shop", sampling=False, daemon_address=f"127.0.0.1:{daemon.getsockname()[1]}")
for name, operation in s3.operations(s3.client()).items():
    s3.headers.clear()
    with xray_recorder.in_segment("shop"):
        operation()
    segment = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
    calls = [call["aws"]["operation"] for call in segment.get("subsegments", [])]
    print(f"{name}: in the trace: {' '.join(calls) or 'nothing'}; {len([1 for one in s3.headers if one])} of {len(s3.headers)} requests with a header")
PYTHON
cat >by-otel.py <<'PYTHON'
import sys
import s3
from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

ended = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(ended))
trace.set_tracer_provider(provider)
BotocoreInstrumentor().instrument()
if sys.argv[1:] == ["threads"]:
    ThreadingInstrumentor().instrument()
for name, operation in s3.operations(s3.client()).items():
    ended.clear()
    with provider.get_tracer("shop").start_as_current_span("request") as request:
        operation()
    calls = {True: [], False: []}
    for span in ended.get_finished_spans():
        if span.name.startswith("S3."):
            calls[span.context.trace_id == request.get_span_context().trace_id].append(span.name[3:])
    print(f"{name}: in the trace: {' '.join(calls[True]) or 'nothing'}; each in a trace of its own: {' '.join(calls[False]) or 'nothing'}")
PYTHON

failed=0
expect() { # expect TITLE EXPECTED COMMAND...: all that the command prints
  local seen
  seen=$("${@:3}" 2>said)
  printf '%s\n' "$1"
  printf '%s\n' "$seen" | sed 's/^/  /'
  [ "$seen" = "$2" ] || { printf '  no longer as described:\n%s\n' "$2"; failed=1; }
}
expect "aws-xray-sdk 2.15.0 with boto3 1.43.8" "put_object: in the trace: PutObject; 1 of 1 requests with a header
upload_file: in the trace: nothing; 0 of 1 requests with a header
download_file: in the trace: nothing; 0 of 2 requests with a header
upload_file without threads: in the trace: PutObject; 1 of 1 requests with a header
download_file without threads: in the trace: HeadObject GetObject; 2 of 2 requests with a header" python/bin/python by-aws.py
grep -q "cannot find the current segment" said || { echo "  nothing said any more"; failed=1; }
expect "opentelemetry-instrumentation-botocore 0.65b0 with opentelemetry-sdk 1.44.0" "put_object: in the trace: PutObject; each in a trace of its own: nothing
upload_file: in the trace: nothing; each in a trace of its own: PutObject
download_file: in the trace: nothing; each in a trace of its own: HeadObject GetObject
upload_file without threads: in the trace: PutObject; each in a trace of its own: nothing
download_file without threads: in the trace: HeadObject GetObject; each in a trace of its own: nothing" python/bin/python by-otel.py
expect "and opentelemetry-instrumentation-threading 0.65b0" "put_object: in the trace: PutObject; each in a trace of its own: nothing
upload_file: in the trace: PutObject; each in a trace of its own: nothing
download_file: in the trace: HeadObject GetObject; each in a trace of its own: nothing
upload_file without threads: in the trace: PutObject; each in a trace of its own: nothing
download_file without threads: in the trace: HeadObject GetObject; each in a trace of its own: nothing" python/bin/python by-otel.py threads
exit $failed
