//! The `aws` block of a call whose parts are known.

use std::borrow::Cow;

use super::fits;
use crate::{
    Span, Value,
    encode::{self, Object},
    mapping::{aws::AwsParts, resource::Resource},
    secrets,
    span::AwsCall,
};

/// What was asked for: the members of the block, in their order, with the attributes that they come from.
const ASKED: [(&str, &str); 7] = [
    ("queue_url", "aws.queue_url"),
    ("table_name", "aws.table_name"),
    ("bucket_name", "aws.s3.bucket"),
    ("key", "aws.s3.key"),
    ("topic_arn", "aws.topic_arn"),
    ("function_name", "aws.function_name"),
    ("message_id", "aws.message_id"),
];
/// Attributes whose keys begin so become metadata if they have no place in the block.
const METADATA: [&str; 9] = [
    "aws.dynamodb.",
    "aws.sqs.",
    "aws.s3.",
    "aws.kinesis.",
    "aws.secretsmanager.",
    "aws.step_functions.",
    "aws.queue_name",
    "aws.extended_request_id",
    "messaging.batch.message_count",
];

type Attribute<'s> = (Cow<'s, str>, Value<'s>);

/// A call whose document can be written from its parts and the attributes of what was asked for.
pub(super) struct Aws<'s> {
    call: AwsCall<&'s str>,
    asked: [Option<&'s str>; ASKED.len()],
    attributes: &'s [Attribute<'s>],
}

impl<'s> Aws<'s> {
    /// `None` if an attribute may say something else, or on another cloud, where a document has no such block.
    pub(super) fn new(
        call: AwsCall<&'s str>,
        span: &'s Span<'_>,
        resource: &Resource,
    ) -> Option<Self> {
        let attributes = span.attributes.as_slice();
        let mut asked = [None; ASKED.len()];
        for (index, (key, value)) in attributes.iter().enumerate() {
            if attributes[..index].iter().any(|(before, _)| before == key) {
                return None;
            }
            match place(key) {
                Some(place) => asked[place] = Some(value.as_text().filter(|text| fits(key, text))?),
                None if is_metadata(key, value) => {}
                None => return None,
            }
        }
        let is_short = resource.aws.is_some()
            && fits("rpc.service", call.service)
            && fits("rpc.method", call.operation)
            && !call.operation.contains('/')
            // The name is then the operation's, and so need not be kept.
            && span.name == call.operation
            && call.region.is_none_or(|region| fits("aws.region", region))
            && call.request_id.is_none_or(|id| fits("aws.request_id", id));
        is_short.then_some(Self {
            call,
            asked,
            attributes,
        })
    }

    pub(super) fn service(&self) -> &'s str {
        self.call.service
    }

    pub(super) fn status(&self) -> Option<i64> {
        self.call.status.map(i64::from)
    }

    /// Writes the block, and that of the answer.
    pub(super) fn write(&self, document: &mut Object<'_>) {
        if let Some(status) = self.status() {
            let mut http = Object::begin(document.member("http"));
            let mut response = Object::begin(http.member("response"));
            encode::integer(status, response.member("status"));
            response.end();
            http.end();
        }
        let mut block = Object::begin(document.member("aws"));
        encode::text(self.call.operation, block.member("operation"));
        if let Some(region) = self.call.region {
            encode::text(region, block.member("region"));
        }
        if let Some(id) = self.call.request_id {
            encode::text(id, block.member("request_id"));
        }
        for ((member, _), asked) in ASKED.into_iter().zip(self.asked) {
            if let Some(asked) = asked {
                encode::text(asked, block.member(member));
            }
        }
        if let Some(retries) = self.call.retries {
            encode::integer(retries.into(), block.member("retries"));
        }
        block.end();
    }

    /// Returns the attributes that stay in the metadata.
    pub(super) fn left(&self) -> impl Iterator<Item = (&'s str, Value<'s>)> {
        let of_call = [
            ("rpc.system", Value::from("aws-api")),
            ("rpc.service", Value::from(self.call.service)),
        ];
        let left = self
            .attributes
            .iter()
            .filter(|(key, _)| place(key).is_none());
        of_call
            .into_iter()
            .chain(left.map(|(key, value)| (key.as_ref(), value.borrowed())))
    }
}

/// Returns which of [`ASKED`] an attribute is.
fn place(key: &str) -> Option<usize> {
    ASKED.iter().position(|(_, attribute)| *attribute == key)
}

/// Whether an attribute becomes a member of the metadata as it is.
fn is_metadata(key: &str, value: &Value<'_>) -> bool {
    METADATA.iter().any(|prefix| key.starts_with(prefix))
        && AwsParts::default().slot(key).is_none()
        && match value {
            Value::Text(text) => secrets::hidden(key, text).is_none(),
            Value::Bool(_) => true,
            Value::Integer(_) => !secrets::is_password(key),
            _ => false,
        }
}
