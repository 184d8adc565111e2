#!/usr/bin/env bash
# A presigned URL is made without asking S3, and the trace shows a call to S3 that was answered 200.
#
# One expects: to presign is arithmetic on the caller's side; nothing is sent, so there is no call in the trace. If there is anything, it
# is marked as what it is.
#
# What happens: AWS's SDKs for Node.js and Go, and OpenTelemetry's instrumentation for Go, hang on the AWS client's steps, which presigning goes
# through up to the signature. Each makes a call `S3` `GetObject` of it; in Node.js it has a status, 200, and a number of retries. Python's
# client presigns apart from its calls, and its trace has nothing of it, nor has that of OpenTelemetry's instrumentation for Node.js.
#
# Why it matters: a service that lists a thousand objects with links has a thousand calls to S3 in one trace, each of them short and
# well; the map's mean time for S3 falls with them, and so does its share of faults: a bucket that refuses all that is really sent looks
# mostly well. Whether the object was ever fetched, and that it was refused to the browser, is in no trace.
#
# Needs: python3 with venv, npm, go. Some two minutes, most of it downloads and two builds.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap '[ -z "$daemon" ] || kill "$daemon"; chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
unset AWS_XRAY_DAEMON_ADDRESS AWS_XRAY_CONTEXT_MISSING

# X-Ray's daemon, which writes the AWS calls of each segment. What AWS would be is a port on which nobody listens: nothing is sent.
cat >daemon.py <<'PYTHON'
import json, socket

daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
daemon.bind(("127.0.0.1", 0))
with open("port", "w") as port:
    port.write(f"{daemon.getsockname()[1]}\n")
while True:
    segment = json.loads(daemon.recv(65536).split(b"\n", 1)[1])
    calls = []
    for call in segment.get("subsegments", []):
        status = call.get("http", {}).get("response", {}).get("status", "no status")
        flags = "".join(f" {flag}" for flag in ("error", "fault") if call.get(flag))
        calls.append(f"{call['namespace']} {call['aws']['operation']} {status}{flags}")
    with open("arrived", "a") as arrived:
        arrived.write((", ".join(calls) or "no call") + "\n")
PYTHON
python3 daemon.py &
daemon=$!
until [ -s port ]; do sleep 0.1; done
export AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:$(cat port) AWS_ENDPOINT_URL_S3=http://127.0.0.1:9
export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none

python3 -m venv python
python/bin/pip install --quiet aws-xray-sdk==2.15.0 boto3==1.43.8
cat >sign.py <<'PYTHON'
import boto3
from aws_xray_sdk.core import patch, xray_recorder

xray_recorder.configure(sampling=False)
patch(["botocore"])
with xray_recorder.in_segment("shop"):
    print(boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "1"}))
PYTHON
mkdir node
(cd node && npm init --yes >/dev/null && npm install --silent --no-fund --no-audit aws-xray-sdk-core@3.12.0 @aws-sdk/client-s3@3.1169.0 \
  @aws-sdk/s3-request-presigner@3.1169.0 @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/instrumentation@0.223.0 \
  @opentelemetry/instrumentation-aws-sdk@0.78.0)
