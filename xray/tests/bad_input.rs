//! Invalid input, and the output for it.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::time::{Duration, SystemTime};

use axum::{Router, body::Body, extract::Request, routing::get};
use http_body_util::BodyExt;
use opentelemetry::{
    Array, Context, KeyValue, StringValue, Value,
    trace::{Span, SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer},
};
use segment::Document;
use tower::ServiceExt;
use xray::{Tracing, testing::Daemon};

const PATIENCE: Duration = Duration::from_secs(5);

fn traced(daemon: &Daemon, service_name: &str) -> Tracing {
    Tracing::new(&daemon.config(service_name)).unwrap()
}

/// Makes a segment with one subsegment, which has a name and some attributes.
fn with_subsegment(tracing: &Tracing, name: String, attributes: Vec<KeyValue>) {
    let tracer = tracing.tracer().unwrap();
    let root = Context::new().with_span(tracer.start("job"));
    let builder = tracer.span_builder(name).with_attributes(attributes);
    tracer.build_with_context(builder, &root).end();
    root.span().end();
}

fn metadata<'m>(document: &'m Document<'_>, key: &str) -> Option<&'m segment::Value<'m>> {
    let (_, default) = document.metadata.iter().find(|(key, _)| key == "default")?;
    default.get(key)
}

#[test]
fn names_are_cleaned_and_cut_and_never_missing() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    for (name, expected) in [
        (String::new(), "span".to_owned()),
        ("x".repeat(10_000), "x".repeat(200)),
        ("é".repeat(10_000), "é".repeat(100)),
        ("🦀🚀🔥".to_owned(), "span".to_owned()),
        ("🦀 cart\t{id}".to_owned(), " cart id".to_owned()),
    ] {
        with_subsegment(&tracing, name, vec![]);
        let segment = daemon.receive(1).remove(0);
        assert_eq!(
            (segment.name.as_ref(), segment.subsegments[0].name.as_ref()),
            ("shop", expected.as_str())
        );
    }
    assert_eq!(tracing.delivery().cut_names, 5);
}

#[test]
fn a_service_name_is_cleaned_like_any_other() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    for (name, expected) in [
        ("shop (prod)".to_owned(), "shop prod".to_owned()),
        ("x".repeat(10_000), "x".repeat(200)),
        ("🦀".to_owned(), "span".to_owned()),
    ] {
        let tracing = traced(&daemon, &name);
        with_subsegment(&tracing, "work".to_owned(), vec![]);
        assert_eq!(daemon.receive(1)[0].name, expected);
    }
}

#[test]
fn attributes_of_every_type_arrive() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let texts = Array::String(vec![StringValue::from("a"), StringValue::from("")]);
    let attributes = vec![
        KeyValue::new("bool", true),
        KeyValue::new("integer", i64::MIN),
        KeyValue::new("number", 1.5),
        KeyValue::new("nan", f64::NAN),
        KeyValue::new("infinite", f64::NEG_INFINITY),
        KeyValue::new("text", "\u{0}\"\\\u{1F980}"),
        KeyValue::new("texts", Value::Array(texts)),
        KeyValue::new("bools", Value::Array(Array::Bool(vec![true, false]))),
        KeyValue::new("integers", Value::Array(Array::I64(vec![]))),
        KeyValue::new("numbers", Value::Array(Array::F64(vec![0.5, f64::NAN]))),
        KeyValue::new("annotation.nan", f64::NAN),
        KeyValue::new("annotation.list", Value::Array(Array::I64(vec![1]))),
        KeyValue::new("", "no key"),
    ];
    with_subsegment(&tracing, "work".to_owned(), attributes);
    let segment = daemon.receive(1).remove(0);
    let work = &segment.subsegments[0];
    for (key, expected) in [
        ("bool", "true"),
        ("integer", "-9223372036854775808"),
        ("number", "1.5"),
        ("nan", "\"NaN\""),
        ("infinite", "\"-inf\""),
        ("text", "\"\\u0000\\\"\\\\\u{1F980}\""),
        ("texts", "[\"a\",\"\"]"),
        ("bools", "[true,false]"),
        ("integers", "[]"),
        ("numbers", "[0.5,\"NaN\"]"),
        ("annotation.list", "[1]"),
        ("", "\"no key\""),
    ] {
        let value = metadata(work, key).map(ToString::to_string);
        assert_eq!(value.as_deref(), Some(expected), "{key}");
    }
    assert_eq!(
        work.annotations,
        [("nan".into(), segment::Value::from("NaN"))]
    );
}

#[test]
fn a_text_of_a_megabyte_is_cut_in_the_document_that_has_it_and_in_no_other() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let large = || "x".repeat(1_000_000);
    let attributes = vec![
        KeyValue::new("body", large()),
        KeyValue::new("small", 1),
        KeyValue::new("annotation.large", large()),
        KeyValue::new("user_agent.original", large()),
    ];
    with_subsegment(&tracing, "work".to_owned(), attributes);
    let segment = daemon.receive(1).remove(0);
    let work = &segment.subsegments[0];
    let text = |key| {
        metadata(work, key)
            .unwrap()
            .as_text()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(text("body"), "[cut 1000002 bytes]");
    assert_eq!(metadata(work, "small"), Some(&segment::Value::Integer(1)));
    assert_eq!(work.annotations[0].1.as_text().map(str::len), Some(1_000));
    let delivery = tracing.delivery();
    assert_eq!(
        (delivery.trimmed, delivery.cut_texts, delivery.lost()),
        (1, 2, 0)
    );
}

