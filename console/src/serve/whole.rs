//! The middleware around every answer: adds a request id, and reads the request to its end.
//!
//! A server that answers before it has read the body closes the connection while the client still writes. A client
//! that writes slowly, or head and body separately, then gets a broken pipe instead of the answer. So the part of the
//! body that a handler did not read is read and discarded before the answer is sent.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use futures_util::{Stream, StreamExt as _};

/// The header in which AWS's clients find the request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// Most bytes that are discarded for one answer; a client that sends more loses the connection.
const MOST: usize = 64 * 1024 * 1024;
/// How long a client may pause meanwhile.
const PAUSE: Duration = Duration::from_secs(5);

/// Answers after the request's body has been read.
pub(super) async fn whole(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let rest = Rest::default();
    let body = Body::from_stream(Shared {
        stream: Some(body.into_data_stream()),
        rest: rest.clone(),
    });
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let is_read = rest.read().await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id());
    if !is_read {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The unread part of a body; nothing once it was read to its end.
#[derive(Clone, Default)]
struct Rest(Arc<Mutex<Option<BodyDataStream>>>);

impl Rest {
    /// Reads it; returns whether that was all.
    async fn read(&self) -> bool {
        let rest = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut rest) = rest else { return true };
        let mut bytes = 0;
        loop {
            match tokio::time::timeout(PAUSE, rest.next()).await {
                Ok(None) => return true,
                Ok(Some(Ok(part))) if bytes + part.len() <= MOST => bytes += part.len(),
                Ok(Some(_)) | Err(_) => return false,
            }
        }
    }
}

/// A body that is returned when its reader drops it.
struct Shared {
    stream: Option<BodyDataStream>,
    rest: Rest,
}

impl Stream for Shared {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(None);
        };
        let polled = stream.poll_next_unpin(context);
        // A body that has ended or failed has no more data.
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.stream = None;
        }
        polled
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            *self.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        }
    }
}

/// Makes an id in AWS's format: a random UUID.
fn request_id() -> HeaderValue {
    let id = rand::random::<u128>() & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{id:032x}");
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    // Digits and hyphens are always a valid header value.
    HeaderValue::from_str(&parts.join("-")).unwrap_or(HeaderValue::from_static("none"))
}
