//! Segments and subsegments around pieces of code.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use opentelemetry::{
    Context, KeyValue, global,
    trace::{Span, Status, TraceContextExt, Tracer},
};
use opentelemetry_sdk::trace::SdkTracer;
use pin_project_lite::pin_project;

use crate::tracing::{Tracing, is_recording};

/// The attribute of what was dropped before it was done.
pub(crate) const CANCELLED: &str = "cancelled";

/// In the context of a recorded request: who records what belongs to it.
pub(crate) struct Recorder(pub(crate) SdkTracer);

/// Runs `work` in a subsegment of the current segment or subsegment, from the first poll until it is ready.
///
/// The subsegment is what [`crate::annotate`] and its like act on meanwhile. If `work` is dropped before it is
/// ready, the subsegment ends then, with `cancelled` in its metadata.
///
/// In a request that is not recorded this costs nothing but the check. Outside of a request it begins a segment
/// of its own, if [`crate::start`] was called or OpenTelemetry has another global tracer provider; see
/// [`Tracing::segment`].
///
/// ```
/// # async fn charge() -> u32 { 7 }
/// # async fn handler() -> u32 {
/// xray::subsegment("charge", async {
///     xray::annotate("bank", "north");
///     charge().await
/// })
/// .await
/// # }
/// ```
pub fn subsegment<F: Future>(name: impl Into<Cow<'static, str>>, work: F) -> Recorded<F> {
    Recorded {
        work,
        start: Some(Start::Subsegment(name.into())),
        open: Open(None),
    }
}

/// Runs `work` in a subsegment, as [`subsegment`] does, for code that does not wait.
///
/// ```
/// let sum = xray::in_subsegment("sum", || (1..=100).sum::<u32>());
/// assert_eq!(sum, 5_050);
/// ```
pub fn in_subsegment<T>(name: impl Into<Cow<'static, str>>, work: impl FnOnce() -> T) -> T {
    let mut open = Open(begin(name.into()));
    let guard = open.0.clone().map(Context::attach);
    let done = work();
    drop(guard);
    open.end();
    done
}

impl Tracing {
    /// Runs `work` in a segment: for what does not begin with a request, as a timer or a message does.
    ///
    /// The segment has the service's name; `name` is its `operation`, in the metadata. Whether it is recorded
    /// the sampler decides. If `work` is dropped before it is ready, it ends then, with `cancelled` in its
    /// metadata.
    ///
    /// ```
    /// # async fn example(tracing: xray::Tracing) {
    /// tracing.segment("clean up", async { /* … */ }).await;
    /// # }
    /// ```
    pub fn segment<F: Future>(&self, name: impl Into<Cow<'static, str>>, work: F) -> Recorded<F> {
        Recorded {
            work,
            start: Some(Start::Segment(self.clone(), name.into())),
            open: Open(None),
        }
    }
}

pin_project! {
    /// The future of [`subsegment`] and [`Tracing::segment`].
    #[derive(Debug)]
    #[must_use = "nothing runs unless it is awaited"]
    pub struct Recorded<F> {
        #[pin]
        work: F,
        // `None` once it has begun.
        start: Option<Start>,
        open: Open,
    }
}

#[derive(Debug)]
enum Start {
    Segment(Tracing, Cow<'static, str>),
    Subsegment(Cow<'static, str>),
}

/// A span that is ended when this is dropped, at the latest; `None` if none is recorded.
#[derive(Debug)]
struct Open(Option<Context>);

impl<F: Future> Future for Recorded<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(start) = this.start.take() {
            this.open.0 = start.begin();
        }
        let _guard = this.open.0.clone().map(Context::attach);
        let done = ready!(this.work.poll(task));
        this.open.end();
        Poll::Ready(done)
    }
}

impl Start {
    fn begin(self) -> Option<Context> {
        match self {
            Self::Segment(tracing, name) => {
                let inner = tracing.inner()?;
                Some(open(&inner.tracer, name, &Context::new(), &inner.base))
            }
            Self::Subsegment(name) => begin(name),
        }
    }
}

impl Open {
    fn end(&mut self) {
        if let Some(context) = self.0.take() {
            context.span().end();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Some(context) = self.0.take() else {
            return;
        };
        let span = context.span();
        if std::thread::panicking() {
            span.set_status(Status::error("panicked"));
        } else {
            span.set_attribute(KeyValue::new(CANCELLED, true));
        }
        span.end();
    }
}

fn begin(name: Cow<'static, str>) -> Option<Context> {
    if !is_recording() {
        return None;
    }
    let current = Context::current();
    Some(match current.get::<Recorder>() {
        Some(Recorder(tracer)) => open(tracer, name, &current, &current),
        None => open(&global::tracer("xray"), name, &current, &current),
    })
}

/// Opens a span below `parent`, in a context with what `base` holds.
fn open<T: Tracer<Span: Span + Send + Sync + 'static>>(
    tracer: &T,
    name: Cow<'static, str>,
    parent: &Context,
    base: &Context,
) -> Context {
    let span = tracer.build_with_context(tracer.span_builder(name), parent);
    base.with_span(span)
}
