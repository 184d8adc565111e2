//! The `aws` block of a call whose parts are known.

use std::borrow::Cow;

use super::fits;
use crate::{
    Span, Value,
    document::{DEFAULT_METADATA, write},
    encode::{self, Object},
    mapping::resource::Resource,
    secrets,
    span::AwsCall,
};

type Attribute<'s> = (Cow<'s, str>, Value<'s>);

/// A call whose document can be written from its parts.
pub(super) struct Aws<'s> {
    call: AwsCall<&'s str>,
    attributes: &'s [Attribute<'s>],
}

impl<'s> Aws<'s> {
    /// `None` if an attribute may say something else, or on another cloud, where a document has no such block.
    pub(super) fn new(
        call: AwsCall<&'s str>,
        span: &'s Span<'_>,
        resource: &Resource,
    ) -> Option<Self> {
        let AwsCall { asked, .. } = call;
        let attributes = span.attributes.as_slice();
        let is_short = resource.aws.is_some()
            && fits("rpc.service", call.service)
            && fits("rpc.method", call.operation)
            && !call.operation.contains('/')
            // The name is then the operation's, and so need not be kept.
            && span.name == call.operation
            && call.region.is_none_or(|text| fits("aws.region", text))
            && call.request_id.is_none_or(|text| fits("aws.request_id", text))
            && asked.queue_url.is_none_or(|text| fits("aws.queue_url", text))
            && asked.table_name.is_none_or(|text| fits("aws.table_name", text))
            && asked.bucket_name.is_none_or(|text| fits("aws.s3.bucket", text))
            && asked.key.is_none_or(|text| fits("aws.s3.key", text))
            && asked.topic_arn.is_none_or(|text| fits("aws.topic_arn", text))
            && asked.function_name.is_none_or(|text| fits("aws.function_name", text))
            && call.message_id.is_none_or(|text| fits("aws.message_id", text))
            && are_metadata(attributes);
        is_short.then_some(Self { call, attributes })
    }

    pub(super) fn service(&self) -> &'s str {
        self.call.service
    }

    pub(super) fn status(&self) -> Option<i64> {
        self.call.status.map(i64::from)
    }

    /// Writes the block, that of the answer, and what has a place in neither.
    pub(super) fn write(&self, document: &mut Object<'_>) {
        let AwsCall { asked, .. } = self.call;
        if let Some(status) = self.status() {
            let mut http = Object::begin(document.member("http"));
            let mut response = Object::begin(http.member("response"));
            encode::integer(status, response.member("status"));
            response.end();
            http.end();
        }
        let mut block = Object::begin(document.member("aws"));
        encode::text(self.call.operation, block.member("operation"));
        write(&mut block, "region", &text(self.call.region));
        write(&mut block, "request_id", &text(self.call.request_id));
        write(&mut block, "queue_url", &text(asked.queue_url));
        write(&mut block, "table_name", &text(asked.table_name));
        write(&mut block, "bucket_name", &text(asked.bucket_name));
        write(&mut block, "key", &text(asked.key));
        write(&mut block, "topic_arn", &text(asked.topic_arn));
        write(&mut block, "function_name", &text(asked.function_name));
        write(&mut block, "message_id", &text(self.call.message_id));
        write(&mut block, "retries", &self.call.retries.map(i64::from));
        block.end();
        let mut metadata = Object::begin(document.member("metadata"));
        let mut default = Object::begin(metadata.member(DEFAULT_METADATA));
        encode::plain("aws-api", default.member("rpc.system"));
        encode::text(self.call.service, default.member("rpc.service"));
        for (key, value) in self.attributes {
            value.write(default.named(key));
        }
        default.end();
        metadata.end();
    }
}

fn text(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
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
