//! Why a call failed, in the words of the service or, where it did not answer, of the SDK.

use std::{error::Error, fmt};

use aws_smithy_runtime_api::client::{interceptors::context, orchestrator::OrchestratorError};
use aws_smithy_types::error::ErrorMetadata;
use xray::Subsegment;

/// A service's refusal: its code is the exception's type.
#[derive(Debug)]
struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Refusal {}

/// Records the failure of a call. The type of one that has no answer is named as in the SDK's `SdkError`.
pub(crate) fn record(
    error: &OrchestratorError<context::Error>,
    has_request: bool,
    status: Option<u16>,
    subsegment: &Subsegment,
) {
    if let Some((code, message)) = error.as_operation_error().and_then(|error| refusal(error)) {
        return subsegment.record_error_as(code, &Refusal(message));
    }
    if let Some(status) = status
        && error
            .as_operation_error()
            .is_some_and(|error| is_bare(error))
    {
        return subsegment.record_error_as("ResponseError", &Refusal(words(status)));
    }
    let kind = if error.is_timeout_error() {
        "TimeoutError"
    } else if error.is_operation_error() || error.is_response_error() {
        "ResponseError"
    } else if error.is_connector_error() || has_request {
        "DispatchFailure"
    } else {
        "ConstructionFailure"
    };
    // Its own text is the kind once more.
    subsegment.record_error_as(kind, error.source().unwrap_or(error));
}

/// Whether an answer was an error that says no more, as those to `HEAD`, which have no body. The SDK's own text is that of its
/// types.
fn is_bare(error: &dyn Error) -> bool {
    let metadata = error.source().and_then(|source| source.downcast_ref());
    metadata.is_some_and(|metadata: &ErrorMetadata| {
        metadata.code().is_none() && metadata.message().is_none()
    })
}

/// A status in words: `403 Forbidden`.
fn words(status: u16) -> String {
    let known = xray::http::StatusCode::from_u16(status);
    known.map_or_else(|_| status.to_string(), |status| status.to_string())
}

/// Returns the code and the message of a service's answer. Errors that the SDK models are written as
/// `Code: message`, or `Name [Code]: message`; of others it keeps the [`ErrorMetadata`].
fn refusal(error: &dyn Error) -> Option<(String, String)> {
    let source = error.source();
    if let Some(metadata) = source.and_then(|source| source.downcast_ref::<ErrorMetadata>()) {
        let code = metadata.code()?.to_owned();
        let message = metadata.message().unwrap_or(&code).to_owned();
        return Some((code, message));
    }
    let text = source.unwrap_or(error).to_string();
    let (code, message) = text.split_once(": ").unwrap_or((&text, ""));
    let code = match code.split_once(" [") {
        Some((_, code)) => code.trim_end_matches(']'),
        None => code,
    };
    let is_code = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let message = if message.is_empty() { code } else { message };
    is_code.then(|| (code.to_owned(), message.to_owned()))
}
