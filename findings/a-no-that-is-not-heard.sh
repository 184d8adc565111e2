#!/usr/bin/env bash
# A service's sampling rule says no, and the services behind it record the request all the same.
#
# One expects: `Sampled=0` goes on with the trace's ids, and whoever is called keeps to it: AWS's SDKs because they heed the header,
# OpenTelemetry's because their default sampler follows its parent.
#
# What happens: for a request that is not sampled AWS's SDKs for Python and Go pass on ids of zeros: Python's even where the caller sent an id with
# its own no, Go's then with that id and a parent of zeros. OpenTelemetry's propagators take either for no trace at all: the no is lost
# with it, and the default sampler records a new trace. Java's, by its client for Apache's HttpClient, passes on no decision at all, beside
# zeros: an AWS SDK behind it asks its own rules, and what they sample is all in the one trace of zeros. Node.js' passes on what one expects.
#
# Why it matters: a front end that samples 5 % has a back end that records the other 95 % too, each as a trace with no beginning, and X-Ray
# bills them. Requests that were sampled look right, so the cause seems to be in the back end. And log lines by trace id say zeros
# for most requests. AWS_XRAY_NOOP_ID=false (Python, Go) is what helps; Java's `withForcedTraceIdGeneration()` gives the id back, and not the no.
#
# Needs: python3 with venv, npm, go, a JDK with mvn, curl. Some three minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
processes=()
trap 'kill "${processes[@]}" 2>/dev/null || true; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_NOOP_ID OTEL_TRACES_SAMPLER OTEL_TRACES_SAMPLER_ARG
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:9
echo '{"version": 2, "rules": [], "default": {"fixed_target": 0, "rate": 0}}' >rules.json
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# The back end writes the header of each request to `header`.
cat >back.py <<'PYTHON'
import http.server, sys


class Back(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open("header", "w") as header:
            header.write(self.headers.get("X-Amzn-Trace-Id", "none"))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Back).serve_forever()
PYTHON

# A front end in each language: none of its requests is sampled, and each makes a call to the back end by the SDK's own client.
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 flask==3.1.3 requests==2.32.5 opentelemetry-sdk==1.44.0 opentelemetry-propagator-aws-xray==1.0.2
cat >front.py <<'PYTHON'
import json, sys
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

patch(["requests"])
import requests

xray_recorder.configure(service="shop", sampler=LocalSampler(json.load(open("rules.json"))))
app = Flask("shop")
XRayMiddleware(app, xray_recorder)
app.get("/")(lambda: requests.get(sys.argv[2]).text)
app.run("127.0.0.1", int(sys.argv[1]))
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0 aws-xray-sdk-express@3.12.0 express@5.1.0 \
  @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/propagator-aws-xray@3.0.0)
