//! Bounds how much is processed and waits to be sent at a time.
//!
//! A trace of 8 MiB takes many times that while it is put together, and a client that does not read holds its answer until
//! it is cut off. The bounds are those of the process, as its memory is, so they are no part of a console's state.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
    http::{Response, StatusCode},
    middleware::Next,
    response::IntoResponse as _,
};
use futures_util::{StreamExt as _, stream::unfold};
use http_body::Body as _;
use http_server::GuardedBody;
use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit},
    time::timeout,
};

use super::error::ApiError;

/// Questions that are being answered at once; others wait.
pub(super) static QUESTIONS: Semaphore = Semaphore::const_new(ALL_QUESTIONS as usize);
/// The turns of a question that is answered alone.
pub(super) const ALL_QUESTIONS: u32 = 2;
/// Questions that are answered with traces that only the disk has, at once: they share the room for these. Such a question
/// waits for this first, so that the others need not wait for the disk.
pub(super) static PAST: Semaphore = Semaphore::const_new(1);
/// Requests with spans or documents that are being taken in at once.
pub(super) static INTAKE: Semaphore = Semaphore::const_new(2);
/// Kilobytes of answers that are sent at a time.
static SENDING: Semaphore = Semaphore::const_new(SENDING_KIB as usize);
const SENDING_KIB: u32 = 16 * 1024;
/// Answers up to this size, in kilobytes, are not counted: their connections are.
const SMALL_KIB: u64 = 64;
/// Requests with a large body that are received and processed at once. The others wait after their first [`SMALL_BODY`]
/// bytes.
static LARGE_BODIES: Semaphore = Semaphore::const_new(2);
/// Bodies up to this size, in bytes, never wait.
pub(super) const SMALL_BODY: usize = 64 * 1024;
/// How long a large body waits before its request is answered 429.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// Clients that are sent a large answer at once. Each needs about 500 kB for compression and for the socket.
static READERS: Semaphore = Semaphore::const_new(64);

/// A permit to work; released when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    _permit: Arc<Option<SemaphorePermit<'static>>>,
}

/// Room for a text while it is being sent.
pub(super) type Place = Option<SemaphorePermit<'static>>;

/// Marks an answer whose text already holds its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted;

/// Waits for this many turns.
pub(super) async fn turn(semaphore: &'static Semaphore, turns: u32) -> Turn {
    Turn {
        // It is never closed.
        _permit: Arc::new(semaphore.acquire_many(turns).await.ok()),
    }
}

/// Waits for room to send a text of this many bytes. A small one needs none.
pub(super) async fn place(bytes: usize) -> Place {
    let kib = bytes as u64 / 1024;
    if kib <= SMALL_KIB {
        return None;
    }
    let places = u32::try_from(kib).map_or(SENDING_KIB, |kib| kib.min(SENDING_KIB));
    SENDING.acquire_many(places).await.ok()
}

/// The middleware: a large answer waits until there is room for it, and holds its place until it is sent or given up.
pub(super) async fn large_answers(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let extensions = response.extensions_mut();
    let (turn, counted) = (extensions.remove::<Turn>(), extensions.remove::<Counted>());
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    if bytes / 1024 <= SMALL_KIB {
        return response;
    }
    let place = match counted {
        Some(Counted) => None,
        None => place(usize::try_from(bytes).unwrap_or(usize::MAX)).await,
    };
    drop(turn);
    // Acquired last: whoever holds one of these waits for nothing else.
    let reader = READERS.acquire().await.ok();
    response.map(|body| Body::new(GuardedBody::new(body, (place, reader))))
}

/// The middleware: stops reading a large body until it is its turn, which ends with the answer. A request that waits too
/// long is answered 429, after which clients of X-Ray and of OTLP try again.
pub(super) async fn large_bodies(request: Request, next: Next) -> Response<Body> {
    if request.extensions().get::<Unpacked>().is_some() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (body, turn) = in_turn(body);
    tokio::select! {
        response = next.run(Request::from_parts(parts, body)) => response,
        () = turn.is_late.notified() => busy().into_response(),
    }
}

/// Marks a request whose body was unpacked, which has its turn already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unpacked;

/// Reads a body that is to be unpacked: it is read as any other one, and then takes a turn whatever its size, because it
/// may become large. The turn ends when it is dropped.
pub(super) async fn packed(
    body: Body,
    read: impl AsyncFnOnce(Body) -> Result<Bytes, ApiError>,
) -> Result<(Bytes, Arc<BodyTurn>), ApiError> {
    let (body, turn) = in_turn(body);
    let body = tokio::select! {
        body = read(body) => body?,
        () = turn.is_late.notified() => return Err(busy()),
    };
    if turn.take().await {
        Ok((body, turn))
    } else {
        Err(busy())
    }
}

fn in_turn(body: Body) -> (Body, Arc<BodyTurn>) {
    let turn = Arc::<BodyTurn>::default();
    let received = Received {
        parts: body.into_data_stream(),
        bytes: 0,
        turn: turn.clone(),
    };
    (Body::from_stream(unfold(received, Received::next)), turn)
}

fn busy() -> ApiError {
    let words = "the console is busy with other large requests; try again";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "ThrottledException", words)
}

/// The turn of a large body.
#[derive(Debug, Default)]
pub(super) struct BodyTurn {
    place: OnceLock<Place>,
    is_late: Notify,
}

impl BodyTurn {
    /// Waits for the turn, unless it is there; `false` if it does not come in time.
    async fn take(&self) -> bool {
        if self.place.get().is_some() {
            return true;
        }
        let Ok(place) = timeout(BODY_PATIENCE, LARGE_BODIES.acquire()).await else {
            return false;
        };
        // Nobody else sets it.
        let _ = self.place.set(place.ok());
        true
    }
}

/// A body and how much of it was read.
struct Received {
    parts: BodyDataStream,
    bytes: usize,
    turn: Arc<BodyTurn>,
}

impl Received {
    async fn next(mut self) -> Option<(Result<Bytes, axum::Error>, Self)> {
        if self.bytes > SMALL_BODY && !self.turn.take().await {
            self.turn.is_late.notify_one();
            return std::future::pending().await;
        }
        let part = self.parts.next().await?;
        self.bytes += part.as_ref().map_or(0, Bytes::len);
        Some((part, self))
    }
}
