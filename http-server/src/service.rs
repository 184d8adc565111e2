//! A router as hyper asks it, telling how each request is getting on.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, Response, header},
    routing::future::RouteFuture,
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tower_service::Service as _;

use crate::{
    guarded_body::GuardedBody,
    progress::{Phase, Progress},
};

/// A router for the requests of one connection.
pub(crate) struct Service {
    pub(crate) app: Router,
    pub(crate) peer: SocketAddr,
    pub(crate) progress: Arc<Progress>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<GuardedBody<Option<RequestGuard>>>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn call(&self, request: Request<Incoming>) -> ResponseFuture {
        let progress = &self.progress;
        let mut request = if request.body().is_end_stream() {
            progress.begin(Phase::Answer);
            request.map(|_| Body::empty())
        } else {
            progress.begin(Phase::Body);
            request.map(|body| {
                Body::new(RequestBody {
                    body,
                    progress: progress.clone(),
                })
            })
        };
        request.extensions_mut().insert(ConnectInfo(self.peer));
        ResponseFuture {
            route: self.app.clone().call(request),
            guard: Some(RequestGuard(progress.clone())),
        }
    }
}

/// A request that is being answered.
pub(crate) struct ResponseFuture {
    route: RouteFuture<Infallible>,
    /// Taken with the answer.
    guard: Option<RequestGuard>,
}

impl Future for ResponseFuture {
    type Output = Result<Response<GuardedBody<Option<RequestGuard>>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.route).poll(cx))?;
        let guard = self.guard.take();
        if let Some(RequestGuard(progress)) = &guard {
            // The size of such a stream is not known.
            let is_sized = response.body().size_hint().exact().is_some();
            if !is_sized && is_event_stream(response.headers()) {
                progress.enter(Phase::Stream);
            } else if progress.phase() == Phase::Body {
                // What is left of the body is of no interest any more.
                progress.enter(Phase::Answer);
            }
        }
        Poll::Ready(Ok(response.map(|body| GuardedBody::new(body, guard))))
    }
}

/// Whether an answer is a stream of events, which ends when somebody leaves.
fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The body of a request; with its end the request is whole.
struct RequestBody {
    body: Incoming,
    progress: Arc<Progress>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let is_whole = frame.is_none() || self.body.is_end_stream();
        if is_whole && self.progress.phase() == Phase::Body {
            self.progress.enter(Phase::Answer);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request that is under way, from its head to the end of its answer; held by the answer's body.
pub(crate) struct RequestGuard(Arc<Progress>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.end();
    }
}
