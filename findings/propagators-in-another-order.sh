#!/usr/bin/env bash
# What is passed on of X-Ray's header and of W3C's depends on the language, and on the order of two words in OTEL_PROPAGATORS.
#
# One expects: a service that has both propagators continues a trace whose two headers agree, and passes on what they hold beside it:
# `Lineage`, in which Lambda counts how often one event has been through the same functions so that it can stop a loop; `tracestate`, which
# W3C's specification says to pass on; and the flag for a random trace id, likewise. The order of the propagators says who wins a dispute.
#
# What happens: there is no dispute, and still the order decides. Python, Node.js and Go drop `Lineage` in any order. Java passes it on if
# `xray` stands last, and then puts a copy into the header `baggage`, for every callee; with `xray` first it drops it. With `xray`
# last, Python and Go drop the `tracestate`, and all four the flag. With `xray` first all keep the state, and all but Node.js the flag.
#
# Why it matters: a service between two Lambda functions hides their loop from Lambda. A vendor's state, or a sampler's threshold
# (`ot=th:8`), ends at the first service in Python or Go whose OTEL_PROPAGATORS has the same three words in another order than its
# neighbours', while traces and parents look right. No SDK says what it leaves out.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet opentelemetry-sdk==1.44.0 opentelemetry-propagator-aws-xray==1.0.2
# The same trace in both headers; each program continues it and prints the headers of a call that it makes.
cat >headers.json <<'JSON'
{
  "X-Amzn-Trace-Id": "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0",
  "traceparent": "00-5f84c7a1e7d1852db8c4fd35d88bf49a-53995c3f42cd8ad8-03",
  "tracestate": "ot=th:8,vendor=1",
  "baggage": "tier=gold"
}
JSON
cat >pass.py <<'PYTHON'
import json
from opentelemetry import context, propagate
from opentelemetry.sdk.trace import TracerProvider

context.attach(propagate.extract(json.load(open("headers.json"))))
out = {}
with TracerProvider().get_tracer("pass").start_as_current_span("serve"):
    propagate.inject(out)
