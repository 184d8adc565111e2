//! Ends a span once: when the body ends, on an error, or when it is dropped.

use std::{
    any::Any,
    error::Error,
    fmt::Display,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Instant,
};

use bytes::Buf;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, Status, TraceContextExt},
};
use pin_project_lite::pin_project;

use crate::{
    current::record,
    grpc::{self, Protocol, Side},
    recorder::{AttributeValue, Span},
};

/// The attribute of what was dropped before it was done.
pub(crate) const CANCELLED: &str = "cancelled";

/// A span that is still to be ended.
///
/// It is ended explicitly: a task spawned in the request may hold its context for much longer.
#[derive(Debug)]
pub(crate) struct Ending {
    /// `None` if it has ended, or is not recorded.
    held: Option<Held>,
    /// The attribute to set if this is dropped before the end; none if that is normal.
    on_drop: Option<&'static str>,
    /// The size of the body, if all of it was sent though its end was not polled.
    complete_size: Option<u64>,
    /// When a caller of gRPC's stops waiting; dropping this afterwards is not the caller's doing.
    deadline: Option<Instant>,
}

/// Where a span is until it ends.
#[derive(Debug)]
enum Held {
    /// In a context, in which other spans may begin.
    Context(Context),
    /// By itself: nothing runs within it that could look for it in a context, which would cost as much as an attribute or two.
    Alone(Span),
}

pin_project! {
    /// A body that ends its span when it is read to its end, fails, or is dropped.
    ///
    /// Once all announced bytes are sent, a body may be dropped without being polled for its end: HTTP/1.1 does so at
    /// the last byte of `Content-Length`. Such a body counts as complete.
    #[derive(Debug)]
    pub struct TracedBody<B: Body> {
        #[pin]
        body: B,
        ending: Ending,
        bytes: u64,
        // How many bytes `Content-Length` announced.
        announced: Option<u64>,
        // The attribute to set if the body is dropped after its first poll. One that was never polled has been
        // replaced by another body.
        on_drop: Option<&'static str>,
        // If it is gRPC's, whose trailers say how the call went.
        grpc: Option<(Side, Protocol)>,
        // How to end with an error of which more is known than its text.
        fail: Option<Fail<B>>,
        // The request's context, if the body is made while it is sent.
        context: Option<Context>,
    }
}

type Fail<B> = fn(&mut Ending, &<B as Body>::Error);

impl Held {
    fn set_attribute(&mut self, key: &'static str, value: AttributeValue<'_>) {
        match self {
            Self::Context(context) => context.span().set_attribute(KeyValue::new(key, value)),
            Self::Alone(span) => span.note(key, value),
        }
    }

    fn set_status(&mut self, status: Status) {
        match self {
            Self::Context(context) => context.span().set_status(status),
            Self::Alone(span) => span.set_status(status),
        }
    }

    fn end(self) {
        match self {
            Self::Context(context) => context.span().end(),
            Self::Alone(mut span) => span.end(),
        }
    }

    fn into_context(self) -> Context {
        match self {
            Self::Context(context) => context,
            Self::Alone(span) => Context::new().with_span(span),
        }
    }
}

impl Ending {
    /// Takes over ending the span in `context`. If this is dropped before the end, it sets the attribute `on_drop`.
    pub(crate) fn new(context: Context, on_drop: &'static str) -> Self {
        Self::of(Held::Context(context), on_drop)
    }

    /// As [`Ending::new`], for a span that is in no context.
    pub(crate) fn alone(span: Span, on_drop: &'static str) -> Self {
        Self::of(Held::Alone(span), on_drop)
    }

    fn of(held: Held, on_drop: &'static str) -> Self {
        Self {
            held: Some(held),
            on_drop: Some(on_drop),
            complete_size: None,
            deadline: None,
        }
    }

    /// An ending for a request that is not recorded.
    pub(crate) fn none() -> Self {
        Self {
            held: None,
            on_drop: None,
            complete_size: None,
            deadline: None,
        }
    }

    /// Sets until when the caller of gRPC's waits.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Whether this was dropped because the caller's time was over.
    fn is_late(&self) -> bool {
        self.on_drop.is_some() && self.deadline.is_some_and(|end| end <= Instant::now())
    }

    /// From now on, dropping this before the end is normal.
    pub(crate) fn allow_drop(&mut self) {
        self.on_drop = None;
    }

    /// From now on, the body counts as complete, with `bytes` bytes, if it is dropped.
    pub(crate) fn complete_on_drop(&mut self, bytes: u64) {
        self.complete_size = Some(bytes);
    }

    /// Whether the span is recorded and has not ended.
    pub(crate) fn is_open(&self) -> bool {
        self.held.is_some()
    }

    /// Returns the context until the span has ended, if it is in one.
    pub(crate) fn context(&self) -> Option<&Context> {
        match &self.held {
            Some(Held::Context(context)) => Some(context),
            Some(Held::Alone(_)) | None => None,
        }
    }

    /// Sets an attribute until the span has ended.
    pub(crate) fn set_attribute(&mut self, key: &'static str, value: AttributeValue<'_>) {
        if let Some(held) = &mut self.held {
            held.set_attribute(key, value);
        }
    }

    /// Sets the status until the span has ended.
    pub(crate) fn set_status(&mut self, status: Status) {
        if let Some(held) = &mut self.held {
            held.set_status(status);
        }
    }

    /// Ends the span.
    pub(crate) fn end(&mut self) {
        if let Some(held) = self.held.take() {
            held.end();
        }
    }

