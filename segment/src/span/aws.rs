//! A call of AWS's API whose parts are known one by one.

use crate::Value;

/// A call of AWS's API and its answer, as the SDK knows them. What it was asked for (a table, a queue) are attributes.
/// `T` is a text.
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
    /// `aws.request_id`: the id that the service gave the request.
    pub request_id: Option<T>,
    /// `aws.retries`: how often it was asked again.
    pub retries: Option<u32>,
    /// `http.response.status_code`
    pub status: Option<u16>,
}

impl<T> AwsCall<T> {
    /// With these begin the keys of its attributes; few others begin with the last one.
    pub(super) const PREFIXES: [&str; 3] = ["rpc.", "http.", "aws.re"];

    /// Returns the same with other texts.
    pub(super) fn map<U>(&self, mut text: impl FnMut(&T) -> U) -> AwsCall<U> {
        AwsCall {
            service: text(&self.service),
            operation: text(&self.operation),
            region: self.region.as_ref().map(&mut text),
            request_id: self.request_id.as_ref().map(&mut text),
            retries: self.retries,
            status: self.status,
        }
    }
}

impl<'a> AwsCall<&'a str> {
    /// Returns it as attributes.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        let integer = |number: i64| Value::from(number);
        let known = |text: &'a str| Some(text).filter(|text| !text.is_empty()).map(Value::from);
        [
            ("rpc.system", Some("aws-api".into())),
            ("rpc.service", known(self.service)),
            ("rpc.method", known(self.operation)),
            ("aws.region", self.region.map(Value::from)),
            ("aws.request_id", self.request_id.map(Value::from)),
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