print(json.dumps(out))
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit @opentelemetry/api@1.9.0 @opentelemetry/core@2.12.1 @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/propagator-aws-xray@3.0.0)
cat >node/pass.js <<'NODE'
const { ROOT_CONTEXT, trace, defaultTextMapGetter, defaultTextMapSetter } = require("@opentelemetry/api");
const { CompositePropagator, W3CTraceContextPropagator, W3CBaggagePropagator } = require("@opentelemetry/core");
const { BasicTracerProvider } = require("@opentelemetry/sdk-trace-base");
const { AWSXRayPropagator } = require("@opentelemetry/propagator-aws-xray");
const known = { tracecontext: W3CTraceContextPropagator, baggage: W3CBaggagePropagator, xray: AWSXRayPropagator };
const propagator = new CompositePropagator({ propagators: process.env.OTEL_PROPAGATORS.split(",").map((name) => new known[name]()) });
// Node.js gives headers' names in small letters.
const carrier = Object.fromEntries(Object.entries(require("../headers.json")).map(([name, value]) => [name.toLowerCase(), value]));
const context = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
const span = new BasicTracerProvider().getTracer("pass").startSpan("serve", {}, context);
const out = {};
propagator.inject(trace.setSpan(context, span), out, defaultTextMapSetter);
console.log(JSON.stringify(out));
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	known := map[string]propagation.TextMapPropagator{"tracecontext": propagation.TraceContext{}, "baggage": propagation.Baggage{}, "xray": xray.Propagator{}}
	var all []propagation.TextMapPropagator
	for _, name := range strings.Split(os.Getenv("OTEL_PROPAGATORS"), ",") {
		all = append(all, known[name])
	}
	propagator := propagation.NewCompositeTextMapPropagator(all...)
	text, _ := os.ReadFile("headers.json")
	read := map[string]string{}
	json.Unmarshal(text, &read)
	carrier := propagation.HeaderCarrier{}
	for key, value := range read {
		carrier.Set(key, value)
	}
	ctx := propagator.Extract(context.Background(), carrier)
	ctx, _ = sdk.NewTracerProvider().Tracer("pass").Start(ctx, "serve")
	out := propagation.MapCarrier{}
	propagator.Inject(ctx, out)
	line, _ := json.Marshal(out)
	fmt.Println(string(line))
}
GO
printf 'module pass\n\ngo 1.25\n' >go/go.mod
(cd go && go get go.opentelemetry.io/contrib/propagators/aws@v1.47.0 go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null && GOFLAGS=-mod=mod go build -o pass . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>pass</groupId><artifactId>pass</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.opentelemetry</groupId><artifactId>opentelemetry-sdk</artifactId><version>1.62.0</version></dependency>
    <dependency><groupId>io.opentelemetry.contrib</groupId><artifactId>opentelemetry-aws-xray-propagator</artifactId><version>1.57.0-alpha</version></dependency>
  </dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Pass.java <<'JAVA'
import io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.*;
import io.opentelemetry.contrib.awsxray.propagator.AwsXrayPropagator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

class Pass {
  public static void main(String[] none) throws Exception {
    var all = new ArrayList<TextMapPropagator>();
    for (String name : System.getenv("OTEL_PROPAGATORS").split(",")) {
      all.add(switch (name) {
        case "baggage" -> W3CBaggagePropagator.getInstance();
        case "xray" -> AwsXrayPropagator.getInstance();
        default -> W3CTraceContextPropagator.getInstance();
      });
    }
    var propagator = TextMapPropagator.composite(all);
    var read = new HashMap<String, String>();
    var pairs = Pattern.compile("\"([^\"]+)\": *\"([^\"]+)\"").matcher(Files.readString(Path.of("headers.json")));
    while (pairs.find()) read.put(pairs.group(1).toLowerCase(), pairs.group(2));
    var getter = new TextMapGetter<Map<String, String>>() {
      public Iterable<String> keys(Map<String, String> map) { return map.keySet(); }
      public String get(Map<String, String> map, String key) { return map.get(key.toLowerCase()); }
    };
    var context = propagator.extract(Context.root(), read, getter);
    var span = SdkTracerProvider.builder().build().get("pass").spanBuilder("serve").setParent(context).startSpan();
    var out = new TreeMap<String, String>();
    propagator.inject(context.with(span), out, (map, key, value) -> map.put(key, value));
    System.out.println(out);
  }
}
JAVA
run() { # run LANGUAGE
  case $1 in
    python) python/bin/python pass.py ;;
    node) node node/pass.js ;;
    go) go/pass ;;
    java) java -cp 'java/lib/*' java/Pass.java ;;
  esac 2>err
}
says() { # says PATTERN: whether the headers of the call have it
  grep -qE "$1" out && echo yes || echo no
}
failed=0
expect() { # expect ORDER LANGUAGE LINEAGE IN_BAGGAGE STATE FLAG
  OTEL_PROPAGATORS=$1 run "$2" >out || cat err
  grep -qi 'x-amzn-trace-id.*Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a' out && grep -q 'tier=gold' out || { echo "  the trace or the baggage is lost"; failed=1; }
  local seen="$(says 'Sampled=1;Lineage=') $(says '(baggage[^"]*[":=]+|,)Lineage=') $(says 'ot=th:8,vendor=1') $(says '00-5f84c7a1.*-03')"
  printf '%-28s %-8s %-8s %-12s %-11s %s\n' "$1" "$2" $seen
  [ "$seen" = "$3 $4 $5 $6" ] || { echo "  no longer as described: $3 $4 $5 $6"; failed=1; }
}
printf '%-28s %-8s %-8s %-12s %-11s %s\n' OTEL_PROPAGATORS language Lineage "in baggage" tracestate "random flag"
last=tracecontext,baggage,xray
expect $last python no no no no
expect $last node no no yes no
expect $last go no no no no
expect $last java yes yes yes no
first=xray,tracecontext,baggage
expect $first python no no yes yes
expect $first node no no yes no
expect $first go no no yes yes
expect $first java no no yes yes
echo "opentelemetry-propagator-aws-xray 1.0.2 (Python), propagator-aws-xray 3.0.0 (Node.js), propagators/aws 1.47.0 (Go),"
echo "opentelemetry-aws-xray-propagator 1.57.0-alpha (Java)"
exit $failed
