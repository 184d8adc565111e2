//! The `aws` block: the resource says where the service runs, the span what it called.

use std::borrow::Cow;

use super::{
    attributes::{Accepts, Attributes, Slot},
    resource::borrow_aws,
    text::{Text, fit},
    trimmed::Trimmed,
};
use crate::{
    Form, Value,
    document::{Aws, Encoded, Shared, Xray},
    names,
};

/// The span attribute with the sampling rule that decided to record the trace; it becomes
/// `aws.xray.sampling_rule_name`.
pub const SAMPLING_RULE_NAME: &str = "aws.xray.sampling_rule_name";

/// `rpc.system` and `rpc.system.name` of a call to AWS.
const AWS_API: &str = "aws-api";

/// The attributes of a call to AWS.
#[derive(Default)]
pub(super) struct AwsParts {
    /// Whether AWS is called.
    pub(super) is_aws_api: bool,
    /// `rpc.system` and `rpc.system.name`, which stay in the metadata.
    rpc_system: Slot,
    new_rpc_system: Slot,
    /// `rpc.method`: the operation of a call to AWS; metadata for any other call. In the newest conventions it
    /// includes the service, `S3/PutObject`.
    rpc_method: Slot,
    operation: Slot,
    account_id: Slot,
    region: Slot,
    request_id: Slot,
    queue_url: Slot,
    /// `messaging.url`, which takes precedence over `queue_url` and is also kept in the metadata.
    pub(super) messaging_url: Slot,
    table_name: Slot,
    /// `aws.dynamodb.table_names`, which takes precedence over `table_name` and is also kept in the metadata.
    table_names: Slot,
    bucket_name: Slot,
    key: Slot,
    topic_arn: Slot,
    function_name: Slot,
    message_id: Slot,
    retries: Slot,
    sampling_rule_name: Slot,
    /// Attributes that have this meaning only on a call to AWS: `cloud.region`, `messaging.message.id`,
    /// `faas.invoked_name`, `http.request.resend_count`.
    cloud_region: Slot,
    any_message_id: Slot,
    /// Of any call it is the called function.
    pub(super) invoked_name: Slot,
    resend_count: Slot,
}

/// Adds the sampling rule to a block.
pub(super) fn sampled_by<'a>(rule: Cow<'a, str>, block: Aws<'a>) -> Aws<'a> {
    let xray = Xray {
        sampling_rule_name: Some(rule),
        ..block.xray.unwrap_or_default()
    };
    Aws {
        xray: Some(xray),
        ..block
    }
}

impl AwsParts {
    /// Returns the slot of an attribute that may belong to this block, and which values it accepts.
    pub(super) fn slot(&mut self, key: &str) -> Option<(&mut Slot, Accepts)> {
        let slot = match key {
            "rpc.system" => &mut self.rpc_system,
            "rpc.system.name" => &mut self.new_rpc_system,
            "rpc.method" => &mut self.rpc_method,
            "aws.operation" => &mut self.operation,
            "aws.account_id" => &mut self.account_id,
            "aws.region" => &mut self.region,
            "aws.request_id" | "aws.requestId" | "aws.request.id" => &mut self.request_id,
            "aws.queue_url" | "aws.queue.url" | "aws.sqs.queue.url" | "aws.sqs.queue_url" => {
                &mut self.queue_url
            }
            "messaging.url" => &mut self.messaging_url,
            "aws.table_name" | "aws.table.name" => &mut self.table_name,
            "aws.dynamodb.table_names" => return Some((&mut self.table_names, Accepts::List)),
            "aws.s3.bucket" | "aws.bucket_name" | "aws.bucket.name" => &mut self.bucket_name,
            "aws.s3.key" | "aws.key" => &mut self.key,
            "aws.sns.topic.arn" | "aws.sns.topic_arn" | "aws.topic_arn" => &mut self.topic_arn,
            "aws.lambda.function.name" | "aws.lambda.function_name" | "aws.function_name" => {
                &mut self.function_name
            }
            "aws.message_id" | "aws.sqs.message_id" | "aws.sns.message_id" => &mut self.message_id,
            "aws.retries" | "aws.xray.retries" => {
                return Some((&mut self.retries, Accepts::Integer));
            }
            SAMPLING_RULE_NAME | "aws.xray.sampling_rule" => &mut self.sampling_rule_name,
            "cloud.region" => &mut self.cloud_region,
            "messaging.message.id" | "messaging.message_id" => &mut self.any_message_id,
            "faas.invoked_name" => &mut self.invoked_name,
            "http.request.resend_count" | "http.resend_count" => {
                return Some((&mut self.resend_count, Accepts::Integer));
            }
            _ => return None,
        };
        Some((slot, Accepts::Text))
    }