cat >node/front.js <<'NODE'
const http = require("http");
const AWSXRay = require("aws-xray-sdk-core");
const { openSegment, closeSegment } = require("aws-xray-sdk-express");
AWSXRay.middleware.disableCentralizedSampling();
AWSXRay.middleware.setSamplingRules("rules.json");
AWSXRay.captureHTTPsGlobal(http);
const app = require("express")();
app.use(openSegment("shop"));
app.get("/", (_, response) => http.get(process.argv[3], (answer) => answer.resume().on("end", () => response.send(""))));
app.use(closeSegment());
app.listen(Number(process.argv[2]), "127.0.0.1");
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	otel "go.opentelemetry.io/contrib/propagators/aws/xray"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func main() {
	if len(os.Args) == 2 {
		ctx := otel.Propagator{}.Extract(context.Background(), propagation.MapCarrier{"X-Amzn-Trace-Id": os.Args[1]})
		_, span := sdk.NewTracerProvider().Tracer("back").Start(ctx, "request")
		fmt.Println(span.IsRecording())
		return
	}
	rules, err := sampling.NewLocalizedStrategyFromFilePath("rules.json")
	if err != nil {
		panic(err)
	}
	xray.Configure(xray.Config{SamplingStrategy: rules})
	answer := http.HandlerFunc(func(_ http.ResponseWriter, asked *http.Request) {
		call, _ := http.NewRequestWithContext(asked.Context(), "GET", os.Args[2], nil)
		if answer, err := xray.Client(nil).Do(call); err == nil {
			answer.Body.Close()
		}
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], xray.Handler(xray.NewFixedSegmentNamer("shop"), answer)))
}
GO
printf 'module front\n\ngo 1.25\n' >go/go.mod
(cd go && go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 go.opentelemetry.io/contrib/propagators/aws@v1.47.0 go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null \
  && GOFLAGS=-mod=mod go build -o front . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>front</groupId><artifactId>front</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.20.0</version></dependency>
    <dependency><groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-apache-http</artifactId><version>2.20.0</version></dependency>
    <dependency><groupId>org.eclipse.jetty</groupId><artifactId>jetty-servlet</artifactId><version>9.4.57.v20241219</version></dependency>
    <dependency><groupId>io.opentelemetry</groupId><artifactId>opentelemetry-sdk</artifactId><version>1.62.0</version></dependency>
    <dependency><groupId>io.opentelemetry.contrib</groupId><artifactId>opentelemetry-aws-xray-propagator</artifactId><version>1.57.0-alpha</version></dependency>
  </dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Front.java <<'JAVA'
import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.javax.servlet.AWSXRayServletFilter;
import com.amazonaws.xray.proxies.apache.http.HttpClientBuilder;
import com.amazonaws.xray.strategy.sampling.LocalizedSamplingStrategy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.apache.http.client.methods.HttpGet;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;

class Front {
  public static void main(String[] arguments) throws Exception {
    var rules = new LocalizedSamplingStrategy(Path.of("rules.json").toUri().toURL());
    var builder = AWSXRayRecorderBuilder.standard().withSamplingStrategy(rules);
    AWSXRay.setGlobalRecorder(System.getenv("FORCED") == null ? builder.build() : builder.withForcedTraceIdGeneration().build());
    var client = HttpClientBuilder.create().build();
    var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    var handler = new ServletContextHandler();
    handler.addFilter(new FilterHolder(new AWSXRayServletFilter("shop")), "/*", EnumSet.of(DispatcherType.REQUEST));
    handler.addServlet(new ServletHolder(new HttpServlet() {
      @Override protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        client.execute(new HttpGet(arguments[1])).close();
      }
    }), "/");
    server.setHandler(handler);
    server.start();
    server.join();
  }
}
JAVA
javac -cp 'java/lib/*' -d java/front java/Front.java

# What OpenTelemetry makes of a header, by its propagator and its default sampler: each prints whether the request is recorded.
cat >back-otel.py <<'PYTHON'
import sys
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.sdk.trace import TracerProvider

context = AwsXRayPropagator().extract({"X-Amzn-Trace-Id": sys.argv[1]})
print(str(TracerProvider().get_tracer("back").start_span("request", context).is_recording()).lower())
PYTHON
# What AWS's SDK for Python makes of it, by a rule that samples all: the id of the trace that is recorded, or "none".
cat >back-aws.py <<'PYTHON'
import json, logging, socket, sys
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
daemon.settimeout(1)
all = LocalSampler({"version": 2, "rules": [], "default": {"fixed_target": 1, "rate": 1}})
xray_recorder.configure(service="back", sampler=all, daemon_address=f"127.0.0.1:{daemon.getsockname()[1]}")
app = Flask("back")
XRayMiddleware(app, xray_recorder)
app.get("/")(lambda: "")
app.test_client().get("/", headers={"X-Amzn-Trace-Id": sys.argv[1]})
try:
    print("Root=" + json.loads(daemon.recv(65536).split(b"\n", 1)[1])["trace_id"])
except TimeoutError:
    print("none")
PYTHON
cat >node/back.js <<'NODE'
const { ROOT_CONTEXT, defaultTextMapGetter } = require("@opentelemetry/api");
const { BasicTracerProvider } = require("@opentelemetry/sdk-trace-base");
const { AWSXRayPropagator } = require("@opentelemetry/propagator-aws-xray");
const context = new AWSXRayPropagator().extract(ROOT_CONTEXT, { "x-amzn-trace-id": process.argv[2] }, defaultTextMapGetter);
console.log(new BasicTracerProvider().getTracer("back").startSpan("request", {}, context).isRecording());
NODE
cat >java/Back.java <<'JAVA'
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.contrib.awsxray.propagator.AwsXrayPropagator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.Map;

