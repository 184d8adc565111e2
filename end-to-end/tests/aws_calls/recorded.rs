//! What each call leaves in its trace, on the map, and at AWS.

use end_to_end::{Result, eventually};
use segment::{Sampled, TraceHeader};
use serde_json::{Value, json};

use super::Calls;
use crate::aws_sdks::is_part;

/// Each call, how it went, and what its subsegment says besides its operation and region.
fn expected() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let ok = |aws: Value| json!({ "http": { "response": { "status": 200 } }, "aws": aws });
    let refused = |status: u16, code: &str, aws: Value| {
        json!({ "error": true, "http": { "response": { "status": status } }, "aws": aws,
            "cause": { "exceptions": [{ "type": code }] } })
    };
    let queue = |name: &str| json!({ "queue_url": format!("…/123456789012/{name}") });
    let topic =
        |name: &str| json!({ "topic_arn": format!("arn:aws:sns:eu-west-1:123456789012:{name}") });
    let bucket = json!({ "bucket_name": "orders" });
    let object = json!({ "bucket_name": "orders", "key": "a folder/ü+1.txt" });
    let missing = json!({ "bucket_name": "orders", "key": "missing" });
    let table = json!({ "table_name": "orders" });
    let no_table = json!({ "table_name": "missing" });
    let mut unchanged = ok(object.clone());
    unchanged["http"]["response"]["status"] = 304.into();
    let mut copy = ok(json!({ "bucket_name": "orders", "key": "copy" }));
    copy["metadata"]["default"]["aws.s3.copy_source"] = "orders/a%20folder/%C3%BC%2B1.txt".into();
    let mut batch = ok(topic("orders"));
    batch["metadata"]["default"] = json!({ "messaging.batch.message_count": 2, "aws.sns.successful_count": 2, "aws.sns.failed_count": 0 });
    vec![
        ("create table", "ok", "CreateTable", ok(table.clone())),
        ("put item", "ok", "PutItem", ok(table.clone())),
        ("get item", "ok", "GetItem", ok(table.clone())),
        ("query", "ok", "Query", ok(table.clone())),
        ("batch get item", "ok", "BatchGetItem", ok(table.clone())),
        (
            "transact write items",
            "ok",
            "TransactWriteItems",
            ok(table.clone()),
        ),
        (
            "execute statement",
            "ok",
            "ExecuteStatement",
            ok(table.clone()),
        ),
        (
            "missing table",
            "ResourceNotFoundException",
            "GetItem",
            refused(400, "ResourceNotFoundException", no_table),
        ),
        (
            "missing key",
            "ValidationException",
            "PutItem",
            refused(400, "ValidationException", table),
        ),
        ("create queue", "ok", "CreateQueue", ok(queue("orders"))),
        ("get queue url", "ok", "GetQueueUrl", ok(queue("orders"))),
        ("send message", "ok", "SendMessage", ok(queue("orders"))),
        (
            "send message batch",
            "ok",
            "SendMessageBatch",
            ok(queue("orders")),
        ),
        (
            "receive message",
            "ok",
            "ReceiveMessage",
            ok(queue("orders")),
        ),
        (
            "missing queue",
            "AWS.SimpleQueueService.NonExistentQueue",
            "SendMessage",
            refused(400, "QueueDoesNotExist", queue("missing")),
        ),
        ("create topic", "ok", "CreateTopic", ok(json!({}))),
        ("publish", "ok", "Publish", ok(topic("orders"))),
        ("publish batch", "ok", "PublishBatch", batch),
        (
            "missing topic",
            "NotFound",
            "Publish",
            refused(404, "NotFoundException", topic("missing")),
        ),
        ("create bucket", "ok", "CreateBucket", ok(bucket.clone())),
        ("put object", "ok", "PutObject", ok(object.clone())),
        ("get object", "ok", "GetObject", ok(object)),
        ("get object if changed", "no code", "GetObject", unchanged),
        ("copy object", "ok", "CopyObject", copy),
        ("list objects", "ok", "ListObjectsV2", ok(bucket)),
        ("list buckets", "ok", "ListBuckets", ok(json!({}))),
        (
            "missing object",
            "NoSuchKey",
            "GetObject",
            refused(404, "NoSuchKey", missing.clone()),
        ),
        (
            "head of a missing object",
            "NotFound",
            "HeadObject",
            refused(404, "NotFound", missing),
        ),
    ]
}

#[tokio::test]
async fn a_call_says_what_was_called_and_how_it_went() -> Result<()> {
    let calls = Calls::make().await?;
    for (step, outcome, operation, expected) in expected() {
        assert_eq!(calls.outcome(step), outcome, "{step}");
        let call = calls.subsegment(step).await?;
        let said = call.to_string().replace(&calls.moto.url(), "…");
        let call: Value = serde_json::from_str(&said)?;
        let always = json!({ "namespace": "aws", "aws": { "operation": operation, "region": "eu-west-1", "retries": 0 } });
        for part in [&always, &expected] {
            assert!(is_part(part, &call), "{step}: {part:#} is not in {call:#}");
        }
        assert!(call["aws"]["request_id"].is_string(), "{step}: {call:#}");
        check_requests(&calls, step, &call);
    }
    no_call_is_lost_for_want_of_an_answer(&calls).await?;
    an_unsampled_request_leaves_nothing_and_says_so(&calls).await?;
    the_map_shows_what_was_called(&calls).await
}

