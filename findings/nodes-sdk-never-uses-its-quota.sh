#!/usr/bin/env bash
# X-Ray grants a Node.js service ten sampled requests a second, and AWS's SDK takes one.
#
# One expects: a sampling rule has a reservoir, so many requests a second for the whole fleet. Each instance reports every ten seconds,
# is granted its share of it until a time, and samples that many. The answer says the time as X-Ray's API says every time: a number of
# seconds since 1970.
#
# What happens: Node's SDK takes that number for milliseconds, and the share is over in January 1970. It goes on borrowing, one request
# a second for each instance, whatever was granted, and reports none of it as sampled. Nothing is logged. Python's takes its ten.
#
# Why it matters: a rule "fifty a second, and nothing beyond" gives the traces that it promises in one language and a fiftieth in another.
# Who raises the reservoir of a quiet Node.js service sees no trace more; a higher rate, which is heeded, is what helps.
#
# Needs: python3 with venv, npm. Two minutes, as one instance after another reports and samples for 25 seconds.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; rm -rf "$folder"' EXIT
cd "$folder"

# What stands where the daemon would: one rule for all requests (a reservoir of ten, a rate of 0), and ten a second for whoever reports.
cat >daemon.py <<'END'
import http.server
import json
import time

rule = {"RuleName": "Default", "ResourceARN": "*", "Priority": 10000, "FixedRate": 0.0, "ReservoirSize": 10, "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": {}}


class Daemon(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "SamplingRules" in self.path:
            answer = {"SamplingRuleRecords": [{"SamplingRule": rule, "CreatedAt": 1.6e9, "ModifiedAt": 1.6e9}]}
        else:
            reports = json.loads(body)["SamplingStatisticsDocuments"]
            until = time.time() + 60
            answer = {"LastRuleModification": 1.6e9, "UnprocessedStatistics": [], "SamplingTargetDocuments": [
                {"RuleName": report["RuleName"], "FixedRate": 0.0, "ReservoirQuota": 10, "ReservoirQuotaTTL": until, "Interval": 10}
                for report in reports]}
        answer = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Daemon)
print(server.server_port, flush=True)
server.serve_forever()
END
python3 daemon.py >port &
daemon=$!
until [ -s port ]; do sleep 0.1; done
port=$(cat port)

# Each asks twenty times a second for 25 seconds. Printed is how many of the last ten seconds' requests were sampled.
npm init -y >/dev/null
npm install --silent aws-xray-sdk-core@3.12.0
cat >sample.js <<'END'
const sampler = require("aws-xray-sdk-core/dist/lib/middleware/sampling/default_sampler");
sampler.start();
const begin = Date.now();
let sampled = 0;
setInterval(() => {
  const seconds = (Date.now() - begin) / 1000;
  if (seconds >= 25) {
    console.log(sampled);
    process.exit();
  }
  const request = { serviceName: "shop", host: "shop", httpMethod: "GET", urlPath: "/" };
  if (sampler.shouldSample(request) && seconds >= 15) sampled += 1;
}, 50);
END
node=$(AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$port node sample.js)

python3 -m venv venv
venv/bin/pip install --quiet aws-xray-sdk==2.15.0
cat >sample.py <<'END'
import sys
import time

from aws_xray_sdk.core import xray_recorder

xray_recorder.configure(daemon_address=f"127.0.0.1:{sys.argv[1]}")
sampler = xray_recorder.sampler
sampler.start()
begin = time.monotonic()
sampled = 0
while (seconds := time.monotonic() - begin) < 25:
    if sampler.should_trace({"service": "shop", "host": "shop", "method": "GET", "path": "/"}) and seconds >= 15:
        sampled += 1
    time.sleep(0.05)
print(sampled)
END
python=$(AWS_DEFAULT_REGION=us-east-1 venv/bin/python sample.py "$port")

echo "granted for ten seconds: 100"
echo "aws-xray-sdk 2.15.0 (Python) sampled $python"
echo "aws-xray-sdk-core 3.12.0 (Node.js) sampled $node"
# A second begins and ends within the ten, and a busy machine is late.
[ "$python" -ge 70 ] && [ "$node" -le 12 ] && [ "$node" -ge 8 ] && echo "as described"
