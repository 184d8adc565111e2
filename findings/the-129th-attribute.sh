#!/usr/bin/env bash
# A span with more than 128 attributes: in Python it forgets how it began, in Node.js, Go and Java how it ended.
#
# One expects: OpenTelemetry's limit of 128 attributes keeps the first ones, as its specification has it: what is set beyond the limit is
# dropped. Or, if not, then in every language the same ones.
#
# What happens: Python's SDK keeps the last 128: the first ones that were set, method, path and host of a request, are pushed out by what
# comes later. Node.js, Go and Java keep the first 128, and what is set at the end is gone: the response's status. Each counts what it
# dropped, in a number that X-Ray's documents have no member for.
#
# Why it matters: handlers that say a row, an item or a header at a time reach the limit in one large request and in no other. In X-Ray
# that request has no method and no URL, if the service is written in Python; in the other languages it has no status, so
# that a 404 or 429 is no error, and it looks like one that was answered well. To raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT helps.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset OTEL_LOG_LEVEL OTEL_ATTRIBUTE_COUNT_LIMIT OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT

# Each program makes one span: method and path first, then 200 rows, the status last. It prints what is left of them.
python3 -m venv python
python/bin/pip install --quiet opentelemetry-sdk==1.44.0
cat >span.py <<'PYTHON'
from opentelemetry.sdk.trace import TracerProvider
span = TracerProvider().get_tracer("span").start_span("request")
span.set_attribute("http.request.method", "GET")
span.set_attribute("url.path", "/orders")
for number in range(200):
    span.set_attribute(f"row.{number}", number)
span.set_attribute("http.response.status_code", 503)
span.end()
asked = {"method": "http.request.method", "path": "url.path", "row.0": "row.0", "row.199": "row.199", "status": "http.response.status_code"}
kept = ", ".join(f"{name} {'yes' if key in span.attributes else 'no'}" for name, key in asked.items())
print(f"{len(span.attributes)} kept, {span.dropped_attributes} dropped: {kept}")
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/api@1.9.0)
cat >node/span.js <<'NODE'
const { BasicTracerProvider } = require("@opentelemetry/sdk-trace-base");
const span = new BasicTracerProvider().getTracer("span").startSpan("request");
span.setAttribute("http.request.method", "GET");
span.setAttribute("url.path", "/orders");
for (let number = 0; number < 200; number++) span.setAttribute(`row.${number}`, number);
span.setAttribute("http.response.status_code", 503);
span.end();
const asked = { method: "http.request.method", path: "url.path", "row.0": "row.0", "row.199": "row.199", status: "http.response.status_code" };
const kept = Object.entries(asked).map(([name, key]) => `${name} ${key in span.attributes ? "yes" : "no"}`);
console.log(`${Object.keys(span.attributes).length} kept, ${span.droppedAttributesCount} dropped: ${kept.join(", ")}`);
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	_, span := sdk.NewTracerProvider().Tracer("span").Start(context.Background(), "request")
	span.SetAttributes(attribute.String("http.request.method", "GET"))
	span.SetAttributes(attribute.String("url.path", "/orders"))
	for number := range 200 {
		span.SetAttributes(attribute.Int(fmt.Sprintf("row.%d", number), number))
	}
	span.SetAttributes(attribute.Int("http.response.status_code", 503))
	span.End()
	ended := span.(sdk.ReadOnlySpan)
	kept := map[attribute.Key]bool{}
	for _, attribute := range ended.Attributes() {
		kept[attribute.Key] = true
	}
	said := fmt.Sprintf("%d kept, %d dropped: method %t, path %t, row.0 %t, row.199 %t, status %t", len(kept), ended.DroppedAttributes(),
		kept["http.request.method"], kept["url.path"], kept["row.0"], kept["row.199"], kept["http.response.status_code"])
	fmt.Println(strings.NewReplacer("true", "yes", "false", "no").Replace(said))
}
GO
printf 'module span\n\ngo 1.24\n' >go/go.mod
(cd go && go get go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null && GOFLAGS=-mod=mod go build -o span . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>span</groupId><artifactId>span</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.opentelemetry</groupId><artifactId>opentelemetry-sdk</artifactId><version>1.62.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Make.java <<'JAVA'
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.List;

class Make {
  public static void main(String[] arguments) {
    var span = SdkTracerProvider.builder().build().get("span").spanBuilder("request").startSpan();
    span.setAttribute("http.request.method", "GET");
    span.setAttribute("url.path", "/orders");
    for (int number = 0; number < 200; number++) span.setAttribute("row." + number, number);
    span.setAttribute("http.response.status_code", 503);
    span.end();
    var data = ((ReadableSpan) span).toSpanData();
    var keys = data.getAttributes().asMap().keySet().stream().map(key -> key.getKey()).toList();
    var said = new StringBuilder(keys.size() + " kept, " + (data.getTotalAttributeCount() - keys.size()) + " dropped:");
    var asked = List.of("method http.request.method", "path url.path", "row.0 row.0", "row.199 row.199", "status http.response.status_code");
    for (String each : asked) said.append(" " + each.split(" ")[0] + (keys.contains(each.split(" ")[1]) ? " yes," : " no,"));
    System.out.println(said.substring(0, said.length() - 1));
  }
}
JAVA

run() { # run LANGUAGE
  case $1 in
    python) python/bin/python span.py ;;
    node) node node/span.js ;;
    go) go/span ;;
    java) java -cp 'java/lib/*' java/Make.java ;;
  esac 2>&1
}
failed=0
expect() { # expect LANGUAGE SEEN
  local seen; seen=$(run "$1")
  printf '%-7s %s\n' "$1" "$seen"
  [ "$seen" = "$2" ] || { echo "  no longer as described: $2"; failed=1; }
}
expect python "128 kept, 75 dropped: method no, path no, row.0 no, row.199 yes, status yes"
for language in node go java; do
  expect "$language" "128 kept, 75 dropped: method yes, path yes, row.0 yes, row.199 no, status no"
done
echo "opentelemetry-sdk 1.44.0 (Python), 1.47.0 (Go), 1.62.0 (Java), sdk-trace-base 2.12.1 (Node.js)"
exit $failed
