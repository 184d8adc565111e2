//! Reading requests: bodies in JSON, and the ids of traces.

use axum::{body::Bytes, extract::rejection::BytesRejection};
use segment::TraceId;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// Reads a request; no body at all is an empty one.
pub(super) fn read<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let body = if body.is_empty() { &b"{}"[..] } else { &body };
    // Without this a list would pass for the members of an object in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::invalid("the body is no JSON object"));
    }
    from_json(body).map_err(|error| ApiError::invalid(error.to_string()))
}

/// Reads JSON in which a member that is null is absent, as in all of AWS's API.
fn from_json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    // Nearly no request has one, and without it the error tells the place.
    if !body.windows(4).any(|bytes| bytes == b"null") {
        return serde_json::from_slice(body);
    }
    let mut body = serde_json::from_slice(body)?;
    drop_nulls(&mut body);
    serde_json::from_value(body)
}

fn drop_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Reads a trace id, in X-Ray's spelling or as 32 hexadecimal digits.
pub(super) fn trace_id(text: &str) -> Result<TraceId, ApiError> {
    TraceId::in_either_spelling(text).map_err(|error| ApiError::invalid(error.to_string()))
}
