//! A call of AWS's API whose parts are known one by one.

use crate::Value;

/// A call of AWS's API and its answer, as the SDK knows them. `T` is a text.
///
/// <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AwsCall<T> {
    /// `rpc.service`, for example `DynamoDB`; empty if it is unknown.
    pub service: T,
    /// `rpc.method`, for example `GetItem`; empty if it is unknown.
    pub operation: T,
    /// `aws.region`
    pub region: Option<T>,
    /// What it was asked for.
    pub asked: Asked<T>,
    /// `aws.request_id`: the id that the service gave the request.
    pub request_id: Option<T>,
    /// `aws.message_id`: the id that the service gave the message.
    pub message_id: Option<T>,
    /// `aws.retries`: how often it was asked again.
    pub retries: Option<u32>,
    /// `http.response.status_code`
    pub status: Option<u16>,
}

/// The resource that a call of AWS's API is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked<T> {
    /// `aws.queue_url`
    pub queue_url: Option<T>,
    /// `aws.table_name`
    pub table_name: Option<T>,
    /// `aws.s3.bucket`
    pub bucket_name: Option<T>,
    /// `aws.s3.key`
    pub key: Option<T>,
    /// `aws.topic_arn`
    pub topic_arn: Option<T>,
    /// `aws.function_name`
    pub function_name: Option<T>,
}

impl<T> AwsCall<T> {
    /// Returns the text of the answer or of what was asked for that an attribute stands for.
    pub fn text_mut(&mut self, key: &str) -> Option<&mut Option<T>> {
        let asked = &mut self.asked;
        Some(match key {
            "aws.queue_url" => &mut asked.queue_url,
            "aws.table_name" => &mut asked.table_name,
            "aws.s3.bucket" => &mut asked.bucket_name,
            "aws.s3.key" => &mut asked.key,
            "aws.topic_arn" => &mut asked.topic_arn,
            "aws.function_name" => &mut asked.function_name,
            "aws.request_id" => &mut self.request_id,
            "aws.message_id" => &mut self.message_id,
            _ => return None,
        })
    }

    /// Whether an attribute with this key would say again what is a part here.
    pub(super) fn has(key: &str) -> bool {
        matches!(
            key,
            "rpc.system"
                | "rpc.service"
                | "rpc.method"
                | "aws.region"
                | "aws.queue_url"
                | "aws.table_name"
                | "aws.s3.bucket"
                | "aws.s3.key"
                | "aws.topic_arn"
                | "aws.function_name"
                | "aws.request_id"
                | "aws.message_id"
                | "aws.retries"
                | "http.response.status_code"
        )
    }

    /// Returns the same with other texts.
    pub(super) fn map<U>(&self, mut text: impl FnMut(&T) -> U) -> AwsCall<U> {
        AwsCall {
            service: text(&self.service),
            operation: text(&self.operation),
            region: self.region.as_ref().map(&mut text),
            asked: self.asked.map(&mut text),
            request_id: self.request_id.as_ref().map(&mut text),
            message_id: self.message_id.as_ref().map(&mut text),
            retries: self.retries,
            status: self.status,
        }
    }
}

impl<T> Asked<T> {
    fn map<U>(&self, mut text: impl FnMut(&T) -> U) -> Asked<U> {
        Asked {
            queue_url: self.queue_url.as_ref().map(&mut text),
            table_name: self.table_name.as_ref().map(&mut text),
            bucket_name: self.bucket_name.as_ref().map(&mut text),
            key: self.key.as_ref().map(&mut text),
            topic_arn: self.topic_arn.as_ref().map(&mut text),
            function_name: self.function_name.as_ref().map(&mut text),
        }
    }
}

impl<'a> AwsCall<&'a str> {
    /// Returns it as attributes.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        let integer = |number: i64| Value::from(number);
        let known = |text: &'a str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
        let asked = &self.asked;
        [
            ("rpc.system", Some("aws-api".into())),
            ("rpc.service", known(self.service)),
            ("rpc.method", known(self.operation)),
            ("aws.region", self.region.map(Value::from)),
            ("aws.queue_url", asked.queue_url.map(Value::from)),
            ("aws.table_name", asked.table_name.map(Value::from)),
            ("aws.s3.bucket", asked.bucket_name.map(Value::from)),
            ("aws.s3.key", asked.key.map(Value::from)),
            ("aws.topic_arn", asked.topic_arn.map(Value::from)),
            ("aws.function_name", asked.function_name.map(Value::from)),
            ("aws.request_id", self.request_id.map(Value::from)),
            ("aws.message_id", self.message_id.map(Value::from)),
            (
                "aws.retries",
                self.retries.map(|retries| integer(retries.into())),
            ),
            (
                "http.response.status_code",
                self.status.map(|status| integer(status.into())),
            ),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
    }
}
