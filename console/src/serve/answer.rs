//! Writes answers: JSON, or an error in AWS's format.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{bound, error::ApiError};

/// What a handler returns.
pub(super) type Answer = Result<Response, ApiError>;

/// Writes an answer as JSON.
pub(super) fn answer(answer: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(answer).map_err(|error| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            error.to_string(),
        )
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body).into_response())
}

/// Makes an answer that takes longer than a task may hold its thread, when it is its turn. Whoever leaves before that
/// costs nothing.
pub(super) async fn compute(work: impl FnOnce() -> Answer + Send + 'static) -> Answer {
    let turn = bound::turn(&bound::QUESTIONS).await;
    let mut response = run(Box::new(work)).await?;
    // The next one begins when there is room for this answer.
    response.extensions_mut().insert(turn);
    Ok(response)
}

/// Takes in what a request brings, when it is its turn.
pub(super) async fn take_in<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let _turn = bound::turn(&bound::INTAKE).await;
    run(Box::new(work)).await
}

/// Runs work where it may take its time. Boxed, so that the runtime's part of it is compiled once for all operations.
async fn run<T: Send + 'static>(
    work: Box<dyn FnOnce() -> Result<T, ApiError> + Send>,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            Err(ApiError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalFailure",
                error.to_string(),
            ))
        })
}
