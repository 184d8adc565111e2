//! OTLP's messages in protobuf.
//!
//! Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto` and its neighbours; unknown
//! fields are skipped, as protobuf wants it.

mod wire;

use std::borrow::Cow;

use segment::{Value, value::Members};

use super::{ResourceSpans, spans::RawSpan};
use wire::{Field, Malformed, Message};

/// How deep values may nest: deeper ones are refused, so that no body can exhaust the stack.
const MAX_DEPTH: usize = 64;

pub(super) fn request(body: &[u8]) -> Result<Vec<ResourceSpans>, Malformed> {
    let mut all = Vec::new();
    for field in Message::new(body) {
        if let (1, Field::Bytes(bytes)) = field? {
            all.push(resource_spans(bytes)?);
        }
    }
    Ok(all)
}

fn resource_spans(bytes: &[u8]) -> Result<ResourceSpans, Malformed> {
    let mut all = ResourceSpans {
        resource: Vec::new(),
        spans: Vec::new(),
        refused: Vec::new(),
    };
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(resource)) => attributes(resource, 1, &mut all.resource)?,
            (2, Field::Bytes(scope_spans)) => {
                for field in Message::new(scope_spans) {
                    if let (2, Field::Bytes(bytes)) = field? {
                        all.add(span(bytes)?);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(all)
}

fn span(bytes: &[u8]) -> Result<RawSpan, Malformed> {
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
            (9, Field::Bytes(attribute)) => span.attributes.extend(key_value(attribute, 0)?),
            (11, Field::Bytes(bytes)) => span.events.push(event(bytes)?),
            (13, Field::Bytes(bytes)) => span.links.push(link(bytes)?),
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

fn event(bytes: &[u8]) -> Result<(u64, String, Members<'static>), Malformed> {
    let (mut nanos, mut name, mut attributes) = (0, String::new(), Vec::new());
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Number(number)) => nanos = number,
            (2, Field::Bytes(bytes)) => name = text(bytes),
            (3, Field::Bytes(attribute)) => attributes.extend(key_value(attribute, 0)?),
            _ => {}
        }
    }
    Ok((nanos, name, attributes))
}

fn link(bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>, Members<'static>), Malformed> {
    let (mut trace_id, mut span_id, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(id)) => trace_id = id.to_vec(),
            (2, Field::Bytes(id)) => span_id = id.to_vec(),
            (4, Field::Bytes(attribute)) => attributes.extend(key_value(attribute, 0)?),
            _ => {}
        }
    }
    Ok((trace_id, span_id, attributes))
}

/// Reads all `KeyValue`s in the field `number`.
fn attributes(bytes: &[u8], number: u64, members: &mut Members<'static>) -> Result<(), Malformed> {
    for field in Message::new(bytes) {
        if let (found, Field::Bytes(attribute)) = field?
            && found == number
        {
            members.extend(key_value(attribute, 0)?);
        }
    }
    Ok(())
}

fn key_value(
    bytes: &[u8],
    depth: usize,
) -> Result<Option<(Cow<'static, str>, Value<'static>)>, Malformed> {
    let (mut key, mut found) = (None, Value::Null);
    for field in Message::new(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) => key = Some(Cow::Owned(text(bytes))),
            (2, Field::Bytes(bytes)) => found = value(bytes, depth)?,
            _ => {}
        }
    }
    Ok(key.map(|key| (key, found)))
}

fn value(bytes: &[u8], depth: usize) -> Result<Value<'static>, Malformed> {
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
                        values.push(value(bytes, depth + 1)?);
                    }
                }
                Value::Array(values)
            }
            (6, Field::Bytes(bytes)) => {
                let mut members = Vec::new();
                for field in Message::new(bytes) {
                    if let (1, Field::Bytes(bytes)) = field? {
                        members.extend(key_value(bytes, depth + 1)?);
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
