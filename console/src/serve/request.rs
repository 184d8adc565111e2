//! Reading requests: bodies in JSON, and the ids of traces.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use segment::TraceId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{error::ApiError, model, state::Console};

/// The request of an operation of the X-Ray API, as AWS's model has it.
///
/// `T` refuses members that it does not know (`deny_unknown_fields`): so nothing that the model has is taken and dropped
/// (`model.rs` has the exceptions).
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Console> for Input<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, console: &Console) -> Result<Self, ApiError> {
        let request = checked(request, console).await?;
        let request = serde_json::from_value(request);
        request
            .map(Self)
            .map_err(|error| ApiError::invalid(error.to_string()))
    }
}

/// Reads a request and checks it by the model; no body at all is an empty one, and a member that is null is absent.
async fn checked(request: Request, console: &Console) -> Result<Value, ApiError> {
    let operation = model::operation(request.uri().path());
    let operation = operation.ok_or_else(|| ApiError::no_operation(request.uri().path()))?;
    let body = Bytes::from_request(request, console)
        .await
        .map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let mut request: Value = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| ApiError::invalid(format!("the body is no JSON: {error}")))?
    };
    operation
        .check(&mut request, console.is_strict)
        .map_err(|violation| ApiError::invalid(violation.to_string()))?;
    Ok(request)
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
