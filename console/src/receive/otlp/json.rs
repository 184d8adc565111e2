//! OTLP's messages in JSON: ids in hexadecimal digits, 64-bit numbers as texts or numbers.

use std::borrow::Cow;

use segment::{Value, names::cut_str, value::Members};

use super::{
    NoSpans, ResourceSpans,
    elements::{Elements, TooMany, check_json},
    spans::RawSpan,
};

type Json = Value<'static>;

/// How many bytes of an id that is none are shown.
const MAX_SHOWN: usize = 64;

pub(super) fn request(body: &[u8]) -> Result<Vec<ResourceSpans>, NoSpans> {
    let text = std::str::from_utf8(body)
        .map_err(|error| NoSpans(format!("the body is not UTF-8: {error}")))?;
    check_json(text).map_err(too_many)?;
    let body =
        Value::parse(text).map_err(|error| NoSpans(format!("the body is not JSON: {error}")))?;
    if !matches!(body, Value::Object(_)) {
        let words = "the body is not an object with resourceSpans";
        return Err(NoSpans(words.to_owned()));
    }
    let mut elements = Elements::default();
    let resources = list(&body, "resourceSpans").iter();
    resources
        .map(|json| resource_spans(json, &mut elements).map_err(too_many))
        .collect()
}

fn too_many(error: TooMany) -> NoSpans {
    NoSpans(format!("the request is too large: {error}"))
}

fn resource_spans(json: &Json, elements: &mut Elements) -> Result<ResourceSpans, TooMany> {
    let mut all = ResourceSpans {
        resource: json
            .get("resource")
            .map(|resource| attributes(resource))
            .unwrap_or_default(),
        spans: Vec::new(),
        refused: Vec::new(),
    };
    for scope in list(json, "scopeSpans") {
        for json in list(scope, "spans") {
            elements.span()?;
            all.add(span(json));
        }
    }
    Ok(all)
}

fn span(json: &Json) -> RawSpan {
    let status = json.get("status");
    RawSpan {
        unreadable: unreadable(json),
        trace_id: id(json, "traceId"),
        span_id: id(json, "spanId"),
        parent_span_id: id(json, "parentSpanId"),
        name: text(json, "name"),
        kind: enumeration(json, "kind", &KINDS),
        start: number(json, "startTimeUnixNano"),
        end: number(json, "endTimeUnixNano"),
        flags: number(json, "flags"),
        status: status.map_or((0, String::new()), |status| {
            (
                enumeration(status, "code", &STATUSES),
                text(status, "message"),
            )
        }),
        attributes: attributes(json),
        events: list(json, "events")
            .iter()
            .map(|event| {
                (
                    number(event, "timeUnixNano"),
                    text(event, "name"),
                    attributes(event),
                )
            })
            .collect(),
        links: list(json, "links")
            .iter()
            .map(|link| (id(link, "traceId"), id(link, "spanId"), attributes(link)))
            .collect(),
    }
}

/// The names that some senders write instead of numbers.
const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUSES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

fn enumeration(json: &Json, member: &str, names: &[&str]) -> u64 {
    let name = json.get(member).and_then(Value::as_text);
    let position = name.and_then(|name| names.iter().position(|known| *known == name));
    position.map_or_else(|| number(json, member), |position| position as u64)
}

fn attributes(json: &Json) -> Members<'static> {
    let attributes = list(json, "attributes").iter();
    attributes
        .filter_map(|attribute| {
            let key = attribute.get("key")?.as_text()?.to_owned();
            Some((
                Cow::Owned(key),
                attribute.get("value").map_or(Value::Null, value),
            ))
        })
        .collect()
}

/// Reads an `AnyValue`; the parser of JSON bounds how deep they nest.
fn value(json: &Json) -> Json {
    let Value::Object(members) = json else {
        return Value::Null;
    };
    let Some((kind, value)) = members.first() else {
        return Value::Null;
    };
    match (kind.as_ref(), value) {
        // Node.js sends every number without a fraction so, also one beyond 64 bits.
        ("intValue", number) => number
            .as_integer()
            .map_or_else(|| number.clone(), Value::Integer),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the sender says that it is a double"
        )]
        ("doubleValue", Value::Integer(number)) => Value::Number(*number as f64),
        ("doubleValue", Value::Text(text)) => text.parse().map_or(Value::Null, Value::Number),
        ("stringValue" | "boolValue" | "doubleValue" | "bytesValue", value) => value.clone(),
        ("arrayValue", array) => {
            Value::Array(list(array, "values").iter().map(self::value).collect())
        }
        ("kvlistValue", list) => {
            let members = self::list(list, "values").iter().filter_map(|member| {
                let key = member.get("key")?.as_text()?.to_owned();
                Some((
                    Cow::Owned(key),
                    member.get("value").map_or(Value::Null, self::value),
                ))
            });
            Value::Object(members.collect())
        }
        _ => Value::Null,
    }
}

fn list<'j>(json: &'j Json, member: &str) -> &'j [Json] {
    match json.get(member) {
        Some(Value::Array(values)) => values,
        _ => &[],
    }
}

fn text(json: &Json, member: &str) -> String {
    json.get(member)
        .and_then(Value::as_text)
        .unwrap_or_default()
        .to_owned()
}

fn number(json: &Json, member: &str) -> u64 {
    match json.get(member) {
        Some(Value::Integer(number)) => u64::try_from(*number).unwrap_or(0),
        Some(Value::Text(text)) => text.parse().unwrap_or(0),
        // `1.7e18`, as JSON may write a whole number.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates, and what is negative counts as absent"
        )]
        Some(Value::Number(number)) if number.fract() == 0.0 => *number as u64,
        _ => 0,
    }
}

/// Says which id is there and cannot be read: some senders write base64, as JSON of protobuf does elsewhere.
fn unreadable(json: &Json) -> Option<String> {
    let mut members = [("traceId", 32), ("spanId", 16), ("parentSpanId", 16)].into_iter();
    members.find_map(|(member, digits)| match json.get(member)? {
        Value::Null => None,
        Value::Text(text) if text.is_empty() || !id(json, member).is_empty() => None,
        other => {
            let other = other.to_string();
            let shown = cut_str(&other, MAX_SHOWN);
            Some(format!(
                "{member} is {shown}, not {digits} hexadecimal digits"
            ))
        }
    })
}

/// Reads hexadecimal digits; what is none is no id.
fn id(json: &Json, member: &str) -> Vec<u8> {
    let text = json
        .get(member)
        .and_then(Value::as_text)
        .unwrap_or_default();
    let pairs = (0..text.len()).step_by(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|at| {
            let digits = text.get(at..at + 2)?;
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
        })
        .collect();
    bytes.unwrap_or_default()
}