class Back {
  public static void main(String[] arguments) {
    var getter = new TextMapGetter<Map<String, String>>() {
      public Iterable<String> keys(Map<String, String> map) { return map.keySet(); }
      public String get(Map<String, String> map, String key) { return map.get(key); }
    };
    var context = AwsXrayPropagator.getInstance().extract(Context.root(), Map.of("X-Amzn-Trace-Id", arguments[0]), getter);
    System.out.println(SdkTracerProvider.builder().build().get("back").spanBuilder("request").setParent(context).startSpan().isRecording());
  }
}
JAVA
javac -cp 'java/lib/*' -d java/back java/Back.java

back=$(port)
python3 back.py "$back" & processes+=($!)
declare -A front
start() { # start NAME COMMAND...: a front end at a port of its own
  front[$1]=$(port)
  "${@:2}" "${front[$1]}" "http://127.0.0.1:$back/" >"$1.log" 2>&1 & processes+=($!)
}
start python python/bin/python front.py
start node node node/front.js
start go go/front
start java java -cp 'java/lib/*:java/front' Front
start python-ids env AWS_XRAY_NOOP_ID=false python/bin/python front.py
start go-ids env AWS_XRAY_NOOP_ID=false go/front
start java-ids env FORCED=yes java -cp 'java/lib/*:java/front' Front
for name in "${!front[@]}"; do
  for _ in {1..300}; do curl --silent --output /dev/null "http://127.0.0.1:${front[$name]}/" && break; sleep 0.1; done
done

# Ids by what they are: zeros, the caller's, or new ones.
ids() { sed -E 's/Root=1-0{8}-0{24}/Root=ZEROS/; s/Parent=0{16}/Parent=ZEROS/; s/Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a/Root=CALLERS/; s/=(1-[0-9a-f]{8}-)?[0-9a-f]{16,24}/=NEW/g'; }
failed=0
expect() { # expect FRONT CALLER HEADER OTEL AWS: the header for the back end, and which SDKs record the request there
  local header otel= aws
  : >header
  curl --silent --output /dev/null ${2:+--header "X-Amzn-Trace-Id: $2"} "http://127.0.0.1:${front[$1]}/"
  header=$(cat header)
  [ "$(python/bin/python back-otel.py "$header")" = true ] && otel+=python,
  [ "$(node node/back.js "$header")" = true ] && otel+=node,
  [ "$(go/front "$header")" = true ] && otel+=go,
  [ "$(java -cp 'java/lib/*:java/back' Back "$header" 2>/dev/null)" = true ] && otel+=java,
  otel=${otel%,} aws=$(env -u AWS_XRAY_DAEMON_ADDRESS python/bin/python back-aws.py "$header" | ids) header=$(ids <<<"$header")
  printf '%-11s %-7s %-37s %-20s %s\n' "$1" "${2:+no}" "$header" "${otel:-none}" "$aws"
  [ "$header ${otel:-none} $aws" = "$3 $4 $5" ] || { echo "  no longer as described: $3 $4 $5"; failed=1; }
}
no="Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=0"
printf '%-11s %-7s %-37s %-20s %s\n' "not sampled" caller "to the back end" "OpenTelemetry records" "AWS's SDK records"
expect python "" "Root=ZEROS;Parent=ZEROS;Sampled=0" python,node,go,java none
expect python "$no" "Root=ZEROS;Parent=ZEROS;Sampled=0" python,node,go,java none
expect go "" "Root=ZEROS;Parent=ZEROS;Sampled=0" python,node,go,java none
expect go "$no" "Root=CALLERS;Parent=ZEROS;Sampled=0" python,node,go,java none
expect java "" "Root=ZEROS" python,node,go,java "Root=ZEROS"
expect java "$no" "Root=CALLERS" python,node,go,java "Root=CALLERS"
expect node "" "Root=NEW;Parent=NEW;Sampled=0" none none
expect node "$no" "Root=CALLERS;Parent=NEW;Sampled=0" none none
echo "with AWS_XRAY_NOOP_ID=false, and withForcedTraceIdGeneration"
expect python-ids "" "Root=NEW;Parent=NEW;Sampled=0" none none
expect go-ids "" "Root=NEW;Parent=NEW;Sampled=0" none none
expect java-ids "" "Root=NEW" python,node,go,java "Root=NEW"
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go 2.0.3, aws-xray-recorder-sdk 2.20.0 (Java); OpenTelemetry's"
echo "SDKs 1.44.0, 2.12.1, 1.47.0, 1.62.0, their propagators 1.0.2, 3.0.0, 1.47.0, 1.57.0-alpha (Python, Node.js, Go, Java)"
exit $failed
