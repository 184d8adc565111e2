//! OpenTelemetry's tracer and tracer provider, by the recorder.

use std::{borrow::Cow, sync::Arc, time::SystemTime};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{
        self as otel, SpanBuilder, SpanContext, TraceContextExt, TraceFlags, TraceId, TraceState,
    },
};
use segment::{
    Time, Value,
    mapping::SAMPLING_RULE_NAME,
    span::{AwsCall, Details, Parent, SpanKind},
};

use super::{
    attributes::AttributeValue,
    shared::{Recorder, Scoped},
    span::{Opened, Span},
    within::Within,
};
use crate::{
    assembly::Opening,
    ended::{kind, parent_of, segment_id, trace_id},
    ids,
    sampler::{Decision, SpanSubject},
};

/// Starts spans that become segments and subsegments; from [`crate::Tracing::tracer`]. Cheap to clone.
///
/// ```
/// use opentelemetry::{KeyValue, trace::{Span as _, SpanKind, Tracer as _}};
/// use xray::{Tracing, testing::Daemon};
///
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("shop"))?;
/// if let Some(tracer) = tracing.tracer() {
///     let mut call = tracer.span_builder("pay").with_kind(SpanKind::Client).start(tracer);
///     call.set_attribute(KeyValue::new("server.address", "bank.example"));
///     call.end();
/// }
/// // A call outside of a request is in a segment of its own.
/// daemon.expect("shop
///                  bank.example (remote)");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone)]
pub struct Tracer(Arc<Scoped>);

/// Provides tracers to instrumentation. All of them record alike; their names are only used by OTLP.
///
/// Set it as OpenTelemetry's global one (`opentelemetry::global::set_tracer_provider`), as [`crate::start`] does.
/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct TracerProvider(Arc<Recorder>);

/// What is known about a recorded span when it begins.
pub(crate) struct Beginning<'a> {
    pub(crate) trace_id: TraceId,
    pub(crate) parent: Option<&'a SpanContext>,
    pub(crate) kind: SpanKind,
    pub(crate) at: Time,
}

impl TracerProvider {
    pub(crate) fn new(recorder: Arc<Recorder>) -> Self {
        Self(recorder)
    }
}

impl otel::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        let recorder = Some(Arc::clone(&self.0));
        Tracer(Arc::new(Scoped { recorder, scope }))
    }
}

impl Tracer {
    /// A tracer that records nothing.
    pub(crate) fn none() -> Self {
        let scope = InstrumentationScope::default();
        Self(Arc::new(Scoped {
            recorder: None,
            scope,
        }))
    }

    /// Returns the tracer of the service that `context` belongs to, if known.
    pub(crate) fn of(context: &Context) -> Option<Self> {
        let within = context.get::<Within>()?;
        Some(Self(Arc::clone(&within.scoped)))
    }

    pub(super) fn scoped(&self) -> &Arc<Scoped> {
        &self.0
    }

    fn recorder(&self) -> Option<&Arc<Recorder>> {
        self.0.recorder.as_ref()
    }

    /// Begins a span that was decided to be recorded; its name comes in pieces.
    pub(crate) fn record(&self, name: [&str; 3], beginning: &Beginning<'_>) -> Span {
        let span_id = ids::new_span_id();
        let (flags, state) = passed_on(beginning.parent);
        let flags = flags.with_sampled(true);
        let context = SpanContext::new(beginning.trace_id, span_id, flags, false, state);
        let parent = beginning.parent.map_or(Parent::None, |parent| {
            parent_of(parent.span_id(), parent.is_remote())
        });
        let is_call = matches!(beginning.kind, SpanKind::Client | SpanKind::Producer);
        let ids = (segment_id(span_id), trace_id(beginning.trace_id));
        if let (Some(recorder), (Some(id), Some(trace_id))) = (self.recorder(), ids)
            && recorder.pipeline.joins_spans()
        {
            recorder.pipeline.open(Opening {
                id,
                trace_id,
                parent,
                at: beginning.at,
                is_segment: !is_call,
            });
        }
        let opened = Opened {
            parent,
            kind: beginning.kind,
            start: beginning.at,
        };
        Span::recorded(context, Arc::clone(&self.0), name, opened)
    }

    /// Begins a span without attributes.
    pub(crate) fn begin_now(&self, name: &str, of_kind: &otel::SpanKind, parent: &Context) -> Span {
        self.begin(name, kind(of_kind), now(), &[], parent)
    }

    /// Begins the span of a call whose details are known.
    pub(crate) fn begin_call(
        &self,
        name: &str,
        details: &Details<&str>,
        at: Time,
        parent: &Context,
    ) -> Span {
        // Only where a trace begins does a sampler look at them.
        let attributes = if parent.has_active_span() {
            Vec::new()
        } else {
            key_values(details, SpanKind::Client)
        };
        let mut span = self.begin(name, SpanKind::Client, at, &attributes, parent);
        span.set_details(details);
        span
    }

