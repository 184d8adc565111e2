//! The SDK's spans → the neutral ones that are mapped to documents.

use std::borrow::Cow;

use opentelemetry::{Array, KeyValue, StringValue, Value, trace as otel};
use opentelemetry_sdk::trace::SpanData;
use segment::{
    SegmentId, Span, Time, TraceId,
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

/// Makes the neutral span; `None` if an id is zero, which the SDK does not let happen.
pub(super) fn neutral(data: &SpanData) -> Option<Span<'_>> {
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

pub(super) fn parent_of(id: otel::SpanId, is_remote: bool) -> Parent {
    match segment_id(id) {
        None => Parent::None,
        Some(id) if is_remote => Parent::Remote(id),
        Some(id) => Parent::Local(id),
    }
}

pub(super) fn kind(kind: &otel::SpanKind) -> SpanKind {
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

pub(super) fn members(attributes: &[KeyValue]) -> Members<'_> {
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

pub(super) fn trace_id(id: otel::TraceId) -> Option<TraceId> {
    TraceId::from_bytes(id.to_bytes())
}

pub(super) fn segment_id(id: otel::SpanId) -> Option<SegmentId> {
    SegmentId::from_bytes(id.to_bytes())
}
