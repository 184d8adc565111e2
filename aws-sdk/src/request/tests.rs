//! What requests of each protocol say.

use aws_smithy_types::body::SdkBody;

use super::*;

const JSON: &str = "application/x-amz-json-1.1";
const FORM: &str = "application/x-www-form-urlencoded";

fn read(content_type: &str, body: impl Into<SdkBody>) -> (Vec<(&'static str, String)>, bool) {
    read_of(None, content_type, body)
}

fn read_of(
    service: Option<&'static str>,
    content_type: &str,
    body: impl Into<SdkBody>,
) -> (Vec<(&'static str, String)>, bool) {
    let operation = service.map(|service| Metadata::new("Operation", service));
    let mut request = HttpRequest::new(body.into());
    let content_type = content_type.to_owned();
    request.headers_mut().insert("content-type", content_type);
    let mut attributes = Vec::new();
    let is_answer_read = describe(&request, None, operation.as_ref(), &mut |key, value| {
        attributes.push((key, Value::from(value).to_string()));
    });
    (attributes, is_answer_read)
}

#[test]
fn a_resource_is_named_in_each_protocol_s_own_place() {
    for (content_type, body, expected) in [
        (
            JSON,
            r#"{"Item":{"TableName":{"S":"x"}},"TableName":"orders"}"#,
            vec![("aws.table_name", "orders")],
        ),
        (
            JSON,
            r#"{"RequestItems":{"items":{},"orders":{}}}"#,
            vec![("aws.dynamodb.table_names", r#"["items","orders"]"#)],
        ),
        (
            JSON,
            r#"{"TransactItems":[{"Put":{"TableName":"a"}},{"Delete":{"TableName":"b"}},{"Put":{"TableName":"a"}}]}"#,
            vec![("aws.dynamodb.table_names", r#"["a","b"]"#)],
        ),
        (
            JSON,
            r#"{"QueueUrl":"http://q/1/orders","MessageBody":"secret","DelaySeconds":3}"#,
            vec![
                ("aws.queue_url", "http://q/1/orders"),
                ("aws.sqs.delay_seconds", "3"),
            ],
        ),
        (
            FORM,
            "Action=Publish&TopicArn=arn%3Aaws%3Asns&Message=secret",
            vec![("aws.topic_arn", "arn:aws:sns")],
        ),
        (
            FORM,
            "Action=Publish&TargetArn=arn%3Aaws%3Asns%3A%3A1%3Aendpoint%2FAPNS%2Fapp%2F1&Message=secret",
            vec![],
        ),
        (
            FORM,
            "TopicArn=t&PublishBatchRequestEntries.member.1.Id=a&PublishBatchRequestEntries.member.1.Message=secret&PublishBatchRequestEntries.member.2.Id=b",
            vec![
                ("aws.topic_arn", "t"),
                ("messaging.batch.message_count", "2"),
            ],
        ),
        (
            JSON,
            r#"{"Statement":"SELECT * FROM \"orders\" WHERE name='secret'"}"#,
            vec![("aws.table_name", "orders")],
        ),
        (
            JSON,
            r#"{"TransactStatements":[{"Statement":"UPDATE a SET x=1"},{"Statement":"DELETE FROM b"},{"Statement":"UPDATE a SET x=2"}]}"#,
            vec![("aws.dynamodb.table_names", r#"["a","b"]"#)],
        ),
        (
            JSON,
            r#"{"TableName":"orders","Segment":0,"TotalSegments":4}"#,
            vec![
                ("aws.table_name", "orders"),
                ("aws.dynamodb.segment", "0"),
                ("aws.dynamodb.total_segments", "4"),
            ],
        ),
        (
            "application/json",
            r#"{"TableName":"a customer's"}"#,
            vec![],
        ),
    ] {
        let attributes = read(content_type, body).0;
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        assert_eq!(attributes, expected, "{body}");
    }
}

#[test]
fn what_is_odd_costs_itself_alone() {
    let endless = format!(
        r#"{{"TableName":"orders","Item":"{}","Limit":3}}"#,
        "x".repeat(1 << 20)
    );
    for (body, expected) in [
        (r#"{"TableName":7,"IndexName":"by day"}"#, 2),
        (r#"{"TableName":["orders"],"IndexName":"by day"}"#, 1),
        (r#"{"TableName":null}"#, 0),
        (r#"{"TableName":"orders","#, 1),
        (&endless, 1),
        ("no JSON", 0),
        ("[]", 0),
        ("", 0),
    ] {
        let attributes = read(JSON, body.to_owned()).0;
        assert_eq!(attributes.len(), expected, "{attributes:?}");
    }
    assert!(read(FORM, "%&=&&\u{0}").0.is_empty());
}

/// A batch may have sixteen megabytes.
#[test]
fn a_large_batch_names_its_tables_all_the_same() {
    let item = format!(
        r#"{{"PutRequest":{{"Item":{{"a":{{"S":"{}"}}}}}}}}"#,
        "x".repeat(40_000)
    );
    let put = format!(
        r#"{{"Put":{{"TableName":"orders","Item":{{"a":{{"S":"{}"}}}}}}}}"#,
        "x".repeat(40_000)
    );
    for (body, expected) in [
        (
            format!(r#"{{"RequestItems":{{"items":[{item}],"orders":[{item},{item}]}}}}"#),
            r#"["items","orders"]"#,
        ),
        (
            format!(r#"{{"TransactItems":[{put},{put}]}}"#),
            r#"["orders"]"#,
        ),
    ] {
        let attributes = read(JSON, body).0;
        assert_eq!(
            attributes,
            [("aws.dynamodb.table_names", expected.to_owned())]
        );
    }
}

#[test]
fn what_is_named_after_a_service_is_said_of_its_calls_alone() {
    let body = r#"{"StreamName":"clicks","Limit":3,"Statement":"SELECT * FROM orders","RequestItems":{"a":1}}"#;
    let names = |service| {
        let attributes = read_of(service, JSON, body).0;
        attributes
            .into_iter()
            .map(|(key, _)| key)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(Some("Kinesis")), ["aws.kinesis.stream_name"]);
    assert_eq!(
        names(Some("DynamoDB")),
        [
            "aws.dynamodb.limit",
            "aws.table_name",
            "aws.dynamodb.table_names"
        ]
    );
    assert!(names(Some("Redshift Data")).is_empty());
}

#[test]
fn only_answers_of_queues_and_topics_are_read() {
    assert!(read(JSON, r#"{"QueueUrl":"q"}"#).1);
    assert!(read(JSON, r#"{"QueueName":"q"}"#).1);
    assert!(read(FORM, "TopicArn=t").1);
    assert!(read(FORM, "PhoneNumber=%2B49").1);
    assert!(read(FORM, "TargetArn=arn%3Aaws%3Asns%3A%3A1%3Aendpoint%2Fa").1);
    assert!(!read(JSON, r#"{"TableName":"orders"}"#).1);
}
