#!/usr/bin/env bash
# Four forms of X-Amzn-Trace-Id, nine readers, and only three of them continue the trace in each form.
#
# One expects: the header names a trace by its Root, and whoever reads it continues that trace. Parent and Sampled are optional: a load
# balancer adds Root alone, and Sampled=? asks whoever is called to decide. A space behind a semicolon means nothing.
#
# What happens: the propagators that OpenTelemetry has for this header, in five languages, all drop a Root that comes alone and begin
# another trace, as do Python's and Java's for Sampled=?, and Node's for both forms without a decision. Where a propagator keeps the trace, the
# missing decision reads as "not sampled", and a parent-based sampler, which is the default, records nothing. Go's and Rust's
# drop the trace because of a space. AWS's own SDKs continue it in each form but one: to Python's, a space costs parent and decision.
#
# Why it matters: the trace id in the load balancer's log is in no trace; a service behind one that asks it to decide is missing from the
# map in one language and a trace of its own in the next. No reader says anything: the request is served, and its trace is elsewhere.
#
# Needs: python3 with venv, npm, go, a JDK with mvn, cargo. Some three minutes, most of it downloads and builds.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"

root="Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a"
printf '%s\n' "$root" "$root;Parent=53995c3f42cd8ad8" "$root;Parent=53995c3f42cd8ad8;Sampled=?" \
  "$root; Parent=53995c3f42cd8ad8; Sampled=1" >headers

# Each reader prints a word for each header: what a service that uses it makes of the trace.
# "other": a trace of its own. "same": that trace, its parent (if there was one) and its decision (if there was one) kept.
# "unparented": that trace, but parent or decision are lost. "unrecorded": that trace, taken for not sampled.
mkdir python node go java rust

python3 -m venv python/venv
python/venv/bin/pip install --quiet aws-xray-sdk==2.15.0 opentelemetry-sdk==1.44.0 opentelemetry-propagator-aws-xray==1.0.2
cat >python/read.py <<'END'
import sys
from aws_xray_sdk.core.models.trace_header import TraceHeader
from opentelemetry import trace
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.sdk.trace import TracerProvider

tracer = TracerProvider().get_tracer("read")
words = {"sdk": [], "otel": []}
for line in open("headers").read().splitlines():
    header = TraceHeader.from_header_str(line)
    kept = ("Parent" not in line or header.parent) and ("Sampled" not in line or header.sampled is not None)
    words["sdk"].append("other" if header.root is None else "same" if kept else "unparented")
    context = AwsXRayPropagator().extract({"X-Amzn-Trace-Id": line})
    span = trace.get_current_span(context).get_span_context()
    is_recorded = tracer.start_span("request", context).is_recording()
    words["otel"].append("other" if not span.is_valid else "same" if is_recorded else "unrecorded")
for name in words:
    print("Python", name, *words[name])
END
python/venv/bin/python python/read.py >out

(cd node && npm init -y >/dev/null && npm install --silent aws-xray-sdk-core@3.12.0 @opentelemetry/api@1.9.1 @opentelemetry/propagator-aws-xray@2.2.0)
cat >node/read.js <<'END'
const { utils } = require("aws-xray-sdk-core");
const { ROOT_CONTEXT, trace, defaultTextMapGetter } = require("@opentelemetry/api");
const { AWSXRayPropagator } = require("@opentelemetry/propagator-aws-xray");
const words = { sdk: [], otel: [] };
for (const line of require("fs").readFileSync("headers", "utf8").trim().split("\n")) {
  const header = utils.processTraceData(line);
  const kept = (!line.includes("Parent") || header.parent) && (!line.includes("Sampled") || header.sampled);
  words.sdk.push(!header.root ? "other" : kept ? "same" : "unparented");
  const context = new AWSXRayPropagator().extract(ROOT_CONTEXT, { "x-amzn-trace-id": line }, defaultTextMapGetter);
  const span = trace.getSpanContext(context);
  words.otel.push(!span ? "other" : span.traceFlags & 1 ? "same" : "unrecorded");
}
for (const name in words) console.log("Node", name, ...words[name]);
END
node node/read.js >>out

cat >go/go.mod <<'END'
module read

go 1.25

