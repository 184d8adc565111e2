//! What a request says of the resource that it is for, read once for each protocol of AWS's.
//!
//! <https://smithy.io/2.0/aws/protocols/index.html>

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use opentelemetry::{Array, StringValue, Value};
use xray::AttributeValue;

use crate::{
    json::{self, Scalar},
    partiql, rest,
};

const DYNAMODB: &str = "DynamoDB";

/// What a member of a request says.
#[derive(Clone, Copy)]
enum Member {
    /// The text, number or boolean of an attribute.
    Attribute(&'static str),
    /// A queue or a topic, whose answers say more; an attribute too.
    Messages(&'static str),
    /// Whom a message is for if not a topic: nobody's business, but the answer has its id.
    Recipient,
    /// A statement, which has a table.
    Statement,
    /// Statements, each of which has one.
    Statements,
    /// A batch, whose keys are tables.
    Tables,
    /// A transaction, in whose items are tables.
    Transaction,
    /// The messages of a batch, which are counted.
    Entries,
}

impl Member {
    /// Finds a member by its name. Texts are names of resources and of what is asked for, never what is stored: a message's
    /// body is nobody's business.
    fn find(name: &str) -> Option<Self> {
        Some(Self::Attribute(match name {
            "TableName" => "aws.table_name",
            "QueueUrl" => return Some(Self::Messages("aws.queue_url")),
            "QueueName" => return Some(Self::Messages("aws.queue_name")),
            "TopicArn" | "TargetArn" => return Some(Self::Messages("aws.topic_arn")),
            "PhoneNumber" => return Some(Self::Recipient),
            "FunctionName" => "aws.function_name",
            "StreamName" => "aws.kinesis.stream_name",
            "StreamARN" => "aws.kinesis.stream_arn",
            "SecretId" => "aws.secretsmanager.secret.arn",
            "stateMachineArn" => "aws.step_functions.state_machine.arn",
            "activityArn" => "aws.step_functions.activity.arn",
            "ExclusiveStartTableName" => "aws.dynamodb.exclusive_start_table",
            "IndexName" => "aws.dynamodb.index_name",
            "ConsistentRead" => "aws.dynamodb.consistent_read",
            "Limit" => "aws.dynamodb.limit",
            "ProjectionExpression" => "aws.dynamodb.projection",
            "ScanIndexForward" => "aws.dynamodb.scan_forward",
            "Segment" => "aws.dynamodb.segment",
            "Select" => "aws.dynamodb.select",
            "TotalSegments" => "aws.dynamodb.total_segments",
            "DelaySeconds" => "aws.sqs.delay_seconds",
            "Label" => "aws.sqs.label",
            "MaxNumberOfMessages" => "aws.sqs.max_number_of_messages",
            "QueueNamePrefix" => "aws.sqs.queue_name_prefix",
            "QueueOwnerAWSAccountId" => "aws.sqs.queue_owner_account_id",
            "VisibilityTimeout" => "aws.sqs.visibility_timeout",
            "WaitTimeSeconds" => "aws.sqs.wait_time_seconds",
            "Statement" => return Some(Self::Statement),
            "Statements" | "TransactStatements" => return Some(Self::Statements),
            "RequestItems" => return Some(Self::Tables),
            "TransactItems" => return Some(Self::Transaction),
            "Entries" => return Some(Self::Entries),
            _ => return None,
        }))
    }
}

/// Notes what a request says; `endpoint` is the URL that it was made for. Returns whether the answer may
/// say more: those of queues and topics have ids and numbers of messages.
pub(crate) fn describe(
    request: &HttpRequest,
    endpoint: Option<&str>,
    operation: Option<&Metadata>,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) -> bool {
    let content_type = request.headers().get("content-type").unwrap_or_default();
    let body = request.body().bytes().unwrap_or_default();
    let service = operation.map(Metadata::service);
    if content_type.starts_with("application/x-amz-json") {
        json(body, service, set)
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        form(body, service, set)
    } else {
        rest::describe(request, endpoint, operation, set);
        false
    }
}

/// Whether [`describe`] looks at the endpoint.
pub(crate) fn needs_endpoint(operation: &Metadata) -> bool {
    operation.service() == rest::S3
}

/// Whether an attribute may be of a call of this service: several services have a `Limit`, but `aws.dynamodb.limit` is DynamoDB's.
fn belongs(attribute: &str, service: Option<&str>) -> bool {
    let Some(service) = service else { return true };
    let attribute = attribute.strip_prefix("aws.").unwrap_or(attribute);
    match attribute.split_once('.') {
        Some(("dynamodb", _)) => service == DYNAMODB,
        Some(("sqs", _)) => service == "SQS",
        Some(("kinesis", _)) => service == "Kinesis",
        _ => true,
    }
}

fn json(
    body: &[u8],
    service: Option<&str>,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) -> bool {
    let is_of_dynamodb = service.is_none_or(|service| service == DYNAMODB);
    let mut is_of_messages = false;
    json::members(body, |name, value| match Member::find(name) {
        Some(member @ (Member::Attribute(attribute) | Member::Messages(attribute)))
            if belongs(attribute, service) =>
        {
            is_of_messages |= matches!(member, Member::Messages(_));
            if let Some(scalar) = value.scalar() {
                set(attribute, scalar.attribute());
            }
        }
        Some(Member::Statement) if is_of_dynamodb => {
            if let Some(Scalar::Text(statement)) = value.scalar()
                && let Some(table) = partiql::table(&statement)
            {
                set("aws.table_name", AttributeValue::Text(table));
            }
        }
        Some(Member::Statements) if is_of_dynamodb => {
            let mut tables = Tables::default();
            value.elements(|one| {
                let one = one.whole().unwrap_or_default();
                let statement = one["Statement"].as_str();
                tables.add(statement.and_then(partiql::table));
            });
            tables.set(set);
        }
        Some(Member::Tables) if is_of_dynamodb => {
            let mut tables = Tables::default();
            value.names(|name| tables.add(Some(name)));
            tables.set(set);
        }
        Some(Member::Transaction) if is_of_dynamodb => {
            let mut tables = Tables::default();
            value.elements(|item| {
                let item = item.whole().unwrap_or_default();
                let actions = item.as_object().into_iter().flat_map(|item| item.values());
                for action in actions {
                    tables.add(action["TableName"].as_str());
                }
            });
            tables.set(set);
        }
        Some(Member::Entries) => {
            if let Some(count) = value.count() {
                set(json::MESSAGE_COUNT, count);
            }
        }
        _ => {}
    });
    is_of_messages
}

fn form(
    body: &[u8],
    service: Option<&str>,
    set: &mut impl FnMut(&'static str, AttributeValue<'_>),
) -> bool {
    let body = body.get(..json::MAX_BODY).unwrap_or(body);
    let (mut is_of_messages, mut entries) = (false, 0);
    for (name, value) in form_urlencoded::parse(body) {
        match Member::find(&name) {
            Some(Member::Messages(_)) if value.contains(":endpoint/") => is_of_messages = true,
            Some(member @ (Member::Attribute(attribute) | Member::Messages(attribute)))
                if belongs(attribute, service) =>
            {
                is_of_messages |= matches!(member, Member::Messages(_));
                set(attribute, AttributeValue::Text(&value));
            }
            Some(Member::Recipient) => is_of_messages = true,
            _ => entries += i64::from(is_id_of_an_entry(&name)),
        }
    }
    if entries > 0 {
        set(json::MESSAGE_COUNT, AttributeValue::Integer(entries));
    }
    is_of_messages
}

/// Whether a member is the id of one of SNS's messages: `PublishBatchRequestEntries.member.1.Id`.
fn is_id_of_an_entry(name: &str) -> bool {
    let number = name
        .strip_prefix("PublishBatchRequestEntries.member.")
        .and_then(|rest| rest.strip_suffix(".Id"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Tables, each once.
#[derive(Default)]
struct Tables(Vec<StringValue>);

impl Tables {
    fn add(&mut self, name: Option<&str>) {
        let is_known = |name: &&str| self.0.iter().any(|table| table.as_str() == *name);
        if let Some(name) = name.filter(|name| !is_known(name)) {
            self.0.push(name.to_owned().into());
        }
    }

    fn set(self, set: &mut impl FnMut(&'static str, AttributeValue<'_>)) {
        if !self.0.is_empty() {
            let tables = Value::Array(Array::String(self.0));
            set("aws.dynamodb.table_names", AttributeValue::Other(tables));
        }
    }
}

#[cfg(test)]
mod tests {
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
}
