//! The `aws` block of a call whose parts are known.

use std::{borrow::Cow, rc::Rc};

use super::{fits, operation::Operation};
use crate::{
    Span, Value,
    document::DEFAULT_METADATA,
    encode::{self, Object, member},
    mapping::resource::Resource,
    names, secrets,
    span::AwsCall,
};

type Attribute<'s> = (Cow<'s, str>, Value<'s>);

/// A call whose document can be written from its parts.
pub(super) struct Aws<'s> {
    call: &'s AwsCall<&'s str>,
    operation: Rc<Operation>,
    attributes: &'s [Attribute<'s>],
}

impl<'s> Aws<'s> {
    /// `None` if an attribute may say something else, or on another cloud, where a document has no such block.
    pub(super) fn new(
        call: &'s AwsCall<&'s str>,
        span: &'s Span<'_>,
        resource: &Resource,
    ) -> Option<Self> {
        let asked = &call.asked;
        let attributes = span.attributes.as_slice();
        let is_short = resource.aws.is_some()
            // The name is then the operation's, and so need not be kept.
            && span.name == call.operation
            && call.request_id.is_none_or(|text| fits("aws.request_id", text))
            && asked.queue_url.is_none_or(is_name)
            && asked.table_name.is_none_or(is_name)
            && asked.bucket_name.is_none_or(is_name)
            && asked.key.is_none_or(|text| fits("aws.s3.key", text))
            && asked.topic_arn.is_none_or(is_name)
            && asked.function_name.is_none_or(is_name)
            && call.message_id.is_none_or(|text| fits("aws.message_id", text))
            && are_metadata(attributes);
        let operation = Operation::of(call).filter(|_| is_short)?;
        Some(Self {
            call,
            operation,
            attributes,
        })
    }

    pub(super) fn status(&self) -> Option<i64> {
        self.call.status.map(i64::from)
    }

    /// Writes the name of the call.
    pub(super) fn write_name(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.operation.name);
    }

    /// Writes the block, that of the answer, and what has a place in neither.
    pub(super) fn write(&self, document: &mut Object<'_>) {
        if let Some(status) = self.status() {
            let mut http = Object::begin(member!(document, "http"));
            let mut response = Object::begin(member!(http, "response"));
            encode::integer(status, member!(response, "status"));
            response.end();
            http.end();
        }
        let mut block = Object::begin(member!(document, "aws"));
        self.write_block(&mut block);
        block.end();
        let mut metadata = Object::begin(member!(document, "metadata"));
        let mut default = Object::begin(metadata.member(DEFAULT_METADATA));
        default.encoded(&self.operation.metadata);
        for (key, value) in self.attributes {
            value.write(default.named(key));
        }
        default.end();
        metadata.end();
    }

    fn write_block(&self, block: &mut Object<'_>) {
        let asked = &self.call.asked;
        block.encoded(&self.operation.block);
        if let Some(id) = self.call.request_id {
            encode::text(id, member!(block, "request_id"));
        }
        if let Some(url) = asked.queue_url {
            encode::text(url, member!(block, "queue_url"));
        }
        if let Some(name) = asked.table_name {
            encode::text(name, member!(block, "table_name"));
        }
        if let Some(name) = asked.bucket_name {
            encode::text(name, member!(block, "bucket_name"));
        }
        if let Some(key) = asked.key {
            encode::text(key, member!(block, "key"));
        }
        if let Some(arn) = asked.topic_arn {
            encode::text(arn, member!(block, "topic_arn"));
        }
        if let Some(name) = asked.function_name {
            encode::text(name, member!(block, "function_name"));
        }
        if let Some(id) = self.call.message_id {
            encode::text(id, member!(block, "message_id"));
        }
        if let Some(retries) = self.call.retries {
            encode::integer(retries.into(), member!(block, "retries"));
        }
    }
}

/// Whether the name of a resource, which many calls have, can be a member of a block as it is. The names of its attributes are
/// none of secrets.
fn is_name(name: &str) -> bool {
    (1..=names::MAX_TEXT).contains(&name.len()) && secrets::is_clean_name(name)
}

/// Whether all attributes, each once, become members of the metadata as they are.
fn are_metadata(attributes: &[Attribute<'_>]) -> bool {
    attributes.iter().enumerate().all(|(index, (key, value))| {
        let mut before = attributes[..index].iter();
        is_metadata(key, value) && before.all(|(before, _)| before != key)
    })
}

/// Whether an attribute becomes a member of the metadata as it is, of those that a call of AWS's has.
fn is_metadata(key: &str, value: &Value<'_>) -> bool {
    let is_known = matches!(
        key,
        "aws.dynamodb.index_name"
            | "aws.dynamodb.consistent_read"
            | "aws.dynamodb.limit"
            | "aws.dynamodb.projection"
            | "aws.dynamodb.scan_forward"
            | "aws.dynamodb.select"
            | "aws.sqs.delay_seconds"
            | "aws.sqs.max_number_of_messages"
            | "aws.sqs.visibility_timeout"
            | "aws.sqs.wait_time_seconds"
            | "aws.sqs.successful_count"
            | "aws.sqs.failed_count"
            | "aws.queue_name"
            | "aws.s3.prefix"
            | "aws.s3.version_id"
            | "aws.kinesis.stream_name"
            | "aws.secretsmanager.secret.arn"
            | "aws.step_functions.state_machine.arn"
            | "aws.extended_request_id"
            | "messaging.batch.message_count"
    );
    is_known
        && match value {
            Value::Text(text) => secrets::hidden(key, text).is_none(),
            Value::Bool(_) | Value::Integer(_) => true,
            _ => false,
        }
}
