//! The `aws` block: where the service runs comes from the resource, what was called from the span.

use std::{borrow::Cow, mem::take};

use super::{
    Trimmed,
    resource::lend_aws,
    text::{Text, fit, fit_member, put},
};
use crate::{
    Form, Value,
    document::{Aws, Ready, Shared, Xray},
};

/// The span attribute that names the sampling rule which decided to record the trace; it becomes
/// `aws.xray.sampling_rule_name`.
pub const SAMPLING_RULE_NAME: &str = "aws.xray.sampling_rule_name";

/// `rpc.system` of a call to AWS.
const AWS_API: &str = "aws-api";

/// The attributes of a call to AWS.
#[derive(Default)]
pub(super) struct AwsParts<'a> {
    /// Whether `rpc.system` says that AWS is called.
    pub(super) is_aws_api: bool,
    operation: Text<'a>,
    /// `rpc.method`: the operation of a call to AWS, metadata of any other.
    rpc_method: Option<Value<'a>>,
    account_id: Text<'a>,
    region: Text<'a>,
    request_id: Text<'a>,
    queue_url: Text<'a>,
    /// `messaging.url`, which wins over `queue_url` and stays in the metadata as well.
    messaging_url: Text<'a>,
    table_name: Text<'a>,
    /// `aws.dynamodb.table_names`, which wins over `table_name` and stays in the metadata as well.
    table_names: Vec<Cow<'a, str>>,
    sampling_rule_name: Text<'a>,
}

impl<'a> AwsParts<'a> {
    /// Takes an attribute if it belongs here, hands its value back if not.
    pub(super) fn take(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        match key {
            "aws.operation" => put(&mut self.operation, value),
            "aws.account_id" => put(&mut self.account_id, value),
            "aws.region" => put(&mut self.region, value),
            "aws.request_id" | "aws.requestId" => put(&mut self.request_id, value),
            "aws.queue_url" | "aws.queue.url" => put(&mut self.queue_url, value),
            "aws.table_name" | "aws.table.name" => put(&mut self.table_name, value),
            SAMPLING_RULE_NAME | "aws.xray.sampling_rule" => {
                put(&mut self.sampling_rule_name, value)
            }
            "aws.dynamodb.table_names" => {
                self.table_names = texts(&value);
                Some(value)
            }
            _ => Some(value),
        }
    }

    /// Takes or notes an attribute of the call's protocol.
    pub(super) fn take_protocol(&mut self, key: &str, value: Value<'a>) -> Option<Value<'a>> {
        match key {
            "rpc.method" => {
                self.rpc_method = Some(value);
                return None;
            }
            "rpc.system" => self.is_aws_api = value.as_text() == Some(AWS_API),
            "messaging.url" => {
                // Only a copy is wanted, and a list would be no URL.
                put(&mut self.messaging_url, value.clone());
            }
            _ => {}
        }
        Some(value)
    }

    /// Gives back what only a call to AWS uses, if this is none.
    pub(super) fn give_back(&mut self) -> Option<Value<'a>> {
        self.rpc_method.take_if(|_| !self.is_aws_api)
    }

    /// Whether the document needs an `aws` block of its own, not just the resource's.
    fn is_empty(&self) -> bool {
        self.operation.is_none()
            && self.account_id.is_none()
            && self.region.is_none()
            && self.request_id.is_none()
            && self.queue_url.is_none()
            && self.messaging_url.is_none()
            && self.table_name.is_none()
            && self.table_names.is_empty()
            && self.sampling_rule_name.is_none()
    }

    /// Makes the block. An embedded subsegment leaves out what its segment says.
    pub(super) fn finish(
        &mut self,
        resource: Option<&'a Ready<Aws<'static>>>,
        form: Form,
        trimmed: &mut Trimmed,
    ) -> Option<Shared<'a, Aws<'a>>> {
        let resource = resource?;
        if self.is_aws_api
            && self.operation.is_none()
            && let Some(method) = self.rpc_method.take()
        {
            put(&mut self.operation, method);
        }
        match form {
            Form::Embedded if self.is_empty() => None,
            Form::Independent if self.is_empty() => Some(Shared::Lent(resource)),
            Form::Embedded => Some(take(self).onto(Aws::default(), trimmed).into()),
            Form::Independent => Some(take(self).onto(lend_aws(resource), trimmed).into()),
        }
    }

    fn onto(self, resource: Aws<'a>, trimmed: &mut Trimmed) -> Aws<'a> {
        let table_name = match self.table_names.as_slice() {
            [] => self.table_name,
            [one] => Some(one.clone()),
            _ => None,
        };
        let table_names = match self.table_names.len() {
            0 | 1 => Vec::new(),
            _ => self.table_names,
        };
        let xray = match self.sampling_rule_name {
            None => resource.xray,
            Some(rule) => Some(Xray {
                sampling_rule_name: Some(fit(rule, trimmed)),
                ..resource.xray.unwrap_or_default()
            }),
        };
        Aws {
            account_id: fit_member(self.account_id, trimmed).or(resource.account_id),
            operation: fit_member(self.operation, trimmed),
            region: fit_member(self.region, trimmed),
            request_id: fit_member(self.request_id, trimmed),
            queue_url: fit_member(self.messaging_url.or(self.queue_url), trimmed),
            table_name: fit_member(table_name, trimmed),
            table_names: table_names
                .into_iter()
                .map(|name| fit(name, trimmed))
                .collect(),
            xray,
            ..resource
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
