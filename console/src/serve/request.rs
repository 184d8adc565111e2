//! Parses requests: JSON bodies, and trace ids.

mod json;
mod member;

use axum::{body::Bytes, extract::rejection::BytesRejection};
use segment::TraceId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{error::ApiError, model::Operation};
pub(super) use member::Member;

/// Parses the request of an operation and checks it against AWS's model; an empty body counts as an empty object, and
/// a null member as absent.
pub(super) fn checked(
    operation: &Operation,
    body: Result<Bytes, BytesRejection>,
    is_strict: bool,
) -> Result<Member, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let mut request: Value = if body.is_empty() {
        json!({})
    } else {
        json::read(&body)?
    };
    operation
        .check(&mut request, is_strict)
        .map_err(|violation| ApiError::invalid(violation.to_string()))?;
    Ok(Member::request(request))
}

/// Parses a request of the page, which AWS's model does not have.
pub(super) fn read<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Parses a trace id, in X-Ray's format or as 32 hexadecimal digits.
pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::from_xray_or_hex(text).map_err(|error| ApiError::invalid(error.to_string()))
}
