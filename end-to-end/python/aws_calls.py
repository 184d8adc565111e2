"""Makes the calls of aws-calls with boto3 and AWS's X-Ray SDK. Argument: moto's URL."""

import json
import os
import sys

import boto3
from aws_xray_sdk.core import patch, xray_recorder
from botocore.config import Config
from botocore.exceptions import ClientError

xray_recorder.configure(service="python", sampling=False, daemon_address=os.environ["AWS_XRAY_DAEMON_ADDRESS"])
patch(["botocore"])

TOPIC = "arn:aws:sns:eu-west-1:123456789012:"
KEY = "a folder/ü+1.txt"


def main(url: str) -> None:
    config = Config(region_name="eu-west-1", s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
    dynamodb, sqs, s3, sns = (boto3.client(name, endpoint_url=url, config=config, **keys) for name in ("dynamodb", "sqs", "s3", "sns"))
    item = {"id": {"S": "1"}}
    queue = f"{url}/123456789012/orders"
    steps = {
        "put item": lambda: dynamodb.put_item(TableName="orders", Item=item),
        "get item": lambda: dynamodb.get_item(TableName="orders", Key=item, ConsistentRead=True, ProjectionExpression="id"),
        "query": lambda: dynamodb.query(
            TableName="orders", KeyConditionExpression="id = :id", ExpressionAttributeValues={":id": {"S": "1"}}, Limit=3, ScanIndexForward=False
        ),
        "missing table": lambda: dynamodb.get_item(TableName="missing", Key=item),
        "missing key": lambda: dynamodb.put_item(TableName="orders", Item={"other": {"S": "1"}}),
        "create queue": lambda: sqs.create_queue(QueueName="orders"),
        "get queue url": lambda: sqs.get_queue_url(QueueName="orders"),
        "send message": lambda: sqs.send_message(QueueUrl=queue, MessageBody="an order", DelaySeconds=0),
        "send message batch": lambda: sqs.send_message_batch(
            QueueUrl=queue, Entries=[{"Id": "1", "MessageBody": "an order"}, {"Id": "2", "MessageBody": "an order"}]
        ),
        "receive message": lambda: sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10),
        "missing queue": lambda: sqs.send_message(QueueUrl=f"{url}/123456789012/missing", MessageBody="an order"),
        "publish": lambda: sns.publish(TopicArn=TOPIC + "orders", Message="an order"),
        "publish batch": lambda: sns.publish_batch(
            TopicArn=TOPIC + "orders", PublishBatchRequestEntries=[{"Id": "1", "Message": "an order"}, {"Id": "2", "Message": "an order"}]
        ),
        "missing topic": lambda: sns.publish(TopicArn=TOPIC + "missing", Message="an order"),
        "put object": lambda: s3.put_object(Bucket="orders", Key=KEY, Body=b"an order"),
        "get object": lambda: s3.get_object(Bucket="orders", Key=KEY),
        "list objects": lambda: s3.list_objects_v2(Bucket="orders", Prefix="a "),
        "missing object": lambda: s3.get_object(Bucket="orders", Key="missing"),
    }
    for name, call in steps.items():
        make(name, call)


def make(name: str, call) -> None:
    segment = xray_recorder.begin_segment("python")
    try:
        call()
        outcome = "ok"
    except ClientError as error:
        outcome = error.response["Error"]["Code"]
    xray_recorder.end_segment()
    header = f"Root={segment.trace_id};Parent={segment.id};Sampled=1"
    print(json.dumps({"step": name, "header": header, "outcome": outcome}), flush=True)


main(sys.argv[1])
