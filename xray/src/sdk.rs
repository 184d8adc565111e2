//! OpenTelemetry's SDK: what your own tracer provider needs. The library itself records without the SDK.

use std::{
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context,
    trace::{Span as _, SpanContext, SpanId, SpanKind, TraceContextExt, TraceId},
};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{IdGenerator as GenerateIds, Span as SdkSpan, SpanData, SpanProcessor},
};
use segment::span::Parent;

use crate::{
    assembly::Opening,
    config::Config,
    delivery::Delivery,
    emitter::Resolver,
    ended::{Dropped, Ended, kind, members, parent_of, segment_id, trace_id},
    ids,
    pipeline::Pipeline,
};

/// Sends spans of OpenTelemetry's SDK: as segment documents to the daemon or, by OTLP, as spans.
///
/// Use it for your own tracer provider; [`crate::Tracing`] does not need it. The SDK's limits then apply: it keeps
/// 128 attributes per span, and counts an attribute that is set twice as two. Use it with [`crate::IdGenerator`];
/// otherwise X-Ray finds traces only by time. Cheap to clone: all clones share one pipeline.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use xray::{Config, IdGenerator, Processor};
///
/// let config = Config::new("shop");
/// let mut provider = SdkTracerProvider::builder().with_id_generator(IdGenerator::default());
/// if let Some(processor) = Processor::new(&config)? {
///     provider = provider.with_span_processor(processor);
/// }
/// let provider = provider.build();
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone)]
pub struct Processor(Arc<Pipeline>);

/// Generates ids in X-Ray's format: the first four bytes of a trace id are the time in seconds since 1970, by which X-Ray
/// searches; all others are random.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
#[derive(Debug, Default)]
pub struct IdGenerator(());

impl Processor {
    /// Starts the thread that sends. Returns `None` if [`Config::exporter`] is [`crate::Exporter::None`].
    ///
    /// The resource, and with it the segments' name, is taken from `config`, not from the provider. The sampler and
    /// the log filter in `config` are ignored.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread cannot be started.
    pub fn new(config: &Config) -> io::Result<Option<Self>> {
        let pipeline = Pipeline::start(config, Resolver::default(), &Arc::default())?;
        Ok(pipeline.map(|pipeline| Self(Arc::new(pipeline))))
    }

    /// Returns the counters of documents so far.
    pub fn delivery(&self) -> Delivery {
        self.0.delivery()
    }

    /// Waits until every document so far is sent, for at most `patience`; `false` on timeout.
    ///
    /// Blocks the calling thread.
    pub fn flush(&self, patience: Duration) -> bool {
        self.0.flush(patience)
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut SdkSpan, parent: &Context) {
        let context = span.span_context();
        if !self.0.joins_spans() || !context.is_sampled() {
            return;
        }
        let ids = (segment_id(context.span_id()), trace_id(context.trace_id()));
        let (Some(id), Some(trace_id)) = ids else {
            return;
        };
        let parent = parent_in(parent.span().span_context());
        self.0.open(Opening {
            id,
            trace_id,
            parent,
            at: SystemTime::now().into(),
            is_segment: !parent.makes_local_root() || becomes_segment(span),
        });
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.0.end(ended(&span));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush(Duration::from_secs(2));
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.0.shutdown(timeout) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }
}

impl GenerateIds for IdGenerator {
    fn new_trace_id(&self) -> TraceId {
        ids::new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        ids::new_span_id()
    }
}

fn ended(span: &SpanData) -> Ended<'_> {
    Ended {
        context: &span.span_context,
        parent: parent_of(span.parent_span_id, span.parent_span_is_remote),
        name: &span.name,
        kind: kind(&span.span_kind),
        start: span.start_time.into(),
        end: span.end_time.into(),
        status: &span.status,
        details: None,
        attributes: members(&span.attributes),
        events: &span.events,
        links: &span.links,
        dropped: dropped(span),
        scope: &span.instrumentation_scope,
    }
}

/// Returns what the SDK's limits dropped, and how many links are invalid.
fn dropped(span: &SpanData) -> Dropped {
    let events = span.events.iter();
    let events = events.map(|event| event.dropped_attributes_count);
    let links = span.links.iter().map(|link| link.dropped_attributes_count);
    let mut to_nothing = 0;
    for link in span.links.iter() {
        to_nothing += u32::from(!link.span_context.is_valid());
    }
    Dropped {
        attributes: span.dropped_attributes_count + events.chain(links).sum::<u32>(),
        events: span.events.dropped_count,
        links: span.links.dropped_count + to_nothing,
    }
}

/// Returns the parent of a span that begins in a context with this span. A parent without a valid trace counts as
/// none: the SDK has begun a new trace.
fn parent_in(context: &SpanContext) -> Parent {
    let id = if context.is_valid() {
        context.span_id()
    } else {
        SpanId::INVALID
    };
    parent_of(id, context.is_remote())
}

/// Whether a local root becomes a segment with the span's id, which depends on its kind.
fn becomes_segment(span: &SdkSpan) -> bool {
    let kind = span.exported_data().map(|data| data.span_kind);
    !matches!(kind, Some(SpanKind::Client | SpanKind::Producer))
}