/// AWS got the trace, with the subsegment as its parent, and no signature knows of it.
fn check_requests(calls: &Calls, step: &str, call: &Value) {
    let requests = calls.requests(step);
    assert_eq!(requests.len(), 1, "{step}");
    for request in requests {
        let header = |name: &str| {
            request
                .headers
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        let trace = TraceHeader::parse(header("x-amzn-trace-id").unwrap());
        assert_eq!(
            trace.parent.map(|id| id.to_string()).as_deref(),
            call["id"].as_str(),
            "{step}"
        );
        assert_eq!(trace.sampled, Some(Sampled::Yes));
        let authorization = header("authorization").unwrap();
        let (_, signed) = authorization.split_once("SignedHeaders=").unwrap();
        assert!(!signed.contains("trace"), "{step}: {authorization}");
        assert!(
            header("traceparent").is_none() && header("tracestate").is_none(),
            "{step}"
        );
    }
}

async fn no_call_is_lost_for_want_of_an_answer(calls: &Calls) -> Result<()> {
    let refused = calls.subsegment("refused").await?;
    let expected = json!({ "fault": true, "namespace": "aws", "aws": { "table_name": "orders", "retries": 2 } });
    assert!(is_part(&expected, &refused), "{refused:#}");
    let exceptions = &refused["cause"]["exceptions"];
    assert_eq!(exceptions[0]["type"], "DispatchFailure", "{refused:#}");
    assert!(
        exceptions.to_string().contains("Connection refused"),
        "{refused:#}"
    );

    assert_eq!(calls.outcome("cancelled"), "dropped");
    let cancelled = calls.subsegment("cancelled").await?;
    let expected = json!({ "aws": { "operation": "GetItem", "table_name": "orders" },
        "metadata": { "default": { "cancelled": true } } });
    assert!(is_part(&expected, &cancelled), "{cancelled:#}");

    for (step, status, failure) in [("html", 200, "fault"), ("html of a proxy", 403, "error")] {
        let call = calls.subsegment(step).await?;
        let expected = json!({ failure: true, "aws": { "operation": "GetItem", "table_name": "orders" },
            "http": { "response": { "status": status } } });
        assert!(is_part(&expected, &call), "{step}: {call:#}");
        assert!(
            call["cause"]["exceptions"][0]["message"].is_string(),
            "{step}: {call:#}"
        );
    }

    for (step, known) in [
        (
            "without a region",
            json!({ "aws": { "operation": "ListQueues" } }),
        ),
        (
            "without credentials",
            json!({ "aws": { "table_name": "orders", "region": "eu-west-1" } }),
        ),
    ] {
        let failed = calls.subsegment(step).await?;
        assert!(
            is_part(&json!({ "fault": true }), &failed),
            "{step}: {failed:#}"
        );
        assert!(is_part(&known, &failed), "{step}: {failed:#}");
        assert!(
            failed["cause"]["exceptions"][0]["message"].is_string(),
            "{step}: {failed:#}"
        );
    }

    let headers = calls.outcome("presigned");
    assert!(!headers.contains("trace"), "{headers}");
    assert_eq!(
        calls.subsegment("presigned").await?,
        Value::Null,
        "a request that is not made is no call"
    );
    Ok(())
}

async fn an_unsampled_request_leaves_nothing_and_says_so(calls: &Calls) -> Result<()> {
    let header = &calls.made["unsampled"].header;
    assert_eq!(calls.outcome("unsampled"), "ok");
    let requests = calls.requests("unsampled");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["x-amzn-trace-id"], header.as_str());
    let trace_id = TraceHeader::parse(header).root.map(|id| id.to_string());
    let documents = calls
        .console
        .documents(&trace_id.unwrap_or_default())
        .await?;
    assert_eq!(documents, []);
    Ok(())
}

async fn the_map_shows_what_was_called(calls: &Calls) -> Result<()> {
    eventually("the nodes", async || {
        let services = calls.console.services().await?;
        let has = |name: &str, kind: &str| {
            services
                .iter()
                .any(|service| service["Name"] == name && service["Type"] == kind)
        };
        let queue = format!("{}/123456789012/orders", calls.moto.url());
        let is_whole = has("orders", "AWS::DynamoDB::Table")
            && (has(&queue, "AWS::SQS::Queue") || has("orders", "AWS::SQS::Queue"))
            && has("S3", "AWS::S3")
            && has("SNS", "AWS::SNS");
        if is_whole {
            return Ok(Some(()));
        }
        let nodes: Vec<_> = services
            .iter()
            .map(|service| (&service["Name"], &service["Type"]))
            .collect();
        Err(format!("{nodes:?}").into())
    })
    .await
}
