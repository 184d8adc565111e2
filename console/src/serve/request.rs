//! Reading requests: bodies in JSON, and the ids of traces.

mod json;

use axum::{body::Bytes, extract::rejection::BytesRejection};
use segment::TraceId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{error::ApiError, model::Operation};

/// Reads the request of an operation and checks it by AWS's model; no body at all is an empty one, and a member that is
/// null is absent.
pub(super) fn checked(
    operation: &Operation,
    body: Result<Bytes, BytesRejection>,
    is_strict: bool,
) -> Result<Value, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let mut request: Value = if body.is_empty() {
        json!({})
    } else {
        json::read(&body)?
    };
    operation
        .check(&mut request, is_strict)
        .map_err(|violation| ApiError::invalid(violation.to_string()))?;
    Ok(request)
}

/// Reads what an operation looks at in its request.
///
/// `T` refuses members that it does not know (`deny_unknown_fields`): so nothing that the model has is taken and dropped
/// (`model.rs` has the exceptions).
pub(super) fn typed<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Reads a question of the page's own, which AWS's model does not have.
pub(super) fn read<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Reads a trace id, in X-Ray's spelling or as 32 hexadecimal digits.
pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::in_either_spelling(text).map_err(|error| ApiError::invalid(error.to_string()))
}
