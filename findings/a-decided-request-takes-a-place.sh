#!/usr/bin/env bash
# In Java a request that its caller has decided on takes the place of one that nobody has decided on.
#
# One expects: a sampling rule with a reservoir of one a second records one request in each second among those that this service has to decide on.
# Where the trace header says `Sampled=0` or `Sampled=1`, the caller has decided, and no rule is asked.
#
# What happens: in Python, Node.js and Go so. Java's servlet filter asks the rules first and reads the header then: the rule counts the request
# as one that it has matched and sampled, and its place in this second's reservoir is gone, while the header decides all the same.
#
# Why it matters: a service in Java behind another traced one, with some traffic of its own (a public endpoint, a queue, a cron job),
# records less of that than its rule promises, down to nothing where the rule is a reservoir alone. And what it reports to X-Ray, from which the
# quotas of all instances are made, has more sampled requests than there are traces.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
services=()
trap 'kill "${services[@]}" 2>/dev/null || true; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
# One request a second, and nothing beyond.
echo '{"version": 2, "rules": [], "default": {"fixed_target": 1, "rate": 0}}' >rules.json
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 flask==3.1.3
cat >service.py <<'PYTHON'
import json, sys
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

xray_recorder.configure(service="shop", sampler=LocalSampler(json.load(open("rules.json"))))
app = Flask("shop")
XRayMiddleware(app, xray_recorder)
app.get("/")(lambda: "")
app.run("127.0.0.1", int(sys.argv[1]))
PYTHON

mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0 aws-xray-sdk-express@3.12.0 express@5.1.0)
cat >node/service.js <<'NODE'
const AWSXRay = require("aws-xray-sdk-core");
const { openSegment, closeSegment } = require("aws-xray-sdk-express");
AWSXRay.middleware.disableCentralizedSampling();
AWSXRay.middleware.setSamplingRules("rules.json");
const app = require("express")();
app.use(openSegment("shop"));
app.get("/", (_, response) => response.send(""));
app.use(closeSegment());
app.listen(Number(process.argv[2]), "127.0.0.1");
NODE

mkdir go && cd go
cat >main.go <<'GO'
package main

import (
	"net/http"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	rules, err := sampling.NewLocalizedStrategyFromFilePath("rules.json")
	if err != nil {
		panic(err)
	}
	if err := xray.Configure(xray.Config{SamplingStrategy: rules}); err != nil {
		panic(err)
	}
	answer := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], xray.Handler(xray.NewFixedSegmentNamer("shop"), answer)))
}
GO
printf 'module place\n\ngo 1.24\n' >go.mod
go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null
GOFLAGS=-mod=mod go build -o service . 2>go.log
cd ..

mkdir java && cd java
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>place</groupId><artifactId>place</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.20.0</version></dependency>
    <dependency><groupId>org.eclipse.jetty</groupId><artifactId>jetty-servlet</artifactId><version>9.4.57.v20241219</version></dependency>
  </dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1
cat >Service.java <<'JAVA'
import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.javax.servlet.AWSXRayServletFilter;
import com.amazonaws.xray.strategy.sampling.LocalizedSamplingStrategy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import javax.servlet.DispatcherType;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;

class Service {
  public static void main(String[] arguments) throws Exception {
    var rules = new LocalizedSamplingStrategy(Path.of("rules.json").toUri().toURL());
    AWSXRay.setGlobalRecorder(AWSXRayRecorderBuilder.standard().withSamplingStrategy(rules).build());
    var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    var handler = new ServletContextHandler();
    handler.addFilter(new FilterHolder(new AWSXRayServletFilter("shop")), "/*", EnumSet.of(DispatcherType.REQUEST));
    handler.addServlet(new ServletHolder(new HttpServlet() {
      @Override protected void doGet(HttpServletRequest request, HttpServletResponse response) {}
    }), "/");
    server.setHandler(handler);
    server.start();
    server.join();
  }
}
JAVA
javac -cp 'lib/*' Service.java
cd ..

# Where segments arrive.
cat >ask.py <<'PYTHON'
import json, socket, sys, time, urllib.request

daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", int(sys.argv[1])))


def ask(port, header=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"X-Amzn-Trace-Id": header} if header else {})
    urllib.request.urlopen(request, timeout=10).read()


def segments(seconds):
    daemon.settimeout(seconds)
    count = 0
    try:
        while True:
            count += json.loads(daemon.recv(65536).split(b"\n", 1)[1])["name"] == "shop"
    except TimeoutError:
        return count


recorded = {}
for language, port in zip(("python", "node", "go", "java"), sys.argv[2:]):
    decided = "Root=1-6a9cb500-{:024x};Parent=53995c3f42cd8ad8;Sampled=0"
    for _ in range(300):
        try:
            ask(port, decided.format(1))
            break
        except OSError:
            time.sleep(0.1)
    segments(1)
    alone, behind = 0, 0
    for number in range(5):
        for is_behind in (False, True):
            # At the beginning of a second of the clock, and more than a second after the last request: some count by the one, some by the other.
            time.sleep(2 - time.time() % 1 + 0.05)
            if is_behind:
                ask(port, decided.format(number + 2))
            ask(port)
            count = segments(0.5)
            behind, alone = (behind + count, alone) if is_behind else (behind, alone + count)
    recorded[language] = (alone, behind)
    print(f"{language:8} of 5 undecided requests, each in a second of its own: {alone} recorded; each after one with Sampled=0: {behind}")
assert all(recorded[language] == (5, 5) for language in ("python", "node", "go")), recorded
assert recorded["java"] == (5, 0), recorded
PYTHON
daemon=$(port) ports=("$(port)" "$(port)" "$(port)" "$(port)")
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$daemon
python/bin/python service.py "${ports[0]}" >python.log 2>&1 & services+=($!)
node node/service.js "${ports[1]}" >node.log 2>&1 & services+=($!)
go/service "${ports[2]}" >go.out 2>&1 & services+=($!)
java -cp 'java/lib/*:java' Service "${ports[3]}" >java.log 2>&1 & services+=($!)
python3 ask.py "$daemon" "${ports[@]}"
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go v2.0.3, aws-xray-recorder-sdk-core 2.20.0 (Java): as described"
