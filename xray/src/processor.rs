//! OpenTelemetry's side of the assembly: what the SDK calls when spans start and end.

mod neutral;
mod output;

use std::{
    borrow::Cow,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{Context, KeyValue, trace as otel, trace::TraceContextExt};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{Span as SdkSpan, SpanData, SpanProcessor},
};
use segment::{mapping, span::Parent};

use crate::{
    assembly::{Assembly, Opening, Outlet},
    config::Config,
    delivery::{Counters, Delivery, add, count},
    emitter::{Emitter, Resolver},
    otlp, root,
};
use neutral::{kind, members, neutral, parent_of, segment_id, trace_id};
use output::Output;
pub(crate) use output::resource;

/// Sends what becomes of spans: segment documents to the daemon, or by OTLP the spans themselves.
///
/// For a tracer provider of one's own; [`crate::Tracing`] has one with this in it. Use it with
/// [`crate::IdGenerator`], or X-Ray finds traces by time only. Cheap to clone: all clones are one.
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
//
// One processor and not two: with two the SDK clones the span's data for each.
#[derive(Debug, Clone)]
pub struct Processor {
    output: Output,
    emitter: Arc<Emitter>,
    counters: Arc<Counters>,
}

impl Processor {
    /// Starts the thread that sends. The resource, and with it the segments' name, is `config`'s, whatever the
    /// provider's is; its sampler and its log filter do not count here. `None` if it sends nowhere.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn new(config: &Config) -> io::Result<Option<Self>> {
        Self::start(config, Resolver::default(), Arc::default())
    }

    pub(crate) fn start(
        config: &Config,
        resolver: Resolver,
        counters: Arc<Counters>,
    ) -> io::Result<Option<Self>> {
        let started = output::start(config, resolver, &counters)?;
        Ok(started.map(|(emitter, output)| Self {
            output,
            emitter: Arc::new(emitter),
            counters,
        }))
    }

    /// Returns what became of the documents so far.
    pub fn delivery(&self) -> Delivery {
        self.counters.read()
    }

    /// Waits until every document so far is sent, at most `patience`; `false` if it was not.
    ///
    /// Blocks the thread.
    pub fn flush(&self, patience: Duration) -> bool {
        self.emitter.flush(patience)
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut SdkSpan, parent: &Context) {
        use otel::Span as _;

        let Output::Documents(assembly) = &self.output else {
            return;
        };
        let context = span.span_context();
        let (Some(id), Some(trace_id)) =
            (segment_id(context.span_id()), trace_id(context.trace_id()))
        else {
            return;
        };
        if !context.is_sampled() {
            return;
        }
        let parent = {
            let parent = parent.span();
            let parent = parent.span_context();
            // A parent without a valid trace is none: the SDK has begun a new trace.
            parent_of(
                if parent.is_valid() {
                    parent.span_id()
                } else {
                    otel::SpanId::INVALID
                },
                parent.is_remote(),
            )
        };
        let opening = Opening {
            id,
            trace_id,
            parent,
            at: SystemTime::now().into(),
            is_segment: becomes_segment(span, parent),
        };
        assembly.start(opening, &self.counters);
    }

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        self.note_drops(&span);
        match &self.output {
            Output::Documents(assembly) => self.end(assembly, &span),
            Output::Spans => self.export(span),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.emitter.flush(Duration::from_secs(2));
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if let Output::Documents(assembly) = &self.output {
            self.with_outlet(|outlet| assembly.close(outlet));
        }
        if self.emitter.shutdown(timeout) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }
}

impl Processor {
    fn end(&self, assembly: &Assembly, span: &SpanData) {
        match neutral(span) {
            Some(span) => self.with_outlet(|outlet| assembly.end(span, outlet)),
            None => count(&self.counters.failed),
        }
    }

    fn with_outlet(&self, work: impl FnOnce(&Outlet<'_>)) {
        work(&Outlet {
            emit: &|document| self.emitter.emit(document),
            counters: &self.counters,
        });
    }

    /// Counts what the SDK's limits left out.
    fn note_drops(&self, span: &SpanData) {
        let events = span
            .events
            .iter()
            .map(|event| event.dropped_attributes_count);
        let links = span.links.iter().map(|link| link.dropped_attributes_count);
        let attributes = span.dropped_attributes_count + events.chain(links).sum::<u32>();
        let to_nothing = span
            .links
            .iter()
            .filter(|link| !link.span_context.is_valid())
            .count();
        let links = span.links.dropped_count + u32::try_from(to_nothing).unwrap_or(u32::MAX);
        for (counter, number) in [
            (&self.counters.dropped_attributes, attributes),
            (&self.counters.dropped_events, span.events.dropped_count),
            (&self.counters.dropped_links, links),
        ] {
            if number > 0 {
                add(counter, number.into());
            }
        }
    }

    fn export(&self, mut span: SpanData) {
        keep_last(&mut span.attributes);
        name_callee(&mut span, &self.counters);
        let mut encoded = Vec::new();
        otlp::encode(span, &mut encoded);
        self.emitter.emit(&encoded);
    }
}

/// Of attributes with one key, keeps the last: OTLP wants none twice.
fn keep_last(attributes: &mut Vec<KeyValue>) {
    let mut index = 0;
    while let Some(attribute) = attributes.get(index) {
        let mut later = attributes[index + 1..].iter();
        if later.any(|later| later.key == attribute.key) {
            attributes.remove(index);
        } else {
            index += 1;
        }
    }
}

/// Adds `peer.service` to a call, by which AWS's agents name the node that is called; with the name that
/// its subsegment would have. They neither clean nor cut it.
fn name_callee(span: &mut SpanData, counters: &Counters) {
    const PEER_SERVICE: &str = "peer.service";
    if !matches!(
        span.span_kind,
        otel::SpanKind::Client | otel::SpanKind::Producer
    ) {
        return;
    }
    if span
        .attributes
        .iter()
        .any(|attribute| attribute.key.as_str() == PEER_SERVICE)
    {
        return;
    }
    let callee = mapping::callee(kind(&span.span_kind), members(&span.attributes));
    let name = callee.unwrap_or_else(|| Cow::Borrowed(&*span.name));
    let name = counters.clean_name(&name);
    span.attributes.push(KeyValue::new(PEER_SERVICE, name));
}

/// Whether a local root becomes a segment of its own id, which depends on its kind.
fn becomes_segment(span: &SdkSpan, parent: Parent) -> bool {
    // The server layer's spans, nearly all local roots, are known without cloning their data.
    if !parent.makes_local_root() || root::decision().is_some() {
        return true;
    }
    let kind = span.exported_data().map(|data| data.span_kind);
    !matches!(
        kind,
        Some(otel::SpanKind::Client | otel::SpanKind::Producer)
    )
}
