//! The vectors `span-*.json`: a span and its resource, and their documents.

use std::{
    collections::HashMap,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use segment::{
    Form, SegmentId, Span, Time, TraceId,
    mapping::{Mapping, Settings},
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};
use serde_json::{Map, Number, Value, json};

use crate::support::{Report, read_vectors};

#[test]
fn every_span_vector_becomes_the_documents_expected() {
    let mut report = Report::new("span-*.json");
    for file in vector_files("span-") {
        let defaults = read_member(&file, "defaults");
        for case in read_vectors(&file, "vectors") {
            check(&mut report, &with_now(&case), &defaults);
        }
    }
    report.finish();
}

/// Maps one case and compares; a case that breaks the mapping fails alone.
fn check(report: &mut Report, case: &Value, defaults: &Value) {
    let id = case["id"].as_str().unwrap();
    let expect = case.get("expect_ours").unwrap_or(&case["expect"]);
    let expected = expect["documents"].as_array().cloned().unwrap_or_default();
    for error in expect["error"].as_array().into_iter().flatten() {
        // The words are AWS's, and ours are others; what is refused is the same id.
        let refused = refused_id(case, defaults).map(|id| format!("invalid xray traceid: {id}"));
        report.check(id, &refused.as_deref(), &error.as_str());
    }
    let actual = std::panic::catch_unwind(|| documents(case, defaults));
    let Ok(actual) = actual else {
        report.check(id, &"panicked", &"did not panic");
        return;
    };
    for document in &actual {
        let broken = segment_schema::check(&document.to_string()).err();
        report.check(id, &broken, &None);
    }
    let mut ids = HashMap::new();
    let is_same = actual.len() == expected.len()
        && actual
            .iter()
            .zip(&expected)
            .all(|(actual, expected)| is_equal(actual, expected, &mut ids));
    if is_same {
        report.check(id, &true, &true);
    } else {
        let pretty = |documents: Vec<Value>| {
            let documents: Vec<_> = documents.into_iter().map(canonical).collect();
            format!("\n{}\n", serde_json::to_string_pretty(&documents).unwrap())
        };
        report.check(id, &Text(pretty(actual)), &Text(pretty(expected)));
    }
}

/// A text whose line breaks show in the report.
#[derive(PartialEq)]
struct Text(String);

impl std::fmt::Debug for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The names of the files in `vectors/` that begin with `prefix`.
pub(crate) fn vector_files(prefix: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.strip_prefix(prefix).is_some_and(is_json))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there is no vectors/{prefix}*.json");
    files
}

fn is_json(name: &str) -> bool {
    name.strip_suffix(".json").is_some()
}

pub(crate) fn read_member(file: &str, member: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../vectors")
        .join(file);
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[member].clone()
}

