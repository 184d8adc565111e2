//! Errors in AWS's format.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The header that has the code for AWS's clients.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// An error of the X-Ray API: status, code, message, sometimes further members.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    more: Vec<(&'static str, Value)>,
}

impl ApiError {
    /// Makes an error.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            more: Vec::new(),
        }
    }

    /// Makes an `InvalidRequestException`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequestException", message)
    }

    /// Makes the error for an operation that AWS's API does not have.
    pub(super) fn no_operation(path: &str) -> Self {
        let operation = path.trim_start_matches('/');
        Self::invalid(format!("the console has no operation {operation}"))
    }

    /// Makes a `ResourceNotFoundException` for a resource with this name.
    pub(super) fn not_found(resource: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
            .with("ResourceName", resource.into())
    }

    /// Returns the status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns what is wrong.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Says in which member of the request the error is.
    #[must_use]
    pub(super) fn within(self, member: &str) -> Self {
        Self {
            message: format!("{member}: {}", self.message),
            ..self
        }
    }

    /// Adds a member to the body.
    #[must_use]
    pub(super) fn with(mut self, member: &'static str, value: Value) -> Self {
        self.more.push((member, value));
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "__type": self.code, "Message": self.message });
        for (member, value) in self.more {
            body[member] = value;
        }
        let headers = [
            (ERROR_TYPE, HeaderValue::from_static(self.code)),
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
        ];
        (self.status, headers, body.to_string()).into_response()
    }
}
