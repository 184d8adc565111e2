#!/usr/bin/env bash
# One whole number beyond 64 bits in one span, and a collector refuses every span of the request.
#
# One expects: JavaScript has one kind of number, so an exporter sends as a double what OTLP's 64-bit integers cannot hold. If it
# cannot send an attribute, it leaves out that attribute, or that span.
#
# What happens: OpenTelemetry's exporter of JSON for Node.js, the one that is called `-http`, takes every number without a fraction for
# an integer, whatever its size. The collector's reader fails on it and answers 400 for the whole request, and the exporter drops all
# of its spans: here 100, of which 99 are innocent. Nothing is said unless OTEL_LOG_LEVEL is set. Its sibling `-proto` sends the same
# spans, with the number as a double, and all of them arrive.
#
# Why it matters: such numbers are hashes and ids of 64 bits that came as JSON numbers, and sums of many of them. The lost spans
# are those of whatever ended within the same five seconds, so X-Ray shows holes in the traces of other requests; the traces
# in front of and behind them are whole, and the receiver counts requests, not spans.
#
# Needs: npm, go. One minute, most of it downloads and one build.
set -euo pipefail
folder=$(mktemp -d)
receiver=
trap '[ -z "$receiver" ] || kill "$receiver"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset OTEL_LOG_LEVEL

# A receiver that reads requests by the collector's own package, and answers as the collector does: 400 for what that cannot read.
mkdir receiver
cat >receiver/main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func main() {
	http.HandleFunc("/v1/traces", func(writer http.ResponseWriter, asked *http.Request) {
		body, _ := io.ReadAll(asked.Body)
		request, read := ptraceotlp.NewExportRequest(), ptraceotlp.NewExportRequest().UnmarshalProto
		kind := asked.Header.Get("Content-Type")
		if read = request.UnmarshalProto; kind == "application/json" {
			read = request.UnmarshalJSON
		}
		writer.Header().Set("Content-Type", kind)
		if err := read(body); err != nil {
			writer.WriteHeader(400)
			fmt.Printf("%s refused: %.30s\n", kind, err)
			return
		}
		spans := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans()
		hash, _ := spans.At(0).Attributes().Get("hash")
		fmt.Printf("%s %d spans, the number is %s %s\n", kind, spans.Len(), hash.Type(), hash.AsString())
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	os.WriteFile("port", []byte(fmt.Sprintln(listener.Addr().(*net.TCPAddr).Port)), 0o600)
	panic(http.Serve(listener, nil))
}
GO
printf 'module receiver\n\ngo 1.26\n' >receiver/go.mod
(cd receiver && go get go.opentelemetry.io/collector/pdata@v1.71.0 2>/dev/null && GOFLAGS=-mod=mod go build -o receiver . 2>build.log)
receiver/receiver >>received &
receiver=$!
until [ -s port ]; do sleep 0.1; done
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$(cat port)

mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit @opentelemetry/sdk-trace-base@2.12.1 \
  @opentelemetry/exporter-trace-otlp-http@0.223.0 @opentelemetry/exporter-trace-otlp-proto@0.223.0 @opentelemetry/api@1.9.0)
cat >node/export.js <<'NODE'
const { statSync } = require("fs");
const { BasicTracerProvider, BatchSpanProcessor } = require("@opentelemetry/sdk-trace-base");
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${process.argv[2]}`);
const exporter = new OTLPTraceExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 100 })] });
for (let number = 0; number < 100; number++) {
  const span = provider.getTracer("export").startSpan("request");
  if (number === 0) span.setAttribute("hash", Number(process.argv[3]));
  span.end();
}
// Until the batch was answered, and what the SDK says of the answer is said.
setInterval(() => statSync("received").size > 0 && setTimeout(() => process.exit(), 300), 50);
NODE

failed=0
expect() { # expect EXPORTER NUMBER RECEIVED: what the receiver reads, and that the SDK says nothing
  local said seen
  : >received
  said=$(node node/export.js "$1" "$2" 2>&1)
  seen=$(cat received)
  printf '%-6s %-21s %-75s says: %s\n' "$1" "$2" "$seen" "${said:-nothing}"
  [[ $seen == $3 && -z $said ]] || { echo "  no longer as described: $3, and nothing said"; failed=1; }
}
expect http 7 "application/json 100 spans, the number is Int 7"
expect http 18446744073709551615 "application/json refused: *"
expect proto 18446744073709551615 "application/x-protobuf 100 spans, the number is Double 18446744073709552000"
expect http 9007199254740993 "application/json 100 spans, the number is Int 9007199254740992"
expect proto 9007199254740993 "application/x-protobuf 100 spans, the number is Int 9007199254740992"
echo "exporter-trace-otlp-http and -proto 0.223.0, sdk-trace-base 2.12.1 (Node.js), pdata 1.71.0 (the collector's)"
exit $failed
