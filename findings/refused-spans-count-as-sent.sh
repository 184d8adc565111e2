#!/usr/bin/env bash
# A collector refuses spans in its answer, and the exporters of Python and Java call that a success.
#
# One expects: OTLP has an answer for "I took some of it, and these I refuse" (status 200 with `partial_success`: how many, and why).
# An exporter that gets it says so somewhere: in its result, in a log line, in a counter.
#
# What happens, where every span is refused: Python's flush returns True, and nothing is logged at any level. Java's flush succeeds,
# and nothing is logged. Node.js writes a warning, but only where OTEL_LOG_LEVEL is set. Go alone returns an error that names number and reason.
#
# Why it matters: this answer is how a receiver in front of X-Ray says that spans are too large, too old, or not what X-Ray takes. The
# trace is missing, and the service's own telemetry says that all was sent: the place to look is the receiver's counters, or the
# body of its answers.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
receiver=
trap '[ -z "$receiver" ] || kill "$receiver"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset OTEL_LOG_LEVEL
export OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none

# A receiver that reads each request to its end and refuses its three spans. It writes a line for each request.
cat >receiver.py <<'PYTHON'
import http.server

reason = b"larger than 64 kB"
partial = bytes([0x08, 3, 0x12, len(reason)]) + reason  # rejected_spans = 3, error_message
answer = bytes([0x0A, len(partial)]) + partial  # partial_success


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if length:
            self.rfile.read(length)
        else:
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        with open("requests", "a") as requests:
            requests.write(self.path + "\n")
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
with open("port", "w") as port:
    port.write(f"{server.server_port}\n")
server.serve_forever()
PYTHON
touch requests
python3 receiver.py &
receiver=$!
until [ -s port ]; do sleep 0.1; done
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$(cat port)

# Each program exports three spans and prints what its flush returned, and whatever the SDK logs.
python3 -m venv python
python/bin/pip install --quiet opentelemetry-sdk==1.44.0 opentelemetry-exporter-otlp-proto-http==1.44.0
cat >export.py <<'PYTHON'
import logging
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

logging.basicConfig(level=logging.DEBUG)
logging.getLogger("urllib3").setLevel(logging.WARNING)  # its line for each connection is not about the answer
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
for _ in range(3):
    provider.get_tracer("export").start_span("request").end()
print("flush:", provider.force_flush())
PYTHON

mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit \
  @opentelemetry/sdk-node@0.223.0 @opentelemetry/exporter-trace-otlp-proto@0.223.0 @opentelemetry/api@1.9.0)
cat >node/export.js <<'NODE'
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-proto");
const { trace } = require("@opentelemetry/api");
const sdk = new NodeSDK({ autoDetectResources: false, traceExporter: new OTLPTraceExporter() });
sdk.start();
for (let number = 0; number < 3; number++) trace.getTracer("export").startSpan("request").end();
sdk.shutdown().then(() => console.log("flush: done"), (error) => console.log("flush:", error));
NODE

mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		panic(err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	for range 3 {
		_, span := provider.Tracer("export").Start(context.Background(), "request")
		span.End()
	}
	fmt.Println("flush:", provider.ForceFlush(context.Background()))
}
GO
printf 'module export\n\ngo 1.24\n' >go/go.mod
(cd go && go get go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp@v1.47.0 2>/dev/null && GOFLAGS=-mod=mod go build -o export . 2>build.log)

mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>export</groupId><artifactId>export</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.opentelemetry</groupId><artifactId>opentelemetry-exporter-otlp</artifactId><version>1.62.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Export.java <<'JAVA'
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.util.concurrent.TimeUnit;

class Export {
  public static void main(String[] arguments) {
    var exporter = OtlpHttpSpanExporter.builder().setEndpoint(System.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") + "/v1/traces").build();
    var provider = SdkTracerProvider.builder().addSpanProcessor(BatchSpanProcessor.builder(exporter).build()).build();
    for (int number = 0; number < 3; number++) provider.get("export").spanBuilder("request").startSpan().end();
    System.out.println("flush: " + provider.forceFlush().join(10, TimeUnit.SECONDS).isSuccess());
    System.exit(0);
  }
}
JAVA

failed=0
expect() { # expect NAME PATTERN COMMAND...: all that the command writes
  local name=$1 pattern=$2 before after seen
  shift 2
  before=$(wc -l <requests)
  seen=$("$@" 2>&1 | tr '\n' ' ')
  after=$(wc -l <requests)
  printf '%-26s %s\n' "$name" "$seen"
  [ "$after" -gt "$before" ] || { echo "  nothing was sent"; failed=1; }
  [[ $seen == $pattern ]] || { echo "  no longer as described: $pattern"; failed=1; }
}
expect "Python, log level DEBUG" "flush: True " python/bin/python export.py
expect "Java" "flush: true " java -cp 'java/lib/*' java/Export.java
expect "Node.js" "flush: done " node node/export.js
expect "Node.js, OTEL_LOG_LEVEL" "*artial*uccess*flush: done *" env OTEL_LOG_LEVEL=warn node node/export.js
expect "Go" "flush: *partial success: larger than 64 kB (3 spans rejected)*" go/export
echo "opentelemetry-exporter-otlp 1.44.0 (Python), 1.62.0 (Java), 0.223.0 (Node.js), otlptracehttp 1.47.0 (Go)"
exit $failed