    /// Begins the span of a call of AWS's API. For `xray-aws-sdk`; it may change at any time.
    #[doc(hidden)]
    pub fn begin_aws_call(&self, call: &AwsCall<&str>, at: SystemTime, parent: &Context) -> Span {
        let name = match call.operation {
            "" => "AWS",
            operation => operation,
        };
        self.begin_call(name, &Details::Aws(*call), at.into(), parent)
    }

    /// Begins a span below the one in `parent`, as OpenTelemetry's SDK does: the parent decides whether it is
    /// recorded, otherwise the sampler, which gets `attributes`.
    pub(crate) fn begin(
        &self,
        name: &str,
        kind: SpanKind,
        at: Time,
        attributes: &[KeyValue],
        parent: &Context,
    ) -> Span {
        let is_on = |recorder: &&Arc<Recorder>| {
            !parent.is_telemetry_suppressed() && !recorder.is_shut_down()
        };
        let Some(recorder) = self.recorder().filter(is_on) else {
            return Span::unrecorded(SpanContext::empty_context());
        };
        let span = parent.span();
        let parent = Some(span.span_context()).filter(|parent| parent.is_valid());
        let enclosing = self.enclosing(kind, parent);
        let around = parent.filter(|parent| !parent.is_remote());
        let around = enclosing.as_ref().or(around);
        let parent = around.or(parent);
        let trace_id = parent.map_or_else(ids::new_trace_id, SpanContext::trace_id);
        let decision = if let Some(around) = around {
            Decision::of_parent(around.is_sampled())
        } else {
            let caller = parent.map(|caller| caller.is_sampled().into());
            let subject = SpanSubject(attributes);
            recorder.sampler.decide(caller, trace_id, &subject, false)
        };
        if !decision.is_sampled {
            return unrecorded(trace_id, parent);
        }
        let beginning = Beginning {
            trace_id,
            parent,
            kind,
            at,
        };
        let mut span = self.record([name, "", ""], &beginning);
        if let Some(rule) = &decision.rule {
            span.push(SAMPLING_RULE_NAME, AttributeValue::Text(rule));
        }
        if kind == SpanKind::Server && around.is_none() && recorder.server_spans.begin(trace_id) {
            span.count_as_server();
        }
        span
    }

    /// Returns the parent of a request's span if another layer has begun the segment of the same request: both have
    /// read the caller's header, or there was none.
    fn enclosing(&self, kind: SpanKind, parent: Option<&SpanContext>) -> Option<SpanContext> {
        if kind != SpanKind::Server || parent.is_some_and(|parent| !parent.is_remote()) {
            return None;
        }
        Context::map_current(|current| {
            let span = current.span();
            let span = span.span_context();
            let is_same_trace = parent.is_none_or(|caller| caller.trace_id() == span.trace_id());
            let is_within = Within::serves(current, &self.0)
                || (parent.is_some() && !span.is_remote() && Within::may_run(current, &self.0));
            (span.is_valid() && is_same_trace && is_within).then(|| span.clone())
        })
    }
}

impl otel::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        let kind = builder.span_kind.as_ref().map_or(SpanKind::Internal, kind);
        let at = builder.start_time.map_or_else(now, Time::from);
        let attributes = builder.attributes.unwrap_or_default();
        let mut span = self.begin(&builder.name, kind, at, &attributes, parent);
        span.fill(attributes, builder.events, builder.links);
        span
    }
}

/// Returns details as attributes for OpenTelemetry's API.
pub(crate) fn key_values(details: &Details<&str>, kind: SpanKind) -> Vec<KeyValue> {
    let attributes = details.attributes(kind).into_iter();
    let attribute = |(key, value): (Cow<'_, str>, Value<'_>)| match value {
        Value::Integer(integer) => KeyValue::new(key.into_owned(), integer),
        text => KeyValue::new(
            key.into_owned(),
            text.as_text().unwrap_or_default().to_owned(),
        ),
    };
    attributes.map(attribute).collect()
}

/// A span that is not recorded: its context passes that on to what is below it.
fn unrecorded(trace_id: TraceId, parent: Option<&SpanContext>) -> Span {
    let (flags, state) = passed_on(parent);
    let (flags, id) = (flags.with_sampled(false), ids::new_span_id());
    let context = SpanContext::new(trace_id, id, flags, false, state);
    Span::unrecorded(context)
}

/// Returns what a span inherits from its parent, recorded or not: flags and state.
pub(crate) fn passed_on(parent: Option<&SpanContext>) -> (TraceFlags, TraceState) {
    match parent {
        Some(parent) => (parent.trace_flags(), parent.trace_state().clone()),
        None => Default::default(),
    }
}

/// Returns the current time from the clock that OpenTelemetry uses.
pub(crate) fn now() -> Time {
    opentelemetry::time::now().into()
}