    /// Decides whether AWS is called, once all attributes have been read.
    pub(super) fn judge(&mut self, attributes: &Attributes<'_>) {
        let is_aws = |slot| attributes.value(slot).and_then(Value::as_text) == Some(AWS_API);
        self.is_aws_api = is_aws(self.rpc_system) || is_aws(self.new_rpc_system);
        if self.is_aws_api {
            for (own, general) in [
                (&mut self.region, self.cloud_region),
                (&mut self.message_id, self.any_message_id),
                (&mut self.function_name, self.invoked_name),
                (&mut self.retries, self.resend_count),
            ] {
                *own = own.or(general);
            }
        }
    }

    /// Returns the service that precedes the method, as in the newest RPC conventions.
    pub(super) fn service<'a>(&self, attributes: &Attributes<'a>) -> Text<'a> {
        let method = attributes.text(self.rpc_method)?;
        let (service, _) = method.rsplit_once('/')?;
        let service = service.trim_start_matches('/');
        (!service.is_empty()).then(|| Cow::Owned(service.to_owned()))
    }

    /// Makes the block. An embedded subsegment leaves out what its segment contains.
    pub(super) fn finish<'a>(
        &self,
        resource: Option<&'a Encoded<Aws<'static>>>,
        form: Form,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> Option<Shared<'a, Aws<'a>>> {
        let resource = resource?;
        match form {
            Form::Embedded if self.is_empty() => None,
            Form::Independent if self.is_empty() => Some(Shared::Borrowed(resource)),
            Form::Embedded => Some(self.block(Aws::default(), attributes, trimmed).into()),
            Form::Independent => Some(self.block(borrow_aws(resource), attributes, trimmed).into()),
        }
    }

    /// Whether the document needs no `aws` block of its own, only the resource's.
    fn is_empty(&self) -> bool {
        let own = [
            self.operation,
            self.account_id,
            self.region,
            self.request_id,
            self.queue_url,
            self.messaging_url,
            self.table_name,
            self.table_names,
            self.bucket_name,
            self.key,
            self.topic_arn,
            self.function_name,
            self.message_id,
            self.retries,
            self.sampling_rule_name,
        ];
        let has_method = self.is_aws_api && self.rpc_method.is_set();
        !(has_method || own.into_iter().any(Slot::is_set))
    }

    fn block<'a>(
        &self,
        resource: Aws<'a>,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> Aws<'a> {
        let (table_name, table_names) = self.tables(attributes, trimmed);
        let queue_url = match attributes.copy(self.messaging_url) {
            Some(url) => Some(fit(url, trimmed)),
            None => attributes.take_fitting(self.queue_url, trimmed),
        };
        let resource = match attributes.take_fitting(self.sampling_rule_name, trimmed) {
            None => resource,
            Some(rule) => sampled_by(rule, resource),
        };
        let mut take = |slot| attributes.take_fitting(slot, trimmed);
        let mut aws = Aws {
            account_id: take(self.account_id).or(resource.account_id),
            region: take(self.region),
            request_id: take(self.request_id),
            queue_url,
            table_name,
            table_names,
            bucket_name: take(self.bucket_name),
            key: take(self.key),
            topic_arn: take(self.topic_arn),
            function_name: take(self.function_name),
            message_id: take(self.message_id),
            ..resource
        };
        aws.operation = self.operation(attributes, trimmed);
        aws.retries = attributes
            .integer(self.retries)
            .filter(|retries| *retries >= 0);
        if aws.retries.is_some() {
            attributes.forget(self.retries);
        }
        aws
    }

    fn operation<'a>(&self, attributes: &mut Attributes<'a>, trimmed: &mut Trimmed) -> Text<'a> {
        let method = attributes.copy(self.rpc_method).filter(|_| self.is_aws_api);
        let operation = attributes.take_fitting(self.operation, trimmed);
        let Some(method) = method else {
            return operation;
        };
        let own = method.rsplit_once('/').map(|(_, own)| own.to_owned());
        if own.is_none() && method.len() <= names::MAX_TEXT {
            // The service that precedes the method may be named nowhere else.
            let is_other = operation
                .as_ref()
                .is_some_and(|operation| *operation != method);
            if !is_other {
                attributes.forget(self.rpc_method);
            }
        }
        operation.or_else(|| Some(fit(own.map_or(method, Cow::Owned), trimmed)))
    }

    /// The one table, or several.
    fn tables<'a>(
        &self,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> (Text<'a>, Vec<Cow<'a, str>>) {
        let names = attributes.value(self.table_names).map(texts);
        let mut names = names.unwrap_or_default();
        for name in &mut names {
            *name = fit(std::mem::take(name), trimmed);
        }
        match names.len() {
            0 => (attributes.take_fitting(self.table_name, trimmed), names),
            1 => (names.pop(), names),
            _ => (None, names),
        }
    }
}

/// The texts of a list, or the one text.
fn texts<'a>(value: &Value<'a>) -> Vec<Cow<'a, str>> {
    let text = |value: &Value<'a>| match value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}
