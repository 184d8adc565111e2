//! Encodes spans as protobuf. A message's encoding is the concatenation of its parts, so each span is encoded when it
//! ends, and a request is the resource followed by the spans.
//! <https://protobuf.dev/programming-guides/encoding/#last-one-wins>
//!
//! All strings pass through [`secrets`].

use std::borrow::Cow;

use opentelemetry::{KeyValue as Attribute, trace as otel};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value},
    resource::v1::Resource as ResourceMessage,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span as SpanMessage, SpanFlags, Status as StatusMessage, span,
        status::StatusCode,
    },
};
use opentelemetry_sdk::Resource;
use prost::Message;
use segment::{
    Time, Value, mapping, secrets,
    span::{Parent, SpanKind},
    value::Members,
};

use crate::ended::{self, Ended};

/// Field 1 of `ExportTraceServiceRequest`, a message: `ResourceSpans`.
const RESOURCE_SPANS: u8 = 1 << 3 | 2;

/// Appends a span as a part of `ResourceSpans`: a `ScopeSpans` with this one span.
pub(crate) fn encode(span: Ended<'_>, out: &mut Vec<u8>) {
    let scope = span.scope;
    let scope_spans = ScopeSpans {
        schema_url: scope.schema_url().unwrap_or_default().to_owned(),
        scope: Some((scope, None).into()),
        spans: vec![message(span)],
    };
    append(
        &ResourceSpans {
            scope_spans: vec![scope_spans],
            ..ResourceSpans::default()
        },
        out,
    );
}

/// Returns the part of `ResourceSpans` that all spans share.
pub(super) fn resource(resource: &Resource) -> Vec<u8> {
    let attributes = resource.iter();
    let attributes = attributes.map(|(key, value)| (key.as_str().into(), ended::value(value)));
    let mut out = Vec::new();
    append(
        &ResourceSpans {
            resource: Some(ResourceMessage {
                attributes: clean(attributes.collect()),
                ..ResourceMessage::default()
            }),
            schema_url: resource.schema_url().unwrap_or_default().to_owned(),
            ..ResourceSpans::default()
        },
        &mut out,
    );
    out
}

/// Returns an `ExportTraceServiceRequest` with one resource and its spans.
pub(super) fn request(resource: &[u8], spans: &[u8]) -> Vec<u8> {
    let length = resource.len() + spans.len();
    let mut out = Vec::with_capacity(length + 11);
    out.push(RESOURCE_SPANS);
    prost::encode_length_delimiter(length, &mut out).expect("a vector grows");
    out.extend_from_slice(resource);
    out.extend_from_slice(spans);
    out
}

fn message(ended: Ended<'_>) -> SpanMessage {
    let context = ended.context;
    let parent = ended.parent.id();
    SpanMessage {
        trace_id: context.trace_id().to_bytes().to_vec(),
        span_id: context.span_id().to_bytes().to_vec(),
        trace_state: context.trace_state().header(),
        parent_span_id: parent.map_or_else(Vec::new, |id| id.to_bytes().to_vec()),
        flags: flags(context, matches!(ended.parent, Parent::Remote(_))),
        name: hidden(ended.name),
        kind: kind(ended.kind).into(),
        start_time_unix_nano: ended.start.as_nanos(),
        end_time_unix_nano: ended.end.as_nanos(),
        attributes: key_values(mapping::for_collector(ended.attributes)),
        dropped_attributes_count: ended.dropped.attributes,
        dropped_events_count: ended.dropped.events,
        dropped_links_count: ended.dropped.links,
        events: ended.events.iter().map(event).collect(),
        links: ended.links.iter().map(link).collect(),
        status: Some(status(ended.status)),
    }
}

/// Returns the flags that say whether the parent is remote: <https://opentelemetry.io/docs/specs/otel/protocol/>
fn flags(context: &otel::SpanContext, is_remote: bool) -> u32 {
    let mut flags = u32::from(context.trace_flags().to_u8());
    flags |= SpanFlags::ContextHasIsRemoteMask as u32;
    if is_remote {
        flags |= SpanFlags::ContextIsRemoteMask as u32;
    }
    flags
}

fn kind(kind: SpanKind) -> span::SpanKind {
    match kind {
        SpanKind::Internal => span::SpanKind::Internal,
        SpanKind::Server => span::SpanKind::Server,
        SpanKind::Client => span::SpanKind::Client,
        SpanKind::Producer => span::SpanKind::Producer,
        SpanKind::Consumer => span::SpanKind::Consumer,
    }
}

fn status(status: &otel::Status) -> StatusMessage {
    StatusMessage {
        code: StatusCode::from(status).into(),
        message: match status {
            otel::Status::Error { description } => hidden(description),
            otel::Status::Ok | otel::Status::Unset => String::new(),
        },
    }
}

fn event(event: &otel::Event) -> span::Event {
    span::Event {
        time_unix_nano: Time::from(event.timestamp).as_nanos(),
        name: hidden(&event.name),
        attributes: attributes(&event.attributes),
        dropped_attributes_count: event.dropped_attributes_count,
    }
}

fn link(link: &otel::Link) -> span::Link {
    let context = &link.span_context;
    span::Link {
        trace_id: context.trace_id().to_bytes().to_vec(),
        span_id: context.span_id().to_bytes().to_vec(),
        trace_state: context.trace_state().header(),
        attributes: attributes(&link.attributes),
        dropped_attributes_count: link.dropped_attributes_count,
        flags: flags(context, context.is_remote()),
    }
}

fn hidden(text: &str) -> String {
    secrets::hide(text.into()).into_owned()
}

fn attributes(attributes: &[Attribute]) -> Vec<KeyValue> {
    clean(ended::members(attributes))
}

fn clean(mut members: Members<'_>) -> Vec<KeyValue> {
    for (key, value) in &mut members {
        secrets::hide_attribute(key, value);
    }
    key_values(members)
}

fn key_values(members: Members<'_>) -> Vec<KeyValue> {
    let key_value = |(key, value): (Cow<'_, str>, Value<'_>)| KeyValue {
        key: key.into_owned(),
        value: Some(any_value(value)),
        ..KeyValue::default()
    };
    members.into_iter().map(key_value).collect()
}

fn any_value(value: Value<'_>) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(bool) => Some(any_value::Value::BoolValue(bool)),
        Value::Integer(integer) => Some(any_value::Value::IntValue(integer)),
        Value::Number(number) => Some(any_value::Value::DoubleValue(number)),
        Value::Text(text) => Some(any_value::Value::StringValue(text.into_owned())),
        Value::Array(values) => {
            let values = values.into_iter().map(any_value).collect();
            Some(any_value::Value::ArrayValue(ArrayValue { values }))
        }
        Value::Object(members) => {
            let values = key_values(members);
            Some(any_value::Value::KvlistValue(KeyValueList { values }))
        }
    };
    AnyValue { value }
}

fn append(message: &impl Message, out: &mut Vec<u8>) {
    message.encode(out).expect("a vector grows");
}
