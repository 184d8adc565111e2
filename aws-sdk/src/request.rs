//! What a request says of the resource that it is for, read once for each protocol of AWS's.
//!
//! <https://smithy.io/2.0/aws/protocols/index.html>

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use opentelemetry::{Array, StringValue, Value};
use serde_json::Value as Json;
use xray::AttributeValue;

use crate::{json, rest};

/// What a member of a request says.
#[derive(Clone, Copy)]
enum Member {
    /// The text, number or boolean of an attribute.
    Attribute(&'static str),
    /// A queue or a topic, whose answers say more; an attribute too.
    Messages(&'static str),
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
            "QueueName" => "aws.queue_name",
            "TopicArn" => return Some(Self::Messages("aws.topic_arn")),
            "TargetArn" => "aws.topic_arn",
            "FunctionName" => "aws.function_name",
            "StreamName" => "aws.kinesis.stream_name",
            "SecretId" => "aws.secretsmanager.secret.arn",
            "stateMachineArn" => "aws.step_functions.state_machine.arn",
            "IndexName" => "aws.dynamodb.index_name",
            "ConsistentRead" => "aws.dynamodb.consistent_read",
            "Limit" => "aws.dynamodb.limit",
            "ProjectionExpression" => "aws.dynamodb.projection",
            "ScanIndexForward" => "aws.dynamodb.scan_forward",
            "Select" => "aws.dynamodb.select",
            "DelaySeconds" => "aws.sqs.delay_seconds",
            "MaxNumberOfMessages" => "aws.sqs.max_number_of_messages",
            "VisibilityTimeout" => "aws.sqs.visibility_timeout",
            "WaitTimeSeconds" => "aws.sqs.wait_time_seconds",
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
    if content_type.starts_with("application/x-amz-json") {
        json(body, set)
    } else if content_type.starts_with("application/x-www-form-urlencoded") {
        form(body, set)
    } else {
        rest::describe(request.uri(), endpoint, operation, set);
        false
    }
}

/// Whether [`describe`] looks at the endpoint.
pub(crate) fn needs_endpoint(operation: &Metadata) -> bool {
    operation.service() == rest::S3
}

fn json(body: &[u8], set: &mut impl FnMut(&'static str, AttributeValue<'_>)) -> bool {
    let mut is_of_messages = false;
    json::members(body, |name, value| match Member::find(name) {
        Some(member @ (Member::Attribute(attribute) | Member::Messages(attribute))) => {
            is_of_messages |= matches!(member, Member::Messages(_));
            if let Some(scalar) = value.scalar() {
                set(attribute, scalar.attribute());
            }
        }
        Some(Member::Tables) => {
            if let Some(Json::Object(items)) = value.whole() {
                let tables = items.into_iter().map(|(table, _)| table);
                set("aws.dynamodb.table_names", texts(tables));
            }
        }
        Some(Member::Transaction) => {
            if let Some(Json::Array(items)) = value.whole() {
                set("aws.dynamodb.table_names", texts(tables(&items)));
            }
        }
        Some(Member::Entries) => {
            if let Some(count) = value.count() {
                set(json::MESSAGE_COUNT, count);
            }
        }
        None => {}
    });
    is_of_messages
}

fn form(body: &[u8], set: &mut impl FnMut(&'static str, AttributeValue<'_>)) -> bool {
    let body = body.get(..json::MAX_BODY).unwrap_or(body);
    let mut is_of_messages = false;
    for (name, value) in form_urlencoded::parse(body) {
        if let Some(Member::Attribute(attribute) | Member::Messages(attribute)) =
            Member::find(&name)
        {
            is_of_messages |= matches!(attribute, "aws.topic_arn" | "aws.queue_url");
            set(attribute, AttributeValue::Text(&value));
        }
    }
    is_of_messages
}

/// The tables of a transaction, each once.
fn tables(items: &[Json]) -> Vec<String> {
    let actions = items
        .iter()
        .filter_map(Json::as_object)
        .flat_map(|item| item.values());
    let names = actions.filter_map(|action| action.get("TableName")?.as_str());
    let mut tables: Vec<String> = Vec::new();
    for name in names {
        if !tables.iter().any(|table| table == name) {
            tables.push(name.to_owned());
        }
    }
    tables
}

fn texts(texts: impl IntoIterator<Item = String>) -> AttributeValue<'static> {
    let texts: Vec<StringValue> = texts.into_iter().map(StringValue::from).collect();
    AttributeValue::Other(Value::Array(Array::String(texts)))
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const JSON: &str = "application/x-amz-json-1.1";
    const FORM: &str = "application/x-www-form-urlencoded";

    fn read(content_type: &str, body: impl Into<SdkBody>) -> (Vec<(&'static str, String)>, bool) {
        let mut request = HttpRequest::new(body.into());
        let content_type = content_type.to_owned();
        request.headers_mut().insert("content-type", content_type);
        let mut attributes = Vec::new();
        let is_answer_read = describe(&request, None, None, &mut |key, value| {
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

    #[test]
    fn only_answers_of_queues_and_topics_are_read() {
        assert!(read(JSON, r#"{"QueueUrl":"q"}"#).1);
        assert!(read(FORM, "TopicArn=t").1);
        assert!(!read(JSON, r#"{"TableName":"orders"}"#).1);
    }
}
