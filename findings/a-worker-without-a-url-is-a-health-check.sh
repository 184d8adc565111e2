#!/usr/bin/env bash
# A rule that drops health checks drops the jobs of every worker in Python and Go.
#
# One expects: a sampling rule for the path `/health` is for requests to that path. A worker that takes jobs from a queue has no request, so no
# path, no method and no host: its jobs are for the rule that is for everything, `Default`.
#
# What happens: AWS's SDKs for Python and Go leave out of the comparison what the asker does not have: a segment without a path agrees with
# any path, one without a method with any method. The first rule in the order of priorities that names the service, or all services, is
# the one for the job. Java's SDK compares, and goes on to `Default`; but only `beginSegmentWithSampling` asks at all. Its `beginSegment` asks
# no rule, and neither does a `Segment` in Node.js: both record every job.
#
# Why it matters: "none of /health" is the first rule that a team writes, and with it workers in two languages are gone from the map, while
# those in the two others are recorded to the last job, whatever the rules say. X-Ray's statistics count the jobs under the rule for health
# checks. What helps is a rule for the worker's service name with a smaller priority number.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some two minutes, most of it downloads.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1
unset AWS_XRAY_DAEMON_ADDRESS AWS_XRAY_CONTEXT_MISSING

# What stands where the daemon would: it answers with the rules in the file `rules`.
cat >daemon.py <<'PYTHON'
import http.server, json

common = {"ResourceARN": "*", "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": {}}


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = {"SamplingTargetDocuments": [], "UnprocessedStatistics": [], "LastRuleModification": 1.6e9}
        if "SamplingRules" in self.path:
            rules = json.load(open("rules"))
            answer = {"SamplingRuleRecords": [{"SamplingRule": common | rule, "CreatedAt": 1.6e9, "ModifiedAt": 1.6e9} for rule in rules]}
        answer = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Daemon)
with open("port", "w") as port:
    port.write(f"{server.server_port}\n")
server.serve_forever()
PYTHON
python3 daemon.py &
daemon=$!
until [ -s port ]; do sleep 0.1; done
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$(cat port)

# Each does 60 jobs in six seconds, and says how many of the last 30, long after the rules have come, are sampled.
python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0
cat >work.py <<'PYTHON'
import time
from aws_xray_sdk.core import xray_recorder

sampled = 0
for number in range(60):
    segment = xray_recorder.begin_segment("worker")
    sampled += number >= 30 and segment.sampled
    xray_recorder.end_segment()
    time.sleep(0.1)
print(sampled)
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0)
cat >node/work.js <<'NODE'
const { Segment } = require("aws-xray-sdk-core");
let number = 0;
let sampled = 0;
const timer = setInterval(() => {
  const segment = new Segment("worker");
  if (number >= 30 && !segment.notTraced) sampled += 1;
  segment.close();
  if (++number < 60) return;
  clearInterval(timer);
  console.log(sampled);
}, 100);
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	xray.Configure(xray.Config{LogLevel: "error"})
	sampled := 0
	for number := range 60 {
		_, segment := xray.BeginSegment(context.Background(), "worker")
		if number >= 30 && segment.Sampled {
			sampled++
		}
		segment.Close(nil)
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Println(sampled)
}
GO
printf 'module jobs\n\ngo 1.25\n' >go/go.mod
(cd go && go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 2>/dev/null && GOFLAGS=-mod=mod go build -o work . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>work</groupId><artifactId>work</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-core</artifactId><version>2.20.0</version>
  </dependency></dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Work.java <<'JAVA'
import com.amazonaws.xray.AWSXRay;

class Work {
  public static void main(String[] arguments) throws Exception {
    int sampled = 0;
    for (int number = 0; number < 60; number++) {
      var segment = arguments[0].equals("asks") ? AWSXRay.beginSegmentWithSampling("worker") : AWSXRay.beginSegment("worker");
      if (number >= 30 && segment.isSampled()) sampled++;
      AWSXRay.endSegment();
      Thread.sleep(100);
    }
    System.out.println(sampled);
    System.exit(0);
  }
}
JAVA

run() { # run LANGUAGE
  case $1 in
    python) python/bin/python work.py ;;
    node) node node/work.js ;;
    go) go/work ;;
    java) java -cp 'java/lib/*' java/Work.java begins ;;
    java-asks) java -cp 'java/lib/*' java/Work.java asks ;;
  esac 2>>said | tail -1
}
all='{"RuleName": "Default", "Priority": 10000, "FixedRate": 1, "ReservoirSize": 1}'
failed=0
expect() { # expect RULE LANGUAGE SAMPLED: of 30 jobs, by that rule and one that samples everything behind it
  local seen
  printf '[{"RuleName": "none", "Priority": 1, "FixedRate": 0, "ReservoirSize": 0, %s}, %s]' "$1" "$all" >rules
  seen=$(run "$2")
  printf '%-27s %-10s sampled: %2d of 30\n' "$1" "$2" "$seen"
  [ "$seen" = "$3" ] || { echo "  no longer as described: $3"; failed=1; }
}
for rule in '"URLPath": "/health"' '"HTTPMethod": "OPTIONS"'; do
  expect "$rule" python 0
  expect "$rule" go 0
  expect "$rule" java-asks 30
done
expect '"ServiceName": "other"' python 30
expect '"ServiceName": "other"' go 30
expect '"ServiceName": "worker"' java-asks 0
expect '"ServiceName": "worker"' java 30
expect '"ServiceName": "worker"' node 30
echo "aws-xray-sdk 2.15.0 (Python), aws-xray-sdk-core 3.12.0 (Node.js), aws-xray-sdk-go 2.0.3, aws-xray-recorder-sdk-core 2.20.0 (Java)"
exit $failed
