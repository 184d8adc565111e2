#!/usr/bin/env bash
# One sampling ratio, and every language traces other requests.
#
# One expects: `traceidratio` decides by the trace id alone, so that services which all set OTEL_TRACES_SAMPLER_ARG=0.1 sample the
# same tenth of the traces, whatever language they are written in. X-Ray's ids suit that: 96 of their 128 bits are random.
#
# What happens: Python, Go and Rust read the id's last 64 bits as an unsigned number and agree on every id. Java reads them as a
# signed number and takes its absolute value: half of what it samples is what the others sample. Node.js combines the four words of
# the id by XOR, the one with the time included: its tenth has nothing to do with the others', and 1 % of the traces are in both.
#
# Why it matters: where the decision does not travel (a sampler without `parentbased_`, or a queue between two services that does not
# carry the header), the service map of a Node.js front end and a Python back end shows a tenth of each and hardly any
# trace that is whole. X-Ray's own sampling, or `parentbased_traceidratio` with the header passed on, does not have that.
#
# Needs: python3 with venv, npm, go, cargo, a JDK with mvn. Some three minutes, most of it downloads and one build.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"

# 2,000 ids as X-Ray makes them: seconds since 1970, and 96 random bits. The seed is fixed.
python3 - >ids <<'PYTHON'
import random
random.seed(7)
for number in range(2000):
    print(f"{1795910400 + number // 10:08x}{random.getrandbits(96):024x}")
PYTHON

python3 -m venv python
python/bin/pip install --quiet opentelemetry-sdk==1.44.0
python/bin/python - >python.txt <<'PYTHON'
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
sampler = TraceIdRatioBased(0.1)
for line in open("ids"):
    print(int(sampler.should_sample(None, int(line, 16), "request").decision.is_sampled()))
PYTHON

mkdir node && cd node
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/api@1.9.0
node - >../node.txt <<'NODE'
const { readFileSync } = require("node:fs");
const { TraceIdRatioBasedSampler, SamplingDecision } = require("@opentelemetry/sdk-trace-base");
const sampler = new TraceIdRatioBasedSampler(0.1);
for (const id of readFileSync("../ids", "utf8").trim().split("\n"))
  console.log(sampler.shouldSample(undefined, id).decision === SamplingDecision.RECORD_AND_SAMPLED ? 1 : 0);
NODE
cd ..

mkdir go && cd go
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"os"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	sampler := sdk.TraceIDRatioBased(0.1)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		id, err := trace.TraceIDFromHex(lines.Text())
		if err != nil {
			panic(err)
		}
		sampled := 0
		if sampler.ShouldSample(sdk.SamplingParameters{TraceID: id}).Decision == sdk.RecordAndSample {
			sampled = 1
		}
		fmt.Println(sampled)
	}
}
GO
printf 'module ratio\n\ngo 1.24\n' >go.mod
go get go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null
GOFLAGS=-mod=mod go run . <../ids >../go.txt 2>go.log
cd ..

mkdir -p rust/src && cd rust
cat >Cargo.toml <<'TOML'
[package]
name = "ratio"
version = "0.0.0"
edition = "2024"

[dependencies]
opentelemetry = { version = "=0.33.0", default-features = false, features = ["trace"] }
opentelemetry_sdk = { version = "=0.33.0", default-features = false, features = ["trace"] }

[workspace]
TOML
cat >src/main.rs <<'RUST'
use opentelemetry::trace::{SpanKind, TraceId};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};

fn main() {
    for line in std::io::stdin().lines() {
        let id = TraceId::from_hex(&line.expect("a line")).expect("an id");
        let result = Sampler::TraceIdRatioBased(0.1).should_sample(None, id, "request", &SpanKind::Server, &[], &[]);
        println!("{}", i32::from(result.decision == SamplingDecision::RecordAndSample));
    }
}
RUST
cargo run --quiet <../ids >../rust.txt
cd ..

mkdir java && cd java
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>ratio</groupId><artifactId>ratio</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>io.opentelemetry</groupId><artifactId>opentelemetry-sdk-trace</artifactId><version>1.62.0</version>
  </dependency></dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1
cat >Ratio.java <<'JAVA'
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class Ratio {
  public static void main(String[] arguments) throws Exception {
    Sampler sampler = Sampler.traceIdRatioBased(0.1);
    for (String id : Files.readAllLines(Path.of("../ids"))) {
      var decision = sampler.shouldSample(Context.root(), id, "request", SpanKind.SERVER, Attributes.empty(), List.of()).getDecision();
      System.out.println(decision == SamplingDecision.RECORD_AND_SAMPLE ? 1 : 0);
    }
  }
}
JAVA
java -cp 'lib/*' Ratio.java >../java.txt
cd ..

python3 - <<'PYTHON'
decisions = {}
for name in ("python", "go", "rust", "java", "node"):
    decisions[name] = {number for number, line in enumerate(open(f"{name}.txt")) if line.strip() == "1"}
print("of 2,000 ids at a ratio of 0.1: sampled, and how many of those by the other one too")
print(f"{'':8}" + "".join(f"{name:>8}" for name in decisions))
for name, ids in decisions.items():
    print(f"{name:8}" + "".join(f"{len(ids & other):8}" for other in decisions.values()))
assert decisions["python"] == decisions["go"] == decisions["rust"], "Python, Go and Rust no longer agree"
share = lambda other: len(decisions["python"] & decisions[other]) / len(decisions["python"])
assert 0.4 < share("java") < 0.6, "Java no longer samples half of what Python samples"
assert share("node") < 0.2, "Node.js no longer samples other traces than Python"
PYTHON
echo "opentelemetry-sdk 1.44.0 (Python), 1.47.0 (Go), 0.33.0 (Rust), 1.62.0 (Java), sdk-trace-base 2.12.1 (Node.js): as described"
