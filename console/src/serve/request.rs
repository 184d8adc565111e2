//! Parses requests: JSON bodies, and trace ids.

mod json;
mod member;

use axum::{body::Bytes, extract::rejection::BytesRejection, http::StatusCode};
use segment::TraceId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{coding::too_large_words, error::ApiError, model::Operation};
pub(super) use member::Member;

/// Parses the request of an operation and checks it against AWS's model; an empty body counts as an empty object, and
/// a null member as absent.
pub(super) fn checked(
    operation: &Operation,
    body: Result<Bytes, BytesRejection>,
    is_strict: bool,
) -> Result<Member, ApiError> {
    let body = whole(body)?;
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
    let body = whole(body)?;
    serde_json::from_slice(&body).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Returns a body that could be read.
fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
    body.map_err(|rejection| {
        ApiError::invalid(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large_words(),
            _ => rejection.body_text(),
        })
    })
}

/// Parses a trace id, in X-Ray's format or as 32 hexadecimal digits.
pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::from_xray_or_hex(text).map_err(|error| ApiError::invalid(error.to_string()))
}
