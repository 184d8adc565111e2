#!/usr/bin/env bash
# A sampler that OpenTelemetry does not know, or a ratio that it cannot read, traces every request.
#
# One expects: OTEL_TRACES_SAMPLER=xray, as AWS's documentation has it, in a service without the package that brings this sampler
# fails, or traces little; so does a ratio written as "5%". At least it is said.
#
# What happens: Python and Go say one line when they start, and then trace all. Node.js says nothing unless OTEL_LOG_LEVEL is set, and
# traces all. Java alone refuses to start. Even what is right differs: "TraceIdRatio" with capitals is 5 % in Python and
# Go, 100 % in Node.js without a word, and an error in Java.
#
# Why it matters: X-Ray is billed by recorded traces. A fleet that is configured by one ConfigMap for all languages, and forgets the sampler's
# package in one service, has that service record a hundred percent and, being the caller's decision, all services behind it.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none
unset OTEL_LOG_LEVEL OTEL_TRACES_SAMPLER OTEL_TRACES_SAMPLER_ARG

# Each program begins 400 traces and prints how many of them are recorded.
python3 -m venv python
python/bin/pip install --quiet opentelemetry-sdk==1.44.0
cat >count.py <<'PYTHON'
from opentelemetry.sdk.trace import TracerProvider
tracer = TracerProvider().get_tracer("count")
print(sum(tracer.start_span("request").is_recording() for _ in range(400)))
PYTHON

mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit @opentelemetry/sdk-node@0.223.0 @opentelemetry/api@1.9.0)
cat >node/count.js <<'NODE'
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { trace } = require("@opentelemetry/api");
new NodeSDK({ autoDetectResources: false, spanProcessors: [{ onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} }] }).start();
const tracer = trace.getTracer("count");
console.log(Array.from({ length: 400 }, () => tracer.startSpan("request")).filter((span) => span.isRecording()).length);
NODE

mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	tracer := sdk.NewTracerProvider().Tracer("count")
	recorded := 0
	for range 400 {
		if _, span := tracer.Start(context.Background(), "request"); span.IsRecording() {
			recorded++
		}
	}
	fmt.Println(recorded)
}
GO
printf 'module count\n\ngo 1.24\n' >go/go.mod
(cd go && go get go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null && GOFLAGS=-mod=mod go build -o count . 2>build.log)

mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>count</groupId><artifactId>count</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.opentelemetry</groupId><artifactId>opentelemetry-sdk-extension-autoconfigure</artifactId><version>1.62.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Count.java <<'JAVA'
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;

class Count {
  public static void main(String[] arguments) {
    var tracer = AutoConfiguredOpenTelemetrySdk.initialize().getOpenTelemetrySdk().getTracer("count");
    int recorded = 0;
    for (int number = 0; number < 400; number++) if (tracer.spanBuilder("request").startSpan().isRecording()) recorded++;
    System.out.println(recorded);
    System.exit(0);
  }
}
JAVA

run() { # run LANGUAGE: the program's output in out, what it says in err
  case $1 in
    python) python/bin/python count.py ;;
    node) node node/count.js ;;
    go) go/count ;;
    java) java -cp 'java/lib/*' java/Count.java ;;
  esac >out 2>err
}
see() { # see SAMPLER ARGUMENT LANGUAGE: "RECORDED of 400, NOTE"
  if ! OTEL_TRACES_SAMPLER=$1 OTEL_TRACES_SAMPLER_ARG=$2 run "$3"; then
    echo "does not start: $(sed -nE 's/^Exception .*ConfigurationException: //p' err)"
  elif [ "$(cat out)" -eq 400 ]; then
    echo "records all, says: $(head -1 err | grep . || echo nothing)"
  elif [ "$(cat out)" -lt 100 ]; then
    echo "records some 5 %"
  fi
}
failed=0
expect() { # expect SAMPLER ARGUMENT LANGUAGE PATTERN
  local seen; seen=$(see "$1" "$2" "$3")
  printf '%-24s %-6s %-7s %s\n' "$1" "$2" "$3" "$seen"
  [[ $seen == $4 ]] || { echo "  no longer as described: $4"; failed=1; }
}
for case in "xray endpoint=http://127.0.0.1:2000" "traceidratio 5%"; do
  expect $case python 'records all, says: Could*'
  expect $case go 'records all, says: *'
  expect $case node 'records all, says: nothing'
  expect $case java 'does not start: *'
done
expect TraceIdRatio 0.05 python 'records some 5 %'
expect TraceIdRatio 0.05 go 'records some 5 %'
expect TraceIdRatio 0.05 node 'records all, says: nothing'
expect TraceIdRatio 0.05 java 'does not start: *'
echo "opentelemetry-sdk 1.44.0 (Python), 1.47.0 (Go), sdk-node 0.223.0 (Node.js), autoconfigure 1.62.0 (Java)"
exit $failed