/// Replaces `<now8>`, which stands for the current second in input and output.
fn with_now(case: &Value) -> Value {
    let text = case
        .to_string()
        .replace("<now8>", &format!("{:08x}", now()));
    serde_json::from_str(&text).unwrap()
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Returns the id that the mapping says it refuses, without dashes.
fn refused_id(case: &Value, defaults: &Value) -> Option<String> {
    let mapping = Mapping::new(members(&case["resource"]), settings(&case["config"]));
    let refused = mapping.map(span(&case["span"], defaults)).err()?;
    Some(refused.trace_id.to_hex())
}

/// Maps the case's span; the subsegment comes before the segment around it, as the collector sends them.
pub(crate) fn documents(case: &Value, defaults: &Value) -> Vec<Value> {
    let mapping = Mapping::new(members(&case["resource"]), settings(&case["config"]));
    let Ok(mapped) = mapping.map(span(&case["span"], defaults)) else {
        return Vec::new();
    };
    std::iter::once(&mapped.document)
        .chain(mapped.segment.as_deref())
        .map(|document| {
            let mut json = Vec::new();
            document.encode(Form::Independent, &mut json);
            serde_json::from_slice(&json).unwrap()
        })
        .collect()
}

fn settings(config: &Value) -> Settings {
    let texts = |member: &str| {
        let texts = config[member].as_array().into_iter().flatten();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let checks_age = config["skip_timestamp_validation"] == false;
    Settings {
        indexed_attributes: texts("indexed_attributes"),
        index_all_attributes: config["index_all_attributes"] == true,
        log_groups: texts("aws_log_groups"),
        refuse_ids_unless_recent_at: checks_age.then(|| SystemTime::now().into()),
    }
}

fn span(span: &Value, defaults: &Value) -> Span<'static> {
    let get = |member: &str| match &span[member] {
        Value::Null => defaults[member].clone(),
        value => value.clone(),
    };
    let attributes = members(&span["attributes"]);
    let kind = kind(get("kind").as_str());
    let is_local_root = span["attributes"]["aws.span.kind"] == "LOCAL_ROOT";
    let is_remote = is_local_root || matches!(kind, SpanKind::Server | SpanKind::Consumer);
    let parent = match get("parent_span_id").as_str() {
        None | Some("") => Parent::None,
        Some(id) if is_remote => Parent::Remote(segment_id(id)),
        Some(id) => Parent::Local(segment_id(id)),
    };
    Span {
        trace_id: TraceId::from_hex(get("trace_id").as_str().unwrap()).unwrap(),
        id: segment_id(get("span_id").as_str().unwrap()),
        parent,
        name: get("name").as_str().unwrap_or_default().to_owned().into(),
        kind,
        start: time(&get("start_unix_nano")),
        end: Some(time(&get("end_unix_nano"))),
        status: status(&get("status")),
        details: None,
        attributes,
        events: list(&span["events"], |event| {
            let time_of = match &event["time_unix_nano"] {
                Value::Null => &defaults["event.time_unix_nano"],
                time => time,
            };
            Event {
                name: event["name"].as_str().unwrap_or_default().to_owned().into(),
                time: time(time_of),
                attributes: members(&event["attributes"]),
            }
        }),
        links: list(&span["links"], link).into_iter().flatten().collect(),
    }
}

/// Reads a link; `None` if it names nothing, as the service leaves it out.
fn link(link: &Value) -> Option<SpanLink<'static>> {
    Some(SpanLink {
        trace_id: TraceId::from_hex(link["trace_id"].as_str()?)?,
        id: link["span_id"].as_str()?.parse().ok()?,
        attributes: members(&link["attributes"]),
    })
}

fn list<T>(values: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    values.as_array().into_iter().flatten().map(read).collect()
}

/// Reads a status, `"ok"` or `{"code": "error", "message": "…"}`.
fn status(status: &Value) -> Status<'static> {
    let code = status.as_str().or(status["code"].as_str());
    match code {
        Some("error") => {
            let message = status["message"].as_str().unwrap_or_default();
            Status::Error(message.to_owned().into())
        }
        Some("ok") => Status::Ok,
        None | Some("unset" | "") => Status::Unset,
        Some(other) => panic!("{other} is no status"),
    }
}

fn kind(kind: Option<&str>) -> SpanKind {
    match kind {
        Some("server") => SpanKind::Server,
        Some("client") => SpanKind::Client,
        Some("producer") => SpanKind::Producer,
        Some("consumer") => SpanKind::Consumer,
        None | Some("internal" | "unspecified") => SpanKind::Internal,
        Some(other) => panic!("{other} is no kind of span"),
    }
}

pub(crate) fn members(object: &Value) -> Members<'static> {
    match segment::Value::parse(&object.to_string()).unwrap() {
        segment::Value::Object(members) => members,
        segment::Value::Null => Vec::new(),
        other => panic!("{other} is no object"),
    }
}

fn segment_id(text: &str) -> SegmentId {
    text.parse().unwrap()
}

fn time(nanos: &Value) -> Time {
    Time::from_nanos(nanos.as_u64().unwrap())
}

/// Compares two values after the vectors' rules; `ids` holds what the placeholders stand for.
fn is_equal(actual: &Value, expected: &Value, ids: &mut HashMap<String, Value>) -> bool {
    compare(
        &canonical(actual.clone()),
        &canonical(expected.clone()),
        ids,
    )
}

