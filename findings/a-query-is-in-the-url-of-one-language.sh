#!/usr/bin/env bash
# A request with a query: in Node.js the query is in the trace, and a rule for the path is not for the request.
#
# One expects: a sampling rule with the URL path `/health` is for each request to `/health`, as X-Ray's reference says: "the path from a request
# URL". And AWS's SDKs leave queries out of the URLs that they record, as they do for calls to others.
#
# What happens: in Python (Flask), Go and Java so. Node.js takes all that the request line has for the path: `/health?full=1` is not
# `/health`, so the request is recorded; and `http.request.url` of the segment has the whole query. The URL of a call that the same
# service makes has none.
#
# Why it matters: the probes that a rule of rate 0 is there to drop are recorded and billed once they have a parameter. Tokens of sign-in
# links and callbacks, e-mail addresses and search words are in X-Ray, for all who may read traces there, from the services in one language. And
# each other value is another URL to X-Ray's analytics, so that a filter `http.url = …` or a table by URL finds one request of each.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
services=()
trap 'kill "${services[@]}" 2>/dev/null || true; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
# None of /health, and all others.
cat >rules.json <<'JSON'
{
  "version": 2,
  "rules": [{"host": "*", "http_method": "*", "url_path": "/health", "fixed_target": 0, "rate": 0}],
  "default": {"fixed_target": 1, "rate": 1}
}
JSON
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
app.get("/<path:path>")(lambda path: "")
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
app.use((_, response) => response.send(""));
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
printf 'module query\n\ngo 1.24\n' >go.mod
go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null
GOFLAGS=-mod=mod go build -o service . 2>go.log
cd ..

mkdir java && cd java
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>query</groupId><artifactId>query</artifactId><version>1</version>
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


def ask(port, target):
    urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=10).read()


def urls():
    """The paths, with all that follows, of the segments that arrive until nothing comes for a second."""
    daemon.settimeout(1)
    found = []
    try:
        while True:
            document = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
            found.append(document["http"]["request"]["url"].split("/", 3)[3])
    except TimeoutError:
        return found


found = {}
for language, port in zip(("python", "node", "go", "java"), sys.argv[2:]):
    for _ in range(300):
        try:
            ask(port, "/health")
            break
        except OSError:
            time.sleep(0.1)
    urls()
    for target in ("/health", "/health?full=1", "/sign-in?token=8f14e45f"):
        ask(port, target)
    found[language] = urls()
    print(f"{language:8} of /health, /health?full=1, /sign-in?token=8f14e45f recorded: {', '.join(found[language])}")
assert all(found[language] == ["sign-in"] for language in ("python", "go", "java")), found
assert found["node"] == ["health?full=1", "sign-in?token=8f14e45f"], found
PYTHON
daemon=$(port) ports=("$(port)" "$(port)" "$(port)" "$(port)")
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$daemon
python/bin/python service.py "${ports[0]}" >python.log 2>&1 & services+=($!)
node node/service.js "${ports[1]}" >node.log 2>&1 & services+=($!)
go/service "${ports[2]}" >go.out 2>&1 & services+=($!)
java -cp 'java/lib/*:java' Service "${ports[3]}" >java.log 2>&1 & services+=($!)
python3 ask.py "$daemon" "${ports[@]}"
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go v2.0.3, aws-xray-recorder-sdk-core 2.20.0 (Java): as described"
