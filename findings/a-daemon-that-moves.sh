#!/usr/bin/env bash
# The daemon's name leads to another address, and services in Java and Go send to the old one for as long as they live.
#
# One expects: AWS_XRAY_DAEMON_ADDRESS takes a host name, so that the address behind it may change: a Service without a cluster IP, which is
# what AWS's chart for the daemon makes, is the addresses of its pods, and they are others after each rollout or new node.
#
# What happens: AWS's SDKs for Python and Node.js look the name up for each segment that they send, and follow at once. Java's and Go's
# look it up once, when the service starts. Datagrams to an address where nobody is any more are no error there: nothing is logged, and
# no counter says it.
#
# Why it matters: after an upgrade of the daemon the map loses the services of two languages, one after another as their nodes are
# replaced, until somebody restarts them. Sampling rules, which are asked for over HTTP, may go on arriving. A name whose address stays (a cluster IP with
# `internalTrafficPolicy: Local`, or the node's own address) has none of this.
#
# Needs: python3 with venv, npm, go, a JDK with mvn; Linux, with the right to make namespaces (`unshare`), as the name is one of a hosts file of
# its own. Some three minutes, one of which it waits.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"

# Each sends a segment a second for a minute.
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0
cat >service.py <<'PYTHON'
import time
from aws_xray_sdk.core import xray_recorder

xray_recorder.configure(service="python", sampling=False)
for _ in range(60):
    xray_recorder.begin_segment("python")
    xray_recorder.end_segment()
    time.sleep(1)
PYTHON

mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0)
cat >node/service.js <<'NODE'
const { Segment } = require("aws-xray-sdk-core");
let left = 60;
const timer = setInterval(() => {
  new Segment("node").close();
  if (--left === 0) clearInterval(timer);
}, 1000);
NODE

mkdir go && cd go
cat >main.go <<'GO'
package main

import (
	"context"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	all, err := sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version": 2, "default": {"fixed_target": 10, "rate": 1}, "rules": []}`))
	if err != nil {
		panic(err)
	}
	if err := xray.Configure(xray.Config{SamplingStrategy: all}); err != nil {
		panic(err)
	}
	for range 60 {
		_, segment := xray.BeginSegment(context.Background(), "go")
		segment.Close(nil)
		time.Sleep(time.Second)
	}
}
GO
printf 'module moves\n\ngo 1.24\n' >go.mod
go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null
GOFLAGS=-mod=mod go build -o service . 2>go.log
cd ..

mkdir java && cd java
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>moves</groupId><artifactId>moves</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.20.0</version>
  </dependency></dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1
cat >Service.java <<'JAVA'
import com.amazonaws.xray.AWSXRayRecorder;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;

class Service {
  public static void main(String[] arguments) throws Exception {
    AWSXRayRecorder recorder = AWSXRayRecorderBuilder.standard().withSamplingStrategy(new AllSamplingStrategy()).build();
    for (int left = 60; left > 0; left--) {
      recorder.beginSegment("java");
      recorder.endSegment();
      Thread.sleep(1000);
    }
  }
}
JAVA
javac -cp 'lib/*' Service.java
cd ..

# What arrives at each of two addresses: the second, the address, the name in the document.
cat >record.py <<'PYTHON'
import json, select, socket, sys, time

sockets = []
for address in ("127.0.0.2", "127.0.0.3"):
    sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sockets[-1].bind((address, 2000))
print("ready", file=sys.stderr, flush=True)
while True:
    for one in select.select(sockets, [], [])[0]:
        document = json.loads(one.recv(65536).split(b"\n", 1)[1])
        print(int(time.time()), one.getsockname()[0], document["name"], flush=True)
PYTHON

cat >run.sh <<'RUN'
set -euo pipefail
ip link set lo up
name() { printf '127.0.0.1 localhost\n%s daemon.example\n' "$1" >hosts; }
name 127.0.0.2
mount --bind hosts /etc/hosts
python3 record.py >arrived 2>ready &
recorder=$!
until grep -q ready ready; do :; done
export AWS_XRAY_DAEMON_ADDRESS=daemon.example:2000
python/bin/python service.py >python.log 2>&1 &
services=($!)
node node/service.js >node.log 2>&1 &
services+=($!)
go/service >go.out 2>&1 &
services+=($!)
java -cp 'java/lib/*:java' Service >java.log 2>&1 &
services+=($!)
until [ "$(cut -d' ' -f3 arrived | sort -u | wc -l)" = 4 ]; do sleep 1; done
sleep 5
name 127.0.0.3
date +%s >moved
wait "${services[@]}"
kill $recorder
RUN
unshare --user --map-root-user --net --mount --pid --fork --kill-child --mount-proc bash run.sh

python3 - <<'PYTHON'
moved = int(open("moved").read())
before, after = {}, {}
for line in open("arrived"):
    second, address, name = line.split()
    # A JVM keeps what it has looked up for half a minute, Go's resolver for five seconds: after 35 nothing is kept any more.
    if int(second) < moved:
        before.setdefault(name, set()).add(address)
    elif int(second) > moved + 35:
        after.setdefault(name, set()).add(address)
print("35 seconds after daemon.example became 127.0.0.3")
for name in ("python", "node", "go", "java"):
    print(f"  {name:8} sends to {', '.join(sorted(after[name]))}")
assert set(before) == {"python", "node", "go", "java"} and all(to == {"127.0.0.2"} for to in before.values()), before
assert all(after[name] == {"127.0.0.3"} for name in ("python", "node")), "Python or Node.js no longer follow"
assert all(after[name] == {"127.0.0.2"} for name in ("go", "java")), "Go or Java now follow"
PYTHON
! grep -il "error\|exception" go.out java.log || { echo "Go or Java now say something"; exit 1; }
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go v2.0.3, aws-xray-recorder-sdk-core 2.20.0 (Java): as described"
