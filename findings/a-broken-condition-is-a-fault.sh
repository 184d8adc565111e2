#!/usr/bin/env bash
# DynamoDB says 400 to a condition that does not hold, and three of AWS's four SDKs make it a fault.
#
# One expects: X-Ray has three flags, and says what they mean: `error` for an answer of 400 to 499, `throttle` besides where the caller was
# too fast, `fault` for 500 to 599. A conditional write that finds its condition broken is answered 400, as is one too many a second.
#
# What happens: Java's SDK does that. Those for Python, Node.js and Go see that the call returned an error, whatever its status, and add `fault`
# to the `error`. And a write beyond the table's throughput is a throttle in Java and in Node.js; in Python and Go it has the same flags as
# the broken condition. The status is 400 in all of them.
#
# Why it matters: optimistic locking and "insert unless it is there" break their condition by design. Of a service in Python the map shows
# the table in red where one in Java shows it in yellow; alarms and insights on faults count those writes, filters like `fault` and
# `throttle` find different requests by the language, and a team that rewrites a service sees a table become healthy.
#
# Needs: python3 with venv, npm, go, a JDK with mvn. Some four minutes, most of it downloads and one build.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_MAX_ATTEMPTS=1
unset AWS_XRAY_DAEMON_ADDRESS

# DynamoDB, which refuses every request by the error that is in the file `error`, and X-Ray's daemon, which writes each call's flags.
cat >server.py <<'PYTHON'
import http.server, json, socket, threading, zlib


class DynamoDB(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        error = open("error").read().strip()
        body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{error}", "message": "no"}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.send_header("x-amz-crc32", str(zlib.crc32(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


dynamodb = http.server.ThreadingHTTPServer(("127.0.0.1", 0), DynamoDB)
threading.Thread(target=dynamodb.serve_forever, daemon=True).start()
daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
with open("ports", "w") as ports:
    ports.write(f"{dynamodb.server_port} {daemon.getsockname()[1]}\n")


def calls(document):
    if document.get("namespace") == "aws":
        yield document
    for part in document.get("subsegments", []):
        yield from calls(part)


while True:
    document = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
    for call in calls(document):
        flags = [flag for flag in ("error", "throttle", "fault") if call.get(flag)]
        with open("arrived", "a") as arrived:
            arrived.write(" ".join([str(call["http"]["response"]["status"])] + flags) + "\n")
PYTHON
python3 server.py &
server=$!
until [ -s ports ]; do sleep 0.1; done
read -r dynamodb daemon <ports
export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:$dynamodb AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$daemon

python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 boto3==1.43.8
cat >call.py <<'PYTHON'
import boto3
from aws_xray_sdk.core import patch, xray_recorder

xray_recorder.configure(sampling=False)
patch(["botocore"])
with xray_recorder.in_segment("shop"):
    try:
        boto3.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "1"}})
    except Exception:
        pass
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0 @aws-sdk/client-dynamodb@3.1169.0)
cat >node/call.js <<'NODE'
const xray = require("aws-xray-sdk-core");
const { DynamoDBClient, PutItemCommand } = require("@aws-sdk/client-dynamodb");
const segment = new xray.Segment("shop");
xray.getNamespace().run(async () => {
  xray.setSegment(segment);
  const client = xray.captureAWSv3Client(new DynamoDBClient({}));
  await client.send(new PutItemCommand({ TableName: "orders", Item: { id: { S: "1" } } })).catch(() => {});
  segment.close();
});
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func main() {
	all, _ := sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version":2,"default":{"fixed_target":100,"rate":1},"rules":[]}`))
	xray.Configure(xray.Config{SamplingStrategy: all, LogLevel: "error"})
	ctx, segment := xray.BeginSegment(context.Background(), "shop")
	settings, _ := config.LoadDefaultConfig(ctx)
	awsv2.AWSV2Instrumentor(&settings.APIOptions)
	table := "orders"
	item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "1"}}
	dynamodb.NewFromConfig(settings).PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
	segment.Close(nil)
	time.Sleep(500 * time.Millisecond)
}
GO
printf 'module call\n\ngo 1.25\n' >go/go.mod
(cd go && go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 github.com/aws/aws-sdk-go-v2/config@v1.33.18 \
  github.com/aws/aws-sdk-go-v2/service/dynamodb@v1.74.0 2>/dev/null && GOFLAGS=-mod=mod go build -o call . 2>build.log)
mkdir java
cat >java/pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>call</groupId><artifactId>call</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.amazonaws</groupId><artifactId>aws-xray-recorder-sdk-aws-sdk-v2</artifactId><version>2.19.0</version></dependency>
    <dependency><groupId>software.amazon.awssdk</groupId><artifactId>dynamodb</artifactId><version>2.31.0</version></dependency>
    <dependency><groupId>software.amazon.awssdk</groupId><artifactId>aws-core</artifactId><version>2.31.0</version></dependency>
    <dependency><groupId>software.amazon.awssdk</groupId><artifactId>url-connection-client</artifactId><version>2.31.0</version></dependency>
  </dependencies>
</project>
XML
(cd java && mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >mvn.log 2>&1)
cat >java/Call.java <<'JAVA'
import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.interceptors.TracingInterceptor;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;
import java.net.URI;
import java.util.Map;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class Call {
  public static void main(String[] none) throws Exception {
    AWSXRay.setGlobalRecorder(AWSXRayRecorderBuilder.standard().withSamplingStrategy(new AllSamplingStrategy()).build());
    AWSXRay.beginSegment("shop");
    var client = DynamoDbClient.builder().endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL_DYNAMODB")))
        .httpClient(UrlConnectionHttpClient.create()).overrideConfiguration(o -> o.addExecutionInterceptor(new TracingInterceptor())).build();
    try {
      client.putItem(request -> request.tableName("orders").item(Map.of("id", AttributeValue.fromS("1"))));
    } catch (Exception refused) {
    }
    AWSXRay.endSegment();
    Thread.sleep(300);
    System.exit(0);
  }
}
JAVA
run() { # run LANGUAGE
  case $1 in
    python) python/bin/python call.py ;;
    node) node node/call.js ;;
    go) go/call ;;
    java) java -cp 'java/lib/*' java/Call.java ;;
  esac >said 2>&1
}
failed=0
expect() { # expect ERROR LANGUAGE FLAGS: the call's status and flags, as its segment arrives within three seconds
  local seen
  echo "$1" >error
  : >arrived
  run "$2" || cat said
  for _ in {1..30}; do [ -s arrived ] && break; sleep 0.1; done
  seen=$(cat arrived)
  printf '%-38s %-7s %s\n' "$1" "$2" "$seen"
  [ "$seen" = "$3" ] || { echo "  no longer as described: $3"; failed=1; }
}
expect ConditionalCheckFailedException python "400 error fault"
expect ConditionalCheckFailedException node "400 error fault"
expect ConditionalCheckFailedException go "400 error fault"
expect ConditionalCheckFailedException java "400 error"
expect ProvisionedThroughputExceededException python "400 error fault"
expect ProvisionedThroughputExceededException node "400 error throttle fault"
expect ProvisionedThroughputExceededException go "400 error fault"
expect ProvisionedThroughputExceededException java "400 error throttle"
echo "aws-xray-sdk 2.15.0 with boto3 1.43.8 (Python), aws-xray-sdk-core 3.12.0 with client-dynamodb 3.1169.0 (Node.js),"
echo "aws-xray-sdk-go 2.0.3 with dynamodb 1.74.0 (Go), aws-xray-recorder-sdk-aws-sdk-v2 2.19.0 with dynamodb 2.31.0 (Java)"
exit $failed
