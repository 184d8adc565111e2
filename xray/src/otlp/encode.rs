//! Spans as protobuf, piece by piece: a message's encoding is that of its parts one after another, so each
//! span is encoded when it ends, and a request is the resource with the spans behind it.
//! <https://protobuf.dev/programming-guides/encoding/#last-one-wins>

use std::borrow::Cow;

use opentelemetry::trace as otel;
use opentelemetry_proto::{
    tonic::{
        common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value},
        resource::v1::Resource as ResourceMessage,
        trace::v1::{
            ResourceSpans, ScopeSpans, Span as SpanMessage, SpanFlags, Status as StatusMessage,
            span, status::StatusCode,
        },
    },
    transform::common::tonic::{Attributes, ResourceAttributesWithSchema},
};
use opentelemetry_sdk::Resource;
use prost::Message;
use segment::{
    Time, Value,
    span::{Parent, SpanKind},
    value::Members,
};

use crate::ended::Ended;

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

/// Returns the part of `ResourceSpans` that all spans have in common.
pub(super) fn resource(resource: &Resource) -> Vec<u8> {
    let ResourceAttributesWithSchema {
        attributes,
        schema_url,
    } = resource.into();
    let mut out = Vec::new();
    append(
        &ResourceSpans {
            resource: Some(ResourceMessage {
                attributes: attributes.0,
                ..ResourceMessage::default()
            }),
            schema_url: schema_url.unwrap_or_default(),
            ..ResourceSpans::default()
        },
        &mut out,
    );
    out
}

/// Returns an `ExportTraceServiceRequest` of one resource and some spans.
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
        name: ended.name.to_owned(),
        kind: kind(ended.kind).into(),
        start_time_unix_nano: ended.start.as_nanos(),
        end_time_unix_nano: ended.end.as_nanos(),
        attributes: key_values(ended.attributes),
        dropped_attributes_count: ended.dropped.attributes,
        dropped_events_count: ended.dropped.events,
        dropped_links_count: ended.dropped.links,
        events: ended.events.iter().map(event).collect(),
        links: ended.links.iter().map(link).collect(),
        status: Some(status(ended.status)),
    }
}

/// <https://opentelemetry.io/docs/specs/otel/protocol/> says which bits tell what is remote.
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
            otel::Status::Error { description } => description.to_string(),
            otel::Status::Ok | otel::Status::Unset => String::new(),
        },
    }
}

fn event(event: &otel::Event) -> span::Event {
    span::Event {
        time_unix_nano: Time::from(event.timestamp).as_nanos(),
        name: event.name.to_string(),
        attributes: Attributes::from(event.attributes.iter().cloned()).0,
        dropped_attributes_count: event.dropped_attributes_count,
    }
}

fn link(link: &otel::Link) -> span::Link {
    let context = &link.span_context;
    span::Link {
        trace_id: context.trace_id().to_bytes().to_vec(),
        span_id: context.span_id().to_bytes().to_vec(),
        trace_state: context.trace_state().header(),
        attributes: Attributes::from(link.attributes.iter().cloned()).0,
        dropped_attributes_count: link.dropped_attributes_count,
        flags: flags(context, context.is_remote()),
    }
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