#[test]
fn of_ten_thousand_attributes_arrives_what_a_datagram_takes() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let attributes = (0..10_000).map(|number| KeyValue::new(format!("key{number}"), number));
    with_subsegment(&tracing, "work".to_owned(), attributes.collect());
    let documents = daemon.receive(2);
    let work = documents.iter().find(|one| one.is_subsegment).unwrap();
    let is_kept = |number: u32| metadata(work, &format!("key{number}")).is_some();
    assert!(is_kept(0) && is_kept(200) && !is_kept(9_999), "{work:#?}");
    let delivery = tracing.delivery();
    assert_eq!((delivery.trimmed, delivery.dropped_attributes), (1, 0));
}

#[test]
fn a_hundred_annotations_of_the_longest_kind_are_cut_to_what_a_datagram_takes() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let attribute = |number: i32| {
        let key = format!("annotation.{number:03}{}", "x".repeat(600));
        KeyValue::new(key, "y".repeat(2_000))
    };
    with_subsegment(
        &tracing,
        "work".to_owned(),
        (0..100).map(attribute).collect(),
    );
    assert!(tracing.flush(PATIENCE));
    let documents = daemon.received();
    let work = documents
        .iter()
        .find_map(|document| match document.name.as_ref() {
            "work" => Some(document),
            _ => document.subsegments.first(),
        });
    assert!(work.unwrap().annotations.len() > 10, "{work:#?}");
    let delivery = tracing.delivery();
    assert_eq!((delivery.trimmed, delivery.lost()), (1, 0), "{delivery:?}");
}

#[test]
fn a_span_that_ends_before_it_begins_ends_when_it_begins() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let now = SystemTime::now();
    let builder = tracing
        .tracer()
        .unwrap()
        .span_builder("job")
        .with_start_time(now);
    let mut span = tracing.tracer().unwrap().build(builder);
    span.end_with_timestamp(now - Duration::from_secs(3_600));
    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.end_time, Some(segment.start_time));
    assert_eq!(tracing.delivery().moved_ends, 1);
}

#[test]
fn a_child_of_a_parent_without_ids_begins_a_trace() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    let id = TraceId::from(7);
    for (trace_id, span_id) in [
        (TraceId::INVALID, SpanId::INVALID),
        (TraceId::INVALID, SpanId::from(7)),
        (id, SpanId::INVALID),
    ] {
        let state = TraceState::default();
        let parent = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, state);
        let parent = Context::new().with_remote_span_context(parent);
        let tracer = tracing.tracer().unwrap();
        tracer
            .build_with_context(tracer.span_builder("job"), &parent)
            .end();
        let segment = daemon.receive(1).remove(0);
        assert_eq!((segment.name.as_ref(), segment.parent_id), ("shop", None));
        let trace_id = segment.trace_id.unwrap().to_bytes();
        assert!(trace_id != id.to_bytes() && trace_id != [0; 16]);
    }
}

/// Sends a request with headers through a traced service.
async fn ask(tracing: &Tracing, headers: &[(&str, &str)]) {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .layer(tracing.server_layer());
    let request = headers
        .iter()
        .fold(Request::get("/"), |request, (name, value)| {
            request.header(*name, *value)
        });
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    response.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn ids_of_zero_in_headers_begin_a_new_trace() {
    const ZERO: &str = "Root=1-00000000-000000000000000000000000";
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    for header in [
        (
            "x-amzn-trace-id",
            format!("{ZERO};Parent=53995c3f42cd8ad8;Sampled=1"),
        ),
        ("x-amzn-trace-id", ZERO.to_owned()),
        ("traceparent", format!("00-{:032}-00f067aa0ba902b7-01", 0)),
        (
            "traceparent",
            format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{:016}-01", 0),
        ),
    ] {
        ask(&tracing, &[(header.0, &header.1)]).await;
        let segment = daemon.receive(1).remove(0);
        let trace_id = segment.trace_id.unwrap().to_string();
        assert_eq!(segment.parent_id, None, "{header:?}");
        assert!(
            !trace_id.contains("000000000000") && !trace_id.contains("4bf92f35"),
            "{trace_id}"
        );
    }
    // A parent of zero is none, and the trace is the one that was named.
    let root = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=0000000000000000";
    ask(&tracing, &[("x-amzn-trace-id", root)]).await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.parent_id, None);
    assert_eq!(
        segment.trace_id.unwrap().to_string(),
        "1-5f84c7a1-e7d1852db8c4fd35d88bf49a"
    );
}

#[tokio::test]
async fn a_header_with_a_segment_of_another_trace_does_not_change_that_trace() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let tracing = traced(&daemon, "shop");
    ask(&tracing, &[]).await;
    let other = daemon.receive(1).remove(0);

    let claimed = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
    let header = format!("Root={claimed};Parent={};Sampled=1", other.id);
    let w3c = format!("00-{}-{}-01", other.trace_id.unwrap().to_hex(), other.id);
    ask(
        &tracing,
        &[("x-amzn-trace-id", &header), ("traceparent", &w3c)],
    )
    .await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(
        segment.trace_id.unwrap().to_string(),
        claimed,
        "the X-Ray header's, whole"
    );
    assert_eq!(segment.parent_id, Some(other.id));
    assert_ne!(segment.id, other.id);
    // Both came as segments: neither was taken for a part of the other.
    assert!(segment.subsegments.is_empty() && !segment.is_subsegment);
    assert!(tracing.flush(PATIENCE));
    assert_eq!(daemon.received(), []);
}
