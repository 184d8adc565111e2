//! A span that has ended, in the recorder or in OpenTelemetry's SDK, and its conversion to the neutral span that is
//! mapped to documents.

use std::borrow::Cow;

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, StringValue, Value,
    trace::{self as otel, SpanContext},
};
use segment::{
    SegmentId, Span, Time, TraceId,
    span::{Details, Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

/// A span that has ended. Its attributes are borrowed and have their last values.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) context: &'a SpanContext,
    pub(crate) parent: Parent,
    pub(crate) name: &'a str,
    pub(crate) kind: SpanKind,
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) status: &'a otel::Status,
    /// What it is about, if that is known without attributes.
    pub(crate) details: Option<Details<&'a str>>,
    pub(crate) attributes: Members<'a>,
    pub(crate) events: &'a [otel::Event],
    pub(crate) links: &'a [otel::Link],
    pub(crate) dropped: Dropped,
    pub(crate) scope: &'a InstrumentationScope,
}

/// How much of a span was dropped, because of limits or because a link is invalid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
}

impl<'a> Ended<'a> {
    /// Makes attributes of the details, for OTLP.
    pub(crate) fn spread(&mut self) {
        if let Some(details) = self.details.take() {
            details.join(self.kind, &mut self.attributes);
        }
    }

    /// Makes the neutral span; `None` if an id is zero, which neither the recorder nor the SDK lets happen.
    pub(crate) fn neutral(self) -> Option<Span<'a>> {
        Some(Span {
            trace_id: trace_id(self.context.trace_id())?,
            id: segment_id(self.context.span_id())?,
            parent: self.parent,
            name: Cow::Borrowed(self.name),
            kind: self.kind,
            start: self.start,
            end: Some(self.end),
            status: status(self.status),
            details: self.details,
            attributes: self.attributes,
            events: self.events.iter().map(event).collect(),
            links: self.links.iter().filter_map(link).collect(),
        })
    }
}

/// Returns the parent of a span; a zero id is no parent.
pub(crate) fn parent_of(id: otel::SpanId, is_remote: bool) -> Parent {
    match segment_id(id) {
        None => Parent::None,
        Some(id) if is_remote => Parent::Remote(id),
        Some(id) => Parent::Local(id),
    }
}

pub(crate) fn kind(kind: &otel::SpanKind) -> SpanKind {
    match kind {
        otel::SpanKind::Client => SpanKind::Client,
        otel::SpanKind::Server => SpanKind::Server,
        otel::SpanKind::Producer => SpanKind::Producer,
        otel::SpanKind::Consumer => SpanKind::Consumer,
        otel::SpanKind::Internal => SpanKind::Internal,
    }
}

/// Borrows the attributes; if a key occurs twice, the mapping takes the last one.
pub(crate) fn members(attributes: &[KeyValue]) -> Members<'_> {
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

pub(crate) fn value(value: &Value) -> segment::Value<'_> {
    match value {
        Value::Bool(bool) => segment::Value::Bool(*bool),
        Value::I64(integer) => segment::Value::Integer(*integer),
        Value::F64(number) => segment::Value::Number(*number),
        Value::String(text) => segment::Value::Text(Cow::Borrowed(text.as_str())),
        Value::Array(array) => segment::Value::Array(elements(array)),
        // Future kinds of values are recorded as their text.
        other => segment::Value::Text(Cow::Owned(other.to_string())),
    }
}

pub(crate) fn trace_id(id: otel::TraceId) -> Option<TraceId> {
    TraceId::from_bytes(id.to_bytes())
}

pub(crate) fn segment_id(id: otel::SpanId) -> Option<SegmentId> {
    SegmentId::from_bytes(id.to_bytes())
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
