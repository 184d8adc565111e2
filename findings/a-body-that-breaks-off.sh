#!/usr/bin/env bash
# A back end breaks off in the middle of its answer: in Node.js the whole request is missing, in Go and Java the call was a fast 200.
#
# One expects: a call that ends by an error is a fault, and takes as long as the caller waited for it. Where a library has seen the status
# and goes on reading, the call goes on, too.
#
# What happens, where the head of the answer comes at once, half of the body with it, and the connection ends after a second: AWS's SDK for
# Python says what one expects (for `requests`). Those for Go and Java end the call with the head of the answer: 200, no fault, no time. That for
# Node.js waits for the end of the body, which never comes: the call stays open, so the segment around it is never sent, nor anything
# in it, though the service answered its own caller. Nothing is logged. Where the body does come to its end, the second counts in Python and
# Node.js and not in Go and Java. A time limit or an abort of one's own after the head is the same in Node.js.
#
# Why it matters: back ends that are killed, run out of memory or are cut off by a proxy do this. The requests that failed are not in the
# trace list of a Node.js service, which looks as if there had been fewer; in Go and Java a failed request points at a call that is
# green. And of one slow download the map shows seconds in two languages and a millisecond in the others.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_DAEMON_ADDRESS AWS_XRAY_CONTEXT_MISSING

# A back end that sends half of its answer and the other half a second later (/slow), or ends then (/cut); and X-Ray's daemon, which writes
# what it sees of the call: status, fault, whether it took the second.
cat >server.py <<'PYTHON'
import json, socket, threading, time


def answer(connection):
    path = connection.recv(65536).decode().split(" ")[1]
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\nConnection: close\r\n\r\n" + b"x" * 100)
    time.sleep(1)
    if path == "/slow":
        connection.sendall(b"x" * 100)
    connection.close()


def listen(back_end):
    while True:
        threading.Thread(target=answer, args=(back_end.accept()[0],), daemon=True).start()


back_end = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=listen, args=(back_end,), daemon=True).start()
daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
with open("ports", "w") as ports:
    ports.write(f"{back_end.getsockname()[1]} {daemon.getsockname()[1]}\n")
while True:
    segment = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
    for call in segment.get("subsegments", [{"start_time": 0, "end_time": 0}]):
        status = call.get("http", {}).get("response", {}).get("status", "no status")
        took = call["end_time"] - call["start_time"]
        with open("arrived", "a") as arrived:
            arrived.write(f"{status}{', fault' * call.get('fault', False)}, {'a second' if took > 0.8 else 'no time'}\n")
PYTHON
python3 server.py &
server=$!
until [ -s ports ]; do sleep 0.1; done
read -r back_end daemon <ports
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$daemon

# Each makes a segment with one call, reads the answer to its end, and says when it is done with it.
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 requests==2.32.5
cat >call.py <<'PYTHON'
import sys
from aws_xray_sdk.core import patch, xray_recorder

patch(["requests"])
import requests

xray_recorder.configure(service="shop", sampling=False)
with xray_recorder.in_segment("shop"):
    try:
        requests.get(sys.argv[1])
        print("read")
    except requests.RequestException:
        print("broke off")
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0)
cat >node/call.js <<'NODE'
const http = require("http");
const xray = require("aws-xray-sdk-core");
xray.captureHTTPsGlobal(http);
const segment = new xray.Segment("shop");
xray.getNamespace().run(async () => {
  xray.setSegment(segment);
  try {
    const answer = await new Promise((resolve, reject) => http.get(process.argv[2], resolve).on("error", reject));
    if (process.argv[3]) setTimeout(() => answer.destroy(), 100);
    for await (const _ of answer);
    console.log("read");
  } catch {
    console.log("broke off");
  }
  segment.close();
  // Long enough for whatever may come after the connection's end.
  setTimeout(() => process.exit(), 2000);
});
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	all, _ := sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version": 2, "default": {"fixed_target": 100, "rate": 1}, "rules": []}`))
	xray.Configure(xray.Config{SamplingStrategy: all})
	ctx, segment := xray.BeginSegment(context.Background(), "shop")
	request, _ := http.NewRequestWithContext(ctx, "GET", os.Args[1], nil)
	answer, err := xray.Client(nil).Do(request)
	if err == nil {
		_, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	segment.Close(nil)
	time.Sleep(500 * time.Millisecond)
	if err != nil {
		fmt.Println("broke off")
	} else {
		fmt.Println("read")
	}
}
GO
printf 'module call\n\ngo 1.25\n' >go/go.mod
(cd go && go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null && GOFLAGS=-mod=mod go build -o call . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>call</groupId><artifactId>call</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-apache-http</artifactId><version>2.20.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Call.java <<'JAVA'
import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.proxies.apache.http.HttpClientBuilder;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;
import java.io.IOException;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.util.EntityUtils;

class Call {
  public static void main(String[] arguments) throws Exception {
    AWSXRay.setGlobalRecorder(AWSXRayRecorderBuilder.standard().withSamplingStrategy(new AllSamplingStrategy()).build());
    AWSXRay.beginSegment("shop");
    var said = "read";
    try (var answer = HttpClientBuilder.create().build().execute(new HttpGet(arguments[0]))) {
      EntityUtils.toByteArray(answer.getEntity());
    } catch (IOException brokeOff) {
      said = "broke off";
    }
    AWSXRay.endSegment();
    Thread.sleep(300);
    System.out.println(said);
    System.exit(0);
  }
}
JAVA

run() { # run LANGUAGE URL
  case $1 in
    python) python/bin/python call.py "$2" ;;
    node) node node/call.js "$2" ;;
    node-gives-up) node node/call.js "$2" early ;;
    go) go/call "$2" ;;
    java) java -cp 'java/lib/*' java/Call.java "$2" ;;
  esac 2>>errors | tail -1
}
failed=0
expect() { # expect PATH LANGUAGE SAID SEEN: what the program says of the answer, and the call in the segment that arrives
  local said seen
  : >arrived
  said=$(run "$2" "http://127.0.0.1:$back_end$1")
  for _ in {1..20}; do [ -s arrived ] && break; sleep 0.1; done
  seen=$(cat arrived)
  printf '%-6s %-13s the service: %-10s the call in the trace: %s\n' "$1" "$2" "$said" "${seen:-no segment arrived}"
  [ "$said: ${seen:-nothing}" = "$3: $4" ] || { echo "  no longer as described: $3: $4"; failed=1; }
}
expect /slow python read "200, a second"
expect /slow node read "200, a second"
expect /slow go read "200, no time"
expect /slow java read "200, no time"
expect /cut python "broke off" "no status, fault, a second"
expect /cut node "broke off" nothing
expect /slow node-gives-up "broke off" nothing
expect /cut go "broke off" "200, no time"
expect /cut java "broke off" "200, no time"
echo "aws-xray-sdk 2.15.0 with requests 2.32.5 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go 2.0.3,"
echo "aws-xray-recorder-sdk-apache-http 2.20.0 (Java)"
exit $failed