require (
	github.com/aws/aws-xray-sdk-go/v2 v2.0.3
	go.opentelemetry.io/contrib/propagators/aws v1.47.0
	go.opentelemetry.io/otel v1.47.0
	go.opentelemetry.io/otel/trace v1.47.0
)
END
cat >go/main.go <<'END'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	text, _ := os.ReadFile("../headers")
	sdk, otel := "Go sdk", "Go otel"
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		read := header.FromString(line)
		parent := !strings.Contains(line, "Parent") || read.ParentID != ""
		decision := !strings.Contains(line, "Sampled") || read.SamplingDecision != header.Unknown
		switch {
		case read.TraceID == "":
			sdk += " other"
		case parent && decision:
			sdk += " same"
		default:
			sdk += " unparented"
		}
		carrier := propagation.MapCarrier{"X-Amzn-Trace-Id": line}
		span := trace.SpanContextFromContext(xray.Propagator{}.Extract(context.Background(), carrier))
		switch {
		case !span.IsValid():
			otel += " other"
		case span.IsSampled():
			otel += " same"
		default:
			otel += " unrecorded"
		}
	}
	fmt.Printf("%s\n%s\n", sdk, otel)
}
END
(cd go && GOFLAGS=-mod=mod GOPATH="$folder/gopath" go run . >>../out)

cat >java/pom.xml <<'END'
<project>
  <modelVersion>4.0.0</modelVersion><groupId>read</groupId><artifactId>read</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.19.0</version></dependency>
    <dependency><groupId>io.opentelemetry.contrib</groupId><artifactId>opentelemetry-aws-xray-propagator</artifactId><version>1.57.0-alpha</version></dependency>
  </dependencies>
</project>
END
cat >java/Read.java <<'END'
import com.amazonaws.xray.entities.TraceHeader;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.contrib.awsxray.propagator.AwsXrayPropagator;
import java.nio.file.*;
import java.util.*;

class Read {
    public static void main(String[] none) throws Exception {
        var getter = new TextMapGetter<Map<String, String>>() {
            public Iterable<String> keys(Map<String, String> map) { return map.keySet(); }
            public String get(Map<String, String> map, String key) { return map.get(key); }
        };
        String sdk = "Java sdk", otel = "Java otel";
        for (String line : Files.readAllLines(Path.of("headers"))) {
            var header = TraceHeader.fromString(line);
            boolean parent = !line.contains("Parent") || header.getParentId() != null;
            boolean decision = !line.contains("Sampled") || header.getSampled() != TraceHeader.SampleDecision.UNKNOWN;
            sdk += header.getRootTraceId() == null ? " other" : parent && decision ? " same" : " unparented";
            var context = AwsXrayPropagator.getInstance().extract(Context.root(), Map.of("X-Amzn-Trace-Id", line), getter);
            var span = Span.fromContext(context).getSpanContext();
            otel += !span.isValid() ? " other" : span.isSampled() ? " same" : " unrecorded";
        }
        System.out.println(sdk + "\n" + otel);
    }
}
END
(cd java && mvn --quiet --batch-mode dependency:build-classpath -Dmdep.outputFile=path >/dev/null)
java_path=$(cat java/path)
javac -cp "$java_path" -d java/classes java/Read.java
java -cp "java/classes:$java_path" Read >>out

mkdir rust/src
cat >rust/Cargo.toml <<'END'
[package]
name = "read"
version = "0.1.0"
edition = "2024"

[dependencies]
opentelemetry = "=0.33.1"
opentelemetry-aws = { version = "=0.21.0", features = ["trace"] }
END
cat >rust/src/main.rs <<'END'
use std::collections::HashMap;

use opentelemetry::{Context, propagation::TextMapPropagator, trace::TraceContextExt};
use opentelemetry_aws::trace::XrayPropagator;

fn main() {
    let mut words = String::from("Rust otel");
    for line in std::fs::read_to_string("headers").unwrap().lines() {
        let carrier = HashMap::from([("x-amzn-trace-id".to_owned(), line.to_owned())]);
        let context = XrayPropagator::default().extract_with_context(&Context::new(), &carrier);
        let span = context.span().span_context().clone();
        words += match (span.is_valid(), span.is_sampled()) {
            (false, _) => " other",
            (true, true) => " same",
            (true, false) => " unrecorded",
        };
    }
    println!("{words}");
}
END
cargo run --quiet --manifest-path rust/Cargo.toml >>out

cat >expected <<'END'
Python sdk same same same unparented
Python otel other unrecorded other same
Node sdk same same same same
Node otel other other other same
Go sdk same same same same
Go otel other unrecorded unrecorded other
Java sdk same same same same
Java otel other unrecorded other same
Rust otel other unrecorded unrecorded other
END
echo "aws-xray-sdk 2.15.0 (Python), 3.12.0 (Node), 2.0.3 (Go), 2.19.0 (Java); OpenTelemetry's propagators 1.0.2 (Python), 2.2.0 (Node),"
echo "1.47.0 (Go), 1.57.0-alpha (Java), opentelemetry-aws 0.21.0 (Rust)"
{ echo "language reader Root …;Parent …;Sampled=? spaced"; cat out; } | column -t
diff expected out && echo "as described"
