//! Bounds how much is processed and waits to be sent at a time.
//!
//! A trace of 8 MiB takes three times that while its answer is made, and a client that does not read holds its answer until
//! it is cut off. The bounds are those of the process, as its memory is, so they are no part of a console's state.

use std::sync::Arc;

use axum::{body::Body, extract::Request, http::Response, middleware::Next};
use http_body::Body as _;
use http_server::Holding;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Questions that are being answered at once; others wait.
pub(super) static QUESTIONS: Semaphore = Semaphore::const_new(2);
/// Requests with spans or documents that are being taken in at once.
pub(super) static INTAKE: Semaphore = Semaphore::const_new(2);
/// Kilobytes of answers that are sent at a time.
static SENDING: Semaphore = Semaphore::const_new(SENDING_KIB as usize);
const SENDING_KIB: u32 = 32 * 1024;
/// Answers up to this size, in kilobytes, are not counted: their connections are.
const SMALL_KIB: u64 = 64;

/// A permit to work; released when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    _permit: Arc<Option<SemaphorePermit<'static>>>,
}

/// Waits for a turn.
pub(super) async fn turn(semaphore: &'static Semaphore) -> Turn {
    Turn {
        // It is never closed.
        _permit: Arc::new(semaphore.acquire().await.ok()),
    }
}

/// The middleware: a large answer waits until there is room for it, and holds its place until it is sent or given up.
pub(super) async fn large_answers(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let turn = response.extensions_mut().remove::<Turn>();
    let kib = response.body().size_hint().exact().unwrap_or_default() / 1024;
    if kib <= SMALL_KIB {
        return response;
    }
    let places = u32::try_from(kib).map_or(SENDING_KIB, |kib| kib.min(SENDING_KIB));
    let place = SENDING.acquire_many(places).await.ok();
    drop(turn);
    response.map(|body| Body::new(Holding::new(body, place)))
}