cat >node/sign.js <<'NODE'
const xray = require("aws-xray-sdk-core");
const { S3Client, GetObjectCommand } = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
const segment = new xray.Segment("shop");
xray.getNamespace().run(async () => {
  xray.setSegment(segment);
  console.log(await getSignedUrl(xray.captureAWSv3Client(new S3Client({})), new GetObjectCommand({ Bucket: "photos", Key: "1" })));
  segment.close();
});
NODE
cat >node/sign-otel.js <<'NODE'
const { BasicTracerProvider } = require("@opentelemetry/sdk-trace-base");
const { registerInstrumentations } = require("@opentelemetry/instrumentation");
const { AwsInstrumentation } = require("@opentelemetry/instrumentation-aws-sdk");
const ended = [];
const keep = { onStart() {}, onEnd: (span) => ended.push(span), forceFlush: async () => {}, shutdown: async () => {} };
registerInstrumentations({ instrumentations: [new AwsInstrumentation()], tracerProvider: new BasicTracerProvider({ spanProcessors: [keep] }) });
const { S3Client, GetObjectCommand } = require("@aws-sdk/client-s3");
const { getSignedUrl } = require("@aws-sdk/s3-request-presigner");
(async () => {
  const client = new S3Client({ maxAttempts: 1 });
  const command = new GetObjectCommand({ Bucket: "photos", Key: "1" });
  console.log(await getSignedUrl(client, command));
  const signed = ended.length;
  await client.send(command).catch(() => {});
  require("fs").appendFileSync("arrived", ended.length === signed ? "not instrumented\n" : signed ? "a call\n" : "no call\n");
})();
NODE
mkdir go
cat >go/main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-xray-sdk-go/v2/instrumentation/awsv2"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func sign(ctx context.Context, client *s3.Client) {
	bucket, key := "photos", "1"
	signed, err := s3.NewPresignClient(client).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		panic(err)
	}
	fmt.Println(signed.URL)
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	if os.Args[1] == "otel" {
		spans := tracetest.NewSpanRecorder()
		otelaws.AppendMiddlewares(&settings.APIOptions, otelaws.WithTracerProvider(sdk.NewTracerProvider(sdk.WithSpanProcessor(spans))))
		sign(ctx, s3.NewFromConfig(settings))
		seen := "no call"
		for _, span := range spans.Ended() {
			seen = fmt.Sprintf("%s %s %s", span.SpanKind(), span.Name(), span.Status().Code)
		}
		os.WriteFile("arrived", []byte(seen+"\n"), 0o600)
		return
	}
	all, _ := sampling.NewLocalizedStrategyFromJSONBytes([]byte(`{"version": 2, "default": {"fixed_target": 100, "rate": 1}, "rules": []}`))
	xray.Configure(xray.Config{SamplingStrategy: all})
	awsv2.AWSV2Instrumentor(&settings.APIOptions)
	ctx, segment := xray.BeginSegment(ctx, "shop")
	sign(ctx, s3.NewFromConfig(settings))
	segment.Close(nil)
	time.Sleep(500 * time.Millisecond)
}
GO
printf 'module sign\n\ngo 1.25\n' >go/go.mod
(cd go && go get github.com/aws/aws-xray-sdk-go/v2@v2.0.3 github.com/aws/aws-sdk-go-v2/config@v1.33.18 github.com/aws/aws-sdk-go-v2/service/s3@v1.114.10 \
  go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws@v0.72.0 go.opentelemetry.io/otel/sdk@v1.47.0 2>/dev/null \
  && GOFLAGS=-mod=mod go build -o sign . 2>build.log)

run() { # run PROGRAM
  case $1 in
    python) python/bin/python sign.py ;;
    node) node node/sign.js ;;
    node-otel) node node/sign-otel.js ;;
    go) go/sign xray ;;
    go-otel) go/sign otel ;;
  esac >said 2>&1
}
failed=0
expect() { # expect PROGRAM SEEN: the calls in the trace; and that a URL was made
  local seen
  : >arrived
  run "$1" || cat said
  for _ in {1..30}; do [ -s arrived ] && break; sleep 0.1; done
  seen=$(cat arrived)
  grep -q 'Signature=' said || { cat said; echo "  no URL"; failed=1; }
  printf '%-10s one URL made, nothing sent, in the trace: %s\n' "$1" "$seen"
  [ "$seen" = "$2" ] || { echo "  no longer as described: $2"; failed=1; }
}
expect python "no call"
expect node "aws GetObject 200"
expect node-otel "no call"
expect go "aws GetObject no status"
expect go-otel "client S3.GetObject Unset"
echo "aws-xray-sdk 2.15.0 with boto3 1.43.8 (Python), aws-xray-sdk-core 3.12.0 and instrumentation-aws-sdk 0.78.0 with client-s3 3.1169.0 (Node.js),"
echo "aws-xray-sdk-go 2.0.3 and otelaws 0.72.0 with s3 1.114.10 (Go)"
exit $failed
