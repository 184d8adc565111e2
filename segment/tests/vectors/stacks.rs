//! The vectors `stack-*.json`: stack traces as runtimes print them, and their exceptions.

use segment::{
    Form, SegmentId, Span, Time, TraceId,
    mapping::{Mapping, Settings},
    span::{Event, Parent, SpanKind, Status},
};
use serde_json::{Value, json};

use crate::{
    spans::vector_files,
    support::{Report, read_vectors},
};

#[test]
fn every_stack_trace_vector_becomes_the_exceptions_expected() {
    let mut report = Report::new("stack-*.json");
    for file in vector_files("stack-") {
        for case in read_vectors(&file, "vectors") {
            let id = case["id"].as_str().unwrap();
            report.check(id, &Shown(read(&case)), &Shown(case["expect"].clone()));
        }
    }
    report.finish();
}

/// A value whose lines show in the report.
#[derive(PartialEq)]
struct Shown(Value);

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "\n{:#}\n", self.0)
    }
}

/// Maps a span with the exception, and returns what the vectors tell of the document: each exception with its
/// frames as `path:line label`, each the cause of the one before, and whether the text is kept besides.
fn read(case: &Value) -> Value {
    let text = |member: &str| case[member].as_str().unwrap().to_owned();
    let lines = case["trace"].as_array().unwrap().iter();
    let lines: Vec<_> = lines.map(|line| line.as_str().unwrap()).collect();
    let trace = lines.join("\n");
    let language = text("language");
    let mut attributes = vec![("exception.stacktrace".into(), trace.clone().into())];
    for (key, member) in [("exception.type", "type"), ("exception.message", "message")] {
        attributes.push((key.into(), text(member).into()));
    }
    let mapping = Mapping::new(
        vec![("telemetry.sdk.language".into(), language.into())],
        Settings::default(),
    );
    let mapped = mapping
        .map_embedded(Span {
            trace_id: TraceId::from_bytes([7; 16]).unwrap(),
            id: SegmentId::from_bytes([7; 8]).unwrap(),
            parent: Parent::Local(SegmentId::from_bytes([8; 8]).unwrap()),
            name: "op".into(),
            kind: SpanKind::Internal,
            start: Time::from_nanos(1),
            end: Some(Time::from_nanos(2)),
            status: Status::Unset,
            details: None,
            attributes: Vec::new(),
            events: vec![Event {
                name: "exception".into(),
                time: Time::from_nanos(1),
                attributes,
            }],
            links: Vec::new(),
        })
        .unwrap();
    let mut encoded = Vec::new();
    mapped.document.encode(Form::Embedded, &mut encoded);
    let document: Value = serde_json::from_slice(&encoded).unwrap();
    let exceptions = document["cause"]["exceptions"].as_array().unwrap();
    for pair in exceptions.windows(2) {
        assert_eq!(
            pair[0]["cause"], pair[1]["id"],
            "each causes the one before"
        );
    }
    let kept = &document["metadata"]["default"]["events"][0]["attributes"]["exception.stacktrace"];
    assert!(
        kept.is_null() || *kept == *trace,
        "what is kept is kept whole"
    );
    json!({
        "exceptions": exceptions.iter().map(exception).collect::<Vec<_>>(),
        "kept": !kept.is_null(),
    })
}

fn exception(exception: &Value) -> Value {
    let frames = exception["stack"].as_array().into_iter().flatten();
    let frames = frames.map(|frame| {
        let text = |member: &str| frame[member].as_str().unwrap_or_default().to_owned();
        format!("{}:{} {}", text("path"), frame["line"], text("label"))
    });
    let mut shown = json!({
        "type": exception["type"].as_str().unwrap_or_default(),
        "message": exception["message"],
        "frames": frames.collect::<Vec<_>>(),
    });
    if !exception["truncated"].is_null() {
        shown["truncated"] = exception["truncated"].clone();
    }
    shown
}
