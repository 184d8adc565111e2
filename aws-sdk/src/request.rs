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
mod tests;
