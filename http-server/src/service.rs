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
    holding::Holding,
    progress::{Phase, Progress},
};

/// A router for the requests of one connection.
pub(crate) struct Service {
    pub(crate) app: Router,
    pub(crate) peer: SocketAddr,
    pub(crate) progress: Arc<Progress>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Holding<Option<Asked>>>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        let progress = &self.progress;
        let mut request = if request.body().is_end_stream() {
            progress.begin(Phase::Answer);
            request.map(|_| Body::empty())
        } else {
            progress.begin(Phase::Body);
            request.map(|body| {
                Body::new(Question {
                    body,
                    progress: progress.clone(),
                })
            })
        };
        request.extensions_mut().insert(ConnectInfo(self.peer));
        Answering {
            route: self.app.clone().call(request),
            asked: Some(Asked(progress.clone())),
        }
    }
}

/// A request that is being answered.
pub(crate) struct Answering {
    route: RouteFuture<Infallible>,
    /// Taken with the answer.
    asked: Option<Asked>,
}

impl Future for Answering {
    type Output = Result<Response<Holding<Option<Asked>>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.route).poll(cx))?;
        let asked = self.asked.take();
        if let Some(Asked(progress)) = &asked {
            if goes_on(response.headers()) {
                progress.enter(Phase::Stream);
            } else if progress.phase() == Phase::Body {
                // What is left of the body is of no interest any more.
                progress.enter(Phase::Answer);
            }
        }
        Poll::Ready(Ok(response.map(|body| Holding::new(body, asked))))
    }
}

/// Whether an answer is a stream of events, which ends when somebody leaves.
fn goes_on(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The body of a request; with its end the request is whole.
struct Question {
    body: Incoming,
    progress: Arc<Progress>,
}

impl HttpBody for Question {
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
pub(crate) struct Asked(Arc<Progress>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.end();
    }
}
