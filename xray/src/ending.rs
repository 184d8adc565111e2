//! Ending a span once: when the body ends, on an error, or when nobody waits for it any more.

use std::{
    fmt::Display,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use opentelemetry::{
    Context, KeyValue,
    trace::{Status, TraceContextExt},
};
use pin_project_lite::pin_project;

/// The attribute of what was dropped before it was done.
pub(crate) const CANCELLED: &str = "cancelled";

/// A span that is to be ended, in the context that holds it.
///
/// It is ended explicitly: a task that was spawned in the request may hold the context for much longer.
#[derive(Debug)]
pub(crate) struct Ending {
    context: Option<Context>,
    /// The attribute that says that nobody waited for the end; none where that is no news.
    abandoned: Option<&'static str>,
}

pin_project! {
    /// A body that ends its span when it has been read to its end, has failed, or is dropped.
    #[derive(Debug)]
    pub struct TracedBody<B> {
        #[pin]
        body: B,
        ending: Ending,
        bytes: u64,
    }
}

impl Ending {
    /// Takes over the end of the span in `context`. If nobody waits for it any more, its attribute `abandoned`
    /// says so.
    pub(crate) fn new(context: Context, abandoned: &'static str) -> Self {
        Self {
            context: Some(context),
            abandoned: Some(abandoned),
        }
    }

    /// An ending for a request that is not recorded.
    pub(crate) fn none() -> Self {
        Self {
            context: None,
            abandoned: None,
        }
    }

    /// From now on it is nobody's loss if the rest is not waited for.
    pub(crate) fn tolerate_abandonment(&mut self) {
        self.abandoned = None;
    }

    /// Returns the context until the span has ended.
    pub(crate) fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// Ends the span.
    pub(crate) fn end(&mut self) {
        if let Some(context) = self.context.take() {
            context.span().end();
        }
    }

    /// Ends the span of a request that went through, with the size of the response's body.
    pub(crate) fn complete(&mut self, bytes: u64) {
        if let Some(context) = self.context.take() {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            context
                .span()
                .set_attribute(KeyValue::new("http.response.body.size", bytes));
            context.span().end();
        }
    }

    /// Ends the span of a request that failed without a response.
    pub(crate) fn fail(&mut self, error: &impl Display) {
        if let Some(context) = self.context.take() {
            context.span().set_status(Status::error(error.to_string()));
            context.span().end();
        }
    }
}

impl Drop for Ending {
    /// Nobody waits any more: the client has hung up, the call was given up, or the code around has panicked.
    fn drop(&mut self) {
        let Some(context) = self.context.take() else {
            return;
        };
        let span = context.span();
        if std::thread::panicking() {
            span.set_status(Status::error("panicked"));
        } else if let Some(abandoned) = self.abandoned {
            span.set_attribute(KeyValue::new(abandoned, true));
        }
        span.end();
    }
}

impl<B: Body> TracedBody<B> {
    /// Hands the end of a span to `body`. A body that is empty from the start ends it at once.
    pub(crate) fn new(body: B, mut ending: Ending) -> Self {
        if body.is_end_stream() {
            ending.complete(0);
        }
        Self {
            body,
            ending,
            bytes: 0,
        }
    }
}

impl<B: Body<Error: Display>> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut body = this.body;
        let frame = ready!(body.as_mut().poll_frame(task));
        match &frame {
            None => this.ending.complete(*this.bytes),
            Some(Err(error)) => this.ending.fail(error),
            Some(Ok(frame)) => {
                *this.bytes += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                // Who knows that this was the last frame does not ask for another one.
                if body.is_end_stream() {
                    this.ending.complete(*this.bytes);
                }
            }
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