fn compare(actual: &Value, expected: &Value, ids: &mut HashMap<String, Value>) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            actual.len() == expected.len()
                && expected.iter().all(|(key, expected)| {
                    actual
                        .get(key)
                        .is_some_and(|actual| compare(actual, expected, ids))
                })
        }
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && actual
                    .iter()
                    .zip(expected)
                    .all(|(actual, expected)| compare(actual, expected, ids))
        }
        (Value::Number(actual), Value::Number(expected)) => is_same_number(actual, expected),
        (Value::String(actual), Value::String(expected)) if expected.starts_with("<hex16:") => {
            let is_id = actual.len() == 16 && actual.bytes().all(|byte| byte.is_ascii_hexdigit());
            let actual = Value::from(actual.as_str());
            is_id
                && *ids
                    .entry(expected.clone())
                    .or_insert_with(|| actual.clone())
                    == actual
        }
        (actual, expected) => actual == expected,
    }
}

/// Whole numbers are equal or not. A time is read as a double, of which the nearest to all its nanoseconds and
/// the collector's nanoseconds / 1e9 may be neighbours.
fn is_same_number(actual: &Number, expected: &Number) -> bool {
    if actual.is_f64() || expected.is_f64() {
        let pair = actual.as_f64().zip(expected.as_f64());
        pair.is_some_and(|(actual, expected)| {
            (actual - expected).abs() <= expected.abs() * f64::EPSILON
        })
    } else {
        actual == expected
    }
}

/// Removes what counts as absent: `null`; flags that are `false`; a `content_length` of 0; an empty request
/// or response; and objects in which nothing else was.
pub(crate) fn canonical(mut document: Value) -> Value {
    let is_false = |value: &Value| *value == false;
    let is_zero = |value: &Value| *value == 0;
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    for flag in [
        "/error",
        "/fault",
        "/throttle",
        "/aws/xray/auto_instrumentation",
    ] {
        forget(&mut document, flag, is_false);
    }
    forget(&mut document, "/http/response/content_length", is_zero);
    for part in ["/http/request", "/http/response"] {
        forget(&mut document, part, is_empty);
    }
    without_nulls(document).unwrap_or_else(|| json!({}))
}

fn forget(document: &mut Value, pointer: &str, is_absent: impl Fn(&Value) -> bool) {
    if let Some(value) = document
        .pointer_mut(pointer)
        .filter(|value| is_absent(value))
    {
        *value = Value::Null;
    }
}

fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(members) if !members.is_empty() => {
            let left: Map<_, _> = members
                .into_iter()
                .filter_map(|(key, value)| Some((key, without_nulls(value)?)))
                .collect();
            (!left.is_empty()).then_some(Value::Object(left))
        }
        other => Some(other),
    }
}

#[test]
fn the_vector_rules_of_comparison_tell_documents_apart() {
    let mut ids = HashMap::new();
    let mut equal = |one: Value, other: Value| is_equal(&one, &other, &mut ids);
    assert!(equal(json!({"error": false, "a": null}), json!({})));
    assert!(equal(
        json!({"http": {"request": {}, "response": {"content_length": 0}}}),
        json!({})
    ));
    assert!(equal(
        json!({"id": "00000000000000aa"}),
        json!({"id": "<hex16:a>"})
    ));
    assert!(!equal(
        json!({"id": "00000000000000bb"}),
        json!({"id": "<hex16:a>"})
    ));
    assert!(equal(
        json!({"aws": {"ec2": {"ami_id": null}, "xray": {"auto_instrumentation": false}}}),
        json!({})
    ));
    assert!(!equal(json!({"error": true}), json!({})));
    assert!(!equal(json!({"metadata": {"default": {}}}), json!({})));
    assert!(!equal(
        json!({"metadata": {"a": false}}),
        json!({"metadata": {}})
    ));
    assert!(!equal(json!({"name": "a"}), json!({"name": "b"})));
    let time = 1_602_534_561.350_5;
    assert!(equal(
        json!({"end_time": time}),
        json!({"end_time": f64::from_bits(f64::to_bits(time) + 1)})
    ));
    assert!(!equal(
        json!({"end_time": time}),
        json!({"end_time": time + 1e-6})
    ));
    assert!(!equal(
        json!({"http": {"response": {"status": 200}}}),
        json!({"http": {"response": {"status": 201}}})
    ));
    assert!(!equal(json!({"links": [1]}), json!({"links": [1, 2]})));
}
