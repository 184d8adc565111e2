//! Subsegments with an explicit end.

use std::{borrow::Cow, error::Error};

use opentelemetry::{
    Context, ContextGuard, KeyValue, Value,
    global::{self, BoxedTracer},
    trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer as _},
};
use segment::span::Details;

use crate::{
    current::{record, record_in},
    ending::{CANCELLED, Ending, watch},
    recorder::{Tracer, is_recording, key_values, now},
};

/// An open subsegment, for instrumentation of clients, drivers and queues.
///
/// In a request that is not recorded it does nothing, and each method costs only a check. To put a piece of code into
/// a subsegment, [`crate::subsegment`] and [`crate::in_subsegment`] are simpler.
///
/// If it is dropped before [`Subsegment::end`], it ends with `cancelled` in its metadata.
///
/// ```
/// use opentelemetry::trace::SpanKind;
/// use xray::Subsegment;
///
/// # fn ask() -> Result<u32, std::io::Error> { Ok(7) }
/// let call = Subsegment::begin("stock", SpanKind::Client);
/// call.set_attribute("server.address", "stock");
/// match ask() {
///     Ok(rows) => call.set_attribute("rows", i64::from(rows)),
///     Err(error) => call.record_error(&error),
/// }
/// call.end();
/// ```
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Subsegment(Ending);

impl Subsegment {
    /// Opens a subsegment of the current segment or subsegment. Outside of a request it begins a segment, as
    /// [`crate::subsegment`] does.
    ///
    /// A [`SpanKind::Client`] or [`SpanKind::Producer`] is a call to another service. It is named after that service
    /// if its attributes name it by OpenTelemetry's conventions (`peer.service`, `server.address`, …); otherwise it is
    /// named `name`. Any other kind is local work, and named `name`.
    pub fn begin(name: impl Into<Cow<'static, str>>, kind: SpanKind) -> Self {
        if !is_recording() {
            return Self::none();
        }
        let (name, current) = (name.into(), Context::current());
        if let Some(tracer) = Tracer::of(&current) {
            let span = tracer.begin_now(&name, &kind, &current);
            return Self::of(current.with_span(span));
        }
        let tracer = global::tracer("xray");
        Self::of_global(&tracer, tracer.span_builder(name).with_kind(kind), &current)
    }

    /// As [`Subsegment::begin`], for a call whose details are known, where it is known to be recorded.
    pub(crate) fn call(name: &str, details: &Details<&str>) -> Self {
        let current = Context::current();
        if let Some(tracer) = Tracer::of(&current) {
            let span = tracer.begin_call(name, details, now(), &current);
            return Self::of(current.with_span(span));
        }
        let tracer = global::tracer("xray");
        let builder = tracer.span_builder(name.to_owned());
        let attributes = key_values(details, segment::span::SpanKind::Client);
        let builder = builder
            .with_kind(SpanKind::Client)
            .with_attributes(attributes);
        Self::of_global(&tracer, builder, &current)
    }

    /// Opens it outside of a service's context, by OpenTelemetry's global tracer.
    fn of_global(tracer: &BoxedTracer, builder: SpanBuilder, current: &Context) -> Self {
        let span = tracer.build_with_context(builder, current);
        if span.span_context().is_valid() {
            Self::of(current.with_span(span))
        } else {
            // Nobody records anything in this process.
            Self::none()
        }
    }

    /// Takes over the end of the span in `context`, for a span begun by OpenTelemetry's API with
    /// [`crate::Tracing::tracer`]: with another start time, say. One that is
    /// not recorded is still current while it is attached, so that nothing within it is recorded either.
    pub fn of(context: Context) -> Self {
        Self(Ending::new(context, CANCELLED))
    }

    /// A subsegment of nothing.
    pub(crate) fn none() -> Self {
        Self(Ending::none())
    }

    pub(crate) fn ending(&mut self) -> &mut Ending {
        &mut self.0
    }

    /// Returns the context with this subsegment in it, as for [`crate::inject`]; `None` if it is not recorded.
    pub fn context(&self) -> Option<&Context> {
        self.0.context()
    }

    /// Makes this the current subsegment on this thread until the guard is dropped; `None` if it is not recorded. Do not
    /// hold the guard across an `await`: the thread runs other tasks meanwhile. [`crate::subsegment`] attaches it at each
    /// poll.
    ///
    /// ```
    /// use opentelemetry::trace::SpanKind;
    /// use xray::Subsegment;
    ///
    /// let batch = Subsegment::begin("batch", SpanKind::Internal);
    /// let guard = batch.attach();
    /// xray::annotate("items", 3);
    /// drop(guard);
    /// batch.end();
    /// ```
    pub fn attach(&self) -> Option<ContextGuard> {
        self.context().cloned().map(Context::attach)
    }

    /// Sets an attribute, named by OpenTelemetry's conventions; `annotation.<key>` becomes an annotation. One that has no
    /// place in X-Ray's document becomes metadata. Setting a key again replaces its value.
    pub fn set_attribute(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(context) = self.context() {
            context.span().set_attribute(KeyValue::new(key, value));
        }
    }

    /// Records that it failed, and why, as [`crate::record_error`] does.
    pub fn record_error<E: Error + ?Sized>(&self, error: &E) {
        if let Some(context) = self.context() {
            record_in(&context.span(), error);
        }
    }

    /// Records that it failed, and why, with a type of exception that you name: the error of a client is often of a type
    /// that its users never see.
    pub fn record_error_as(&self, exception_type: impl Into<Cow<'static, str>>, error: &dyn Error) {
        if let Some(context) = self.context() {
            let (span, message) = (context.span(), error.to_string());
            record(&span, exception_type, message.clone(), error.source());
            span.set_status(Status::error(message));
        }
    }

    /// Makes it a fault without an exception, with a description that may be empty.
    pub fn fail(&self, description: impl Into<Cow<'static, str>>) {
        if let Some(context) = self.context() {
            context.span().set_status(Status::error(description));
        }
    }

    /// Ends the subsegment now.
    pub fn end(mut self) {
        self.0.end();
    }
}

/// Runs `work` in a subsegment, as [`crate::subsegment`] does, for code that is not async. A panic of `work` makes the
/// subsegment a fault, and is passed on.
///
/// ```
/// let sum = xray::in_subsegment("sum", || (1..=100).sum::<u32>());
/// assert_eq!(sum, 5_050);
/// ```
pub fn in_subsegment<T>(name: impl Into<Cow<'static, str>>, work: impl FnOnce() -> T) -> T {
    let mut open = Subsegment::begin(name, SpanKind::Internal);
    let guard = open.attach();
    let done = watch(open.ending(), work);
    drop(guard);
    open.end();
    done
}
