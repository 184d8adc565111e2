//! Writes answers: JSON, or an error in AWS's format.

use std::{io, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    bound::{self, ALL_QUESTIONS, Turn},
    error::ApiError,
    left::{Left, Waiting},
    text::{self, Text},
};

/// What a handler returns.
pub(super) type Answer = Result<Response, ApiError>;

/// Writes an answer as JSON.
pub(super) fn answer(answer: &impl Serialize) -> Answer {
    Ok(respond(text::body(Arc::new(written(answer)?))))
}

/// Answers with a text that is JSON.
pub(super) fn answer_text(text: io::Result<Text>) -> Answer {
    let text = text.map_err(|error| failure(&error))?;
    Ok(respond(text::body(Arc::new(text))))
}

/// Writes the text of an answer.
pub(super) fn written(answer: &impl Serialize) -> Result<Text, ApiError> {
    Text::of(answer).map_err(|error| failure(&error))
}

/// Sends a body that is JSON.
pub(super) fn respond(body: Body) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

fn failure(error: &impl ToString) -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalFailure",
        error.to_string(),
    )
}

/// Makes an answer that takes longer than a task may hold its thread, when it is its turn. Whoever leaves before that
/// costs nothing; `Left` tells the work if its client leaves later.
pub(super) async fn compute(work: impl FnOnce(&Left) -> Answer + Send + 'static) -> Answer {
    compute_in(1, Box::new(work)).await
}

/// Makes an answer from whole traces while no other question is answered: assembling a trace takes many times the bytes of
/// its documents.
pub(super) async fn compute_alone(work: impl FnOnce(&Left) -> Answer + Send + 'static) -> Answer {
    compute_in(ALL_QUESTIONS, Box::new(work)).await
}

async fn compute_in(turns: u32, work: Work<Response>) -> Answer {
    let turn = bound::turn(&bound::QUESTIONS, turns).await;
    let (mut response, turn) = run(turn, work).await?;
    // The next one begins when there is room for this answer.
    response.extensions_mut().insert(turn);
    Ok(response)
}

/// Makes the text of an answer, and returns it with its turns, which end when they are dropped.
pub(super) async fn compute_text(
    turns: u32,
    work: impl FnOnce() -> Result<Text, ApiError> + Send + 'static,
) -> Result<(Text, Turn), ApiError> {
    let turn = bound::turn(&bound::QUESTIONS, turns).await;
    run(turn, Box::new(|_| work())).await
}

/// Takes in what a request brings, when it is its turn.
pub(super) async fn take_in<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let turn = bound::turn(&bound::INTAKE, 1).await;
    let (taken, _) = run(turn, Box::new(|_| work())).await?;
    Ok(taken)
}

/// Reads something back from disk when it is the question's turn, which lasts as long as what is returned: nobody else
/// reads anything else back meanwhile.
pub(super) async fn in_past(work: impl FnOnce(&Left) + Send + 'static) -> Result<Turn, ApiError> {
    let turn = bound::turn(&bound::PAST, 1).await;
    let work = |left: &Left| {
        work(left);
        Ok(())
    };
    let ((), turn) = run(turn, Box::new(work)).await?;
    Ok(turn)
}

/// Does work on a thread that it may block; nobody waits for it.
pub(super) fn in_background(work: impl FnOnce() + Send + 'static) {
    // Boxed, so that the runtime's part of it is compiled once.
    let work: Box<dyn FnOnce() + Send> = Box::new(work);
    drop(tokio::task::spawn_blocking(work));
}

/// Boxed, so that the runtime's part of it is compiled once for all operations.
type Work<T> = Box<dyn FnOnce(&Left) -> Result<T, ApiError> + Send>;

/// Runs work on a thread that it may block. The turn ends with the work, even if nobody waits for it any more.
async fn run<T: Send + 'static>(turn: Turn, work: Work<T>) -> Result<(T, Turn), ApiError> {
    let left = Left::default();
    let _waiting = Waiting(left.clone());
    tokio::task::spawn_blocking(move || work(&left).map(|made| (made, turn)))
        .await
        .unwrap_or_else(|error| Err(failure(&error)))
}
