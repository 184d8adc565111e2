//! OpenTelemetry's side of the assembly: what the SDK calls when spans start and end.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value, trace as otel, trace::TraceContextExt,
};
use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    trace::{Span as SdkSpan, SpanData, SpanProcessor},
};
use segment::{
    SegmentId, Span, Time, TraceId, mapping,
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

use crate::{
    assembly::{Assembly, Opening, Outlet},
    delivery::{Counters, add, count},
    emitter::Emitter,
    otlp, root,
};

/// Feeds the emitter with what becomes of spans.
///
/// One processor and not two: with two the SDK clones the span's data for each.
#[derive(Debug)]
pub(crate) struct Processor {
    pub(crate) output: Output,
    pub(crate) emitter: Arc<Emitter>,
    pub(crate) counters: Arc<Counters>,
}

/// What becomes of spans.
#[derive(Debug)]
pub(crate) enum Output {
    /// Segment documents.
    Documents(Arc<Assembly>),
    /// Spans as they are, for OTLP.
    Spans,
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
        if self.emitter.shutdown(timeout) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }
}

impl Processor {
    fn end(&self, assembly: &Assembly, span: &SpanData) {
        let emit = |document: &[u8]| self.emitter.emit(document);
        match neutral(span) {
            Some(span) => assembly.end(
                span,
                &Outlet {
                    emit: &emit,
                    counters: &self.counters,
                },
            ),
            None => count(&self.counters.failed),
        }
    }

    /// Counts what the SDK's limits left out.
    fn note_drops(&self, span: &SpanData) {
        let events = span
            .events
            .iter()
            .map(|event| event.dropped_attributes_count);
        let links = span.links.iter().map(|link| link.dropped_attributes_count);
        let attributes = span.dropped_attributes_count + events.chain(links).sum::<u32>();
        for (counter, number) in [
            (&self.counters.dropped_attributes, attributes),
            (&self.counters.dropped_events, span.events.dropped_count),
            (&self.counters.dropped_links, span.links.dropped_count),
        ] {
            if number > 0 {
                add(counter, number.into());
            }
        }
    }

    fn export(&self, mut span: SpanData) {
        name_callee(&mut span);
        let mut encoded = Vec::new();
        otlp::encode(span, &mut encoded);
        self.emitter.emit(&encoded);
    }
}

/// Adds `peer.service` to a call, by which AWS's agents name the node that is called; with the name that
/// its subsegment would have.
fn name_callee(span: &mut SpanData) {
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
    if let Some(callee) = callee.map(Cow::into_owned) {
        span.attributes.push(KeyValue::new(PEER_SERVICE, callee));
    }
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

/// Makes the neutral span; `None` if an id is zero, which the SDK does not let happen.
fn neutral(data: &SpanData) -> Option<Span<'_>> {
    Some(Span {
        trace_id: trace_id(data.span_context.trace_id())?,
        id: segment_id(data.span_context.span_id())?,
        parent: parent_of(data.parent_span_id, data.parent_span_is_remote),
        name: Cow::Borrowed(&data.name),
        kind: kind(&data.span_kind),
        start: data.start_time.into(),
        end: Some(data.end_time.into()),
        status: status(&data.status),
        attributes: members(&data.attributes),
        events: data.events.iter().map(event).collect(),
        links: data.links.iter().filter_map(link).collect(),
    })
}

fn parent_of(id: otel::SpanId, is_remote: bool) -> Parent {
    match segment_id(id) {
        None => Parent::None,
        Some(id) if is_remote => Parent::Remote(id),
        Some(id) => Parent::Local(id),
    }
}

fn kind(kind: &otel::SpanKind) -> SpanKind {
    match kind {
        otel::SpanKind::Client => SpanKind::Client,
        otel::SpanKind::Server => SpanKind::Server,
        otel::SpanKind::Producer => SpanKind::Producer,
        otel::SpanKind::Consumer => SpanKind::Consumer,
        otel::SpanKind::Internal => SpanKind::Internal,
    }
}

fn status(status: &otel::Status) -> Status<'_> {
    match status {
        otel::Status::Unset => Status::Unset,
        otel::Status::Ok => Status::Ok,
        otel::Status::Error { description } => Status::Error(Cow::Borrowed(description)),
    }
}

fn event(event: &otel::Event) -> Event<'_> {
    Event {
        name: Cow::Borrowed(&event.name),
        time: Time::from(event.timestamp),
        attributes: members(&event.attributes),
    }
}

fn link(link: &otel::Link) -> Option<SpanLink<'_>> {
    Some(SpanLink {
        trace_id: trace_id(link.span_context.trace_id())?,
        id: segment_id(link.span_context.span_id())?,
        attributes: members(&link.attributes),
    })
}

fn members(attributes: &[KeyValue]) -> Members<'_> {
    attributes
        .iter()
        .map(|attribute| {
            (
                Cow::Borrowed(attribute.key.as_str()),
                value(&attribute.value),
            )
        })
        .collect()
}

fn value(value: &Value) -> segment::Value<'_> {
    match value {
        Value::Bool(bool) => segment::Value::Bool(*bool),
        Value::I64(integer) => segment::Value::Integer(*integer),
        Value::F64(number) => segment::Value::Number(*number),
        Value::String(text) => segment::Value::Text(Cow::Borrowed(text.as_str())),
        Value::Array(array) => segment::Value::Array(elements(array)),
        // The API may grow kinds of values; their text is better than nothing.
        other => segment::Value::Text(Cow::Owned(other.to_string())),
    }
}

fn elements(array: &Array) -> Vec<segment::Value<'_>> {
    match array {
        Array::Bool(values) => values.iter().copied().map(segment::Value::Bool).collect(),
        Array::I64(values) => values
            .iter()
            .copied()
            .map(segment::Value::Integer)
            .collect(),
        Array::F64(values) => values.iter().copied().map(segment::Value::Number).collect(),
        Array::String(values) => values
            .iter()
            .map(StringValue::as_str)
            .map(|text| segment::Value::Text(Cow::Borrowed(text)))
            .collect(),
        other => vec![segment::Value::Text(Cow::Owned(
            Value::Array(other.clone()).to_string(),
        ))],
    }
}

fn trace_id(id: otel::TraceId) -> Option<TraceId> {
    TraceId::from_bytes(id.to_bytes())
}

fn segment_id(id: otel::SpanId) -> Option<SegmentId> {
    SegmentId::from_bytes(id.to_bytes())
}
