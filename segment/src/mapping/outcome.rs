//! The result of a span: `error`, `throttle`, `fault`, the `cause`, and other events.

use super::{
    attributes::{Attributes, Slot},
    exception::{Failing, is_in},
};
use crate::{
    Value,
    document::{Cause, Exception, Exceptions},
    span::{Event, Status},
};

/// The metadata key of a failed span's description if no exception contains it.
const STATUS_DESCRIPTION: &str = "otel.status_description";

/// The codes by which AWS's services say that they are asked too often; most of them with the status 400.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
const THROTTLES: [&str; 12] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// How a span went.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    pub(super) error: bool,
    pub(super) throttle: bool,
    pub(super) fault: bool,
    pub(super) cause: Option<Cause<'a>>,
    /// The events other than exceptions, in order.
    pub(super) events: Vec<Value<'a>>,
}

impl<'a> Outcome<'a> {
    /// Sets the flags from the response's status code, otherwise from the span's status.
    pub(super) fn new(status_code: Option<i64>, status: &Status<'_>) -> Self {
        let mut outcome = Self::default();
        match status_code {
            Some(code @ 400..=499) => {
                outcome.error = true;
                outcome.throttle = code == 429;
            }
            Some(500..=599) => outcome.fault = true,
            _ => outcome.fault = matches!(status, Status::Error(_)),
        }
        outcome
    }

    /// Sets the cause: the exceptions, otherwise the description in the span's status or in `http.status_text`.
    pub(super) fn explain(
        &mut self,
        status: Status<'a>,
        events: Vec<Event<'a>>,
        status_text: Slot,
        attributes: &mut Attributes<'a>,
        mut failing: Failing<'_>,
    ) {
        let mut exceptions = Vec::new();
        for event in events {
            let event = failing.read(event, &mut exceptions);
            self.events.extend(event);
        }
        if let Status::Error(description) = status {
            let reason = match description.is_empty() {
                false => Some(description),
                true if exceptions.is_empty() => attributes.take(status_text),
                true => None,
            };
            if let Some(reason) = reason {
                if exceptions.is_empty() {
                    exceptions.push(failing.described(reason.clone()));
                }
                if !is_in(&exceptions, &reason) {
                    attributes.add(STATUS_DESCRIPTION, Value::Text(reason));
                }
            }
        }
        let is_throttle = |exception: &Exception<'_>| {
            let code = exception.kind.as_deref().unwrap_or_default();
            THROTTLES.contains(&code)
        };
        self.throttle |= self.error && failing.is_aws_api && exceptions.iter().any(is_throttle);
        if !exceptions.is_empty() {
            self.cause = Some(Cause::Exceptions(Exceptions {
                exceptions,
                ..Exceptions::default()
            }));
        }
    }
}