    /// Ends the span of a successful request, with the size of the response's body.
    pub(crate) fn complete(&mut self, bytes: u64) {
        if let Some(mut held) = self.held.take() {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            held.set_attribute("http.response.body.size", AttributeValue::Integer(bytes));
            held.end();
        }
    }

    /// Ends the span of what has panicked, with the panic's text.
    fn panicked(&mut self, panic: &(dyn Any + Send)) {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        let text = text.unwrap_or("panicked");
        self.fail_as("panic", text.to_owned(), None);
    }

    /// Ends the span of what failed, with an exception of the type `kind` and what caused it.
    pub(crate) fn fail_as(
        &mut self,
        kind: &'static str,
        message: String,
        source: Option<&(dyn Error + 'static)>,
    ) {
        if let Some(held) = self.held.take() {
            let context = held.into_context();
            record(&context.span(), kind, message.clone(), source);
            context.span().set_status(Status::error(message));
            context.span().end();
        }
    }

    /// Ends the span of a request that failed without a response.
    pub(crate) fn fail(&mut self, error: &impl Display) {
        if let Some(mut held) = self.held.take() {
            held.set_status(Status::error(error.to_string()));
            held.end();
        }
    }
}

/// Does a part of the work of a span. Where it panics the span ends with the panic's text, and the panic goes on.
pub(crate) fn watch<T>(ending: &mut Ending, work: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done,
        Err(panic) => {
            ending.panicked(&*panic);
            resume_unwind(panic)
        }
    }
}

impl Drop for Ending {
    /// Dropped before the end: the client hung up, the call was cancelled, or the surrounding code panicked.
    fn drop(&mut self) {
        if let Some(bytes) = self.complete_size {
            return self.complete(bytes);
        }
        if std::thread::panicking() {
            self.set_status(Status::error("panicked"));
        } else if let Some(context) = self.context().filter(|_| self.is_late()) {
            grpc::note_deadline(&context.span());
        } else if let Some(on_drop) = self.on_drop {
            self.set_attribute(on_drop, AttributeValue::Other(true.into()));
        }
        self.end();
    }
}

impl<B: Body> TracedBody<B> {
    /// Lets `body`, which belongs to `headers`, end a span. An empty body ends it at once.
    pub(crate) fn new(body: B, headers: &HeaderMap, mut ending: Ending) -> Self {
        let mut announced = None;
        if body.is_end_stream() {
            ending.complete(0);
        } else if ending.is_open() {
            announced = body.size_hint().exact().or_else(|| length(headers));
        }
        let mut traced = Self::untraced(body);
        traced.announced = announced;
        traced.on_drop = ending.on_drop.take();
        traced.ending = ending;
        if announced == Some(0) {
            traced.ending.complete_on_drop(0);
        }
        traced
    }

    /// From now on trailers say how the call went, where the protocol of the answer's `headers` has them.
    pub(crate) fn of_grpc(mut self, side: Side, headers: &HeaderMap) -> Self {
        let protocol = Protocol::of(headers).unwrap_or(Protocol::Grpc);
        self.grpc = Some((side, protocol));
        // Nobody puts another body in its place: who drops it before its first poll has gone.
        self.ending.on_drop = self.on_drop;
        self
    }

    /// From now on `fail` ends it where the body fails.
    pub(crate) fn failing(mut self, fail: Fail<B>) -> Self {
        self.fail = Some(fail);
        self
    }

    /// From now on `context` is the current one while the body is polled: what a stream does for its frames belongs to the
    /// request. One whose size is known does nothing any more, and is spared it.
    pub(crate) fn within(mut self, context: Context) -> Self {
        let is_stream = !self.body.is_end_stream() && self.body.size_hint().exact().is_none();
        self.context = is_stream.then_some(context);
        self
    }

    /// Wraps `body` where no span waits for its end.
    pub(crate) fn untraced(body: B) -> Self {
        Self {
            body,
            ending: Ending::none(),
            bytes: 0,
            announced: None,
            on_drop: None,
            grpc: None,
            fail: None,
            context: None,
        }
    }
}

/// Notes how a call went, if a frame says so.
fn note_status<D: Buf>(frame: &Frame<D>, (side, protocol): (Side, Protocol), context: &Context) {
    if let Some(trailers) = frame.trailers_ref() {
        grpc::note_status(context, trailers, side);
    } else if let Some(data) = frame.data_ref()
        && let Some(trailers) = protocol.trailers(data.chunk())
    {
        grpc::note_status(context, &trailers, side);
    }
}

/// Returns the value of `Content-Length` if it applies: <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>.
fn length(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    let is_chunked = headers.contains_key(header::TRANSFER_ENCODING);
    length.parse().ok().filter(|_| !is_chunked)
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
        this.ending.on_drop = *this.on_drop;
        let frame = {
            let _guard = this
                .context
                .as_ref()
                .map(|context| context.clone().attach());
            ready!(watch(this.ending, || body.as_mut().poll_frame(task)))
        };
        match &frame {
            None => this.ending.complete(*this.bytes),
            Some(Err(error)) => match this.fail {
                Some(fail) => fail(this.ending, error),
                None => this.ending.fail(error),
            },
            Some(Ok(frame)) => {
                if let (Some(grpc), Some(context)) = (*this.grpc, this.ending.context()) {
                    note_status(frame, grpc, context);
                }
                *this.bytes += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                // A reader that knows that this was the last frame does not poll again.
                if body.is_end_stream() || frame.is_trailers() {
                    this.ending.complete(*this.bytes);
                } else if let Some(announced) = *this.announced
                    && announced <= *this.bytes
                {
                    // HTTP/2 still polls for the end, and may get an error instead.
                    this.ending.complete_on_drop(announced);
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
