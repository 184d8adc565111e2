//! OTLP's messages in protobuf.
//!
//! Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto` and related files; unknown fields are
//! skipped, as protobuf requires.

mod wire;

use std::borrow::Cow;

use segment::{Value, value::Members};

use super::{
    ResourceSpans,
    elements::{Elements, TooMany},
    spans::RawSpan,
};
use wire::{Field, Malformed, Message};

/// How deep values may nest: deeper ones are refused, so that no body can exhaust the stack.
const MAX_DEPTH: usize = 64;

impl From<TooMany> for Malformed {
    fn from(error: TooMany) -> Self {
        Self(error.0)
    }
}

pub(super) fn request(body: &[u8]) -> Result<Vec<ResourceSpans>, Malformed> {
    let (mut all, mut elements) = (Vec::new(), Elements::default());
    for field in Message::new(body) {
        if let (1, Field::Bytes(bytes)) = field? {
            elements.other()?;
            all.push(resource_spans(bytes, &mut elements)?);
        }
    }
    Ok(all)
}

fn resource_spans(bytes: &[u8], elements: &mut Elements) -> Result<ResourceSpans, Malformed> {
    let mut all = ResourceSpans {
        resource: Vec::new(),
        spans: Vec::new(),
        refused: Vec::new(),
    };
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(resource)) => attributes(resource, elements, &mut all.resource)?,
            (2, Field::Bytes(scope_spans)) => {
                for field in Message::new(scope_spans) {
                    if let (2, Field::Bytes(bytes)) = field? {
                        elements.span()?;
                        all.add(span(bytes, elements)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

fn span(bytes: &[u8], elements: &mut Elements) -> Result<RawSpan, Malformed> {
    let mut span = RawSpan::default();
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(id)) => span.trace_id = id.to_vec(),
            (2, Field::Bytes(id)) => span.span_id = id.to_vec(),
            (4, Field::Bytes(id)) => span.parent_span_id = id.to_vec(),
            (5, Field::Bytes(name)) => span.name = text(name),
            (6, Field::Number(kind)) => span.kind = kind,
            (7, Field::Number(nanos)) => span.start = nanos,
            (8, Field::Number(nanos)) => span.end = nanos,
            (9, Field::Bytes(attribute)) => {
                span.attributes.extend(key_value(attribute, 0, elements)?);
            }
            (11, Field::Bytes(bytes)) => span.events.push(event(bytes, elements)?),
            (13, Field::Bytes(bytes)) => span.links.push(link(bytes, elements)?),
            (15, Field::Bytes(status)) => {
                for field in Message::new(status) {
                    match field? {
                        (2, Field::Bytes(message)) => span.status.1 = text(message),
                        (3, Field::Number(code)) => span.status.0 = code,
                        _ => {}
                    }
                }
            }
            (16, Field::Number(flags)) => span.flags = flags,
            _ => {}
        }
    }
    Ok(span)
}

fn event(
    bytes: &[u8],
    elements: &mut Elements,
) -> Result<(u64, String, Members<'static>), Malformed> {
    elements.other()?;
    let (mut nanos, mut name, mut attributes) = (0, String::new(), Vec::new());
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Number(number)) => nanos = number,
            (2, Field::Bytes(bytes)) => name = text(bytes),
            (3, Field::Bytes(attribute)) => attributes.extend(key_value(attribute, 0, elements)?),
            _ => {}
        }
    }
    Ok((nanos, name, attributes))
}

fn link(
    bytes: &[u8],
    elements: &mut Elements,
) -> Result<(Vec<u8>, Vec<u8>, Members<'static>), Malformed> {
    elements.other()?;
    let (mut trace_id, mut span_id, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(id)) => trace_id = id.to_vec(),
            (2, Field::Bytes(id)) => span_id = id.to_vec(),
            (4, Field::Bytes(attribute)) => attributes.extend(key_value(attribute, 0, elements)?),
            _ => {}
        }
    }
    Ok((trace_id, span_id, attributes))
}

/// Reads the attributes of a resource.
fn attributes(
    bytes: &[u8],
    elements: &mut Elements,
    members: &mut Members<'static>,
) -> Result<(), Malformed> {
    for field in Message::new(bytes) {
        if let (1, Field::Bytes(attribute)) = field? {
            members.extend(key_value(attribute, 0, elements)?);
        }
    }
    Ok(())
}

fn key_value(
    bytes: &[u8],
    depth: usize,
    elements: &mut Elements,
) -> Result<Option<(Cow<'static, str>, Value<'static>)>, Malformed> {
    elements.other()?;
    let (mut key, mut found) = (None, Value::Null);
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) => key = Some(Cow::Owned(text(bytes))),
            (2, Field::Bytes(bytes)) => found = value(bytes, depth, elements)?,
            _ => {}
        }
    }
    Ok(key.map(|key| (key, found)))
}

fn value(bytes: &[u8], depth: usize, elements: &mut Elements) -> Result<Value<'static>, Malformed> {
    if depth > MAX_DEPTH {
        return Err(Malformed("values nest too deep"));
    }
    let mut found = Value::Null;
    for field in Message::new(bytes) {
        found = match field? {
            (1, Field::Bytes(bytes)) => text(bytes).into(),
            (2, Field::Number(number)) => Value::Bool(number != 0),
            (3, Field::Number(number)) => Value::Integer(number.cast_signed()),
            (4, Field::Number(bits)) => Value::Number(f64::from_bits(bits)),
            (5, Field::Bytes(bytes)) => {
                let mut values = Vec::new();
                for field in Message::new(bytes) {
                    if let (1, Field::Bytes(bytes)) = field? {
                        elements.other()?;
                        values.push(value(bytes, depth + 1, elements)?);
                    }
                }
                Value::Array(values)
            }
            (6, Field::Bytes(bytes)) => {
                let mut members = Vec::new();
                for field in Message::new(bytes) {
                    if let (1, Field::Bytes(bytes)) = field? {
                        members.extend(key_value(bytes, depth + 1, elements)?);
                    }
                }
                Value::Object(members)
            }
            (7, Field::Bytes(bytes)) => super::spans::bytes(bytes),
            _ => found,
        };
    }
    Ok(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
