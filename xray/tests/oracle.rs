//! The same spans through the exporter of `opentelemetry-aws`: where its documents differ from ours, the
//! difference is wished, and pinned with its reason. When it catches up, the test says so, and the case goes.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use opentelemetry::{
    Context, KeyValue,
    global::{BoxedSpan, BoxedTracer},
    propagation::TextMapPropagator,
    trace::{
        Link, Span, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
        TraceState, Tracer, TracerProvider,
    },
};
use opentelemetry_aws::{
    trace::{XrayIdGenerator, XrayPropagator},
    xray_exporter::{SegmentDocument, SegmentDocumentExporter, XrayExporter},
};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use segment::{Sampled, TraceHeader};
use segment_schema::assert_valid;
use serde_json::{Value, json};
use xray::{Config, Tracing, testing::Daemon};

/// A client of theirs that keeps what it is given.
#[derive(Debug, Clone, Default)]
struct Collected(Arc<Mutex<Vec<Value>>>);

impl SegmentDocumentExporter for Collected {
    type Error = Infallible;

    async fn export_segment_documents(
        &self,
        batch: Vec<SegmentDocument<'_>>,
    ) -> Result<(), Infallible> {
        let documents = batch
            .iter()
            .map(|document| serde_json::from_str(&document.to_string()));
        self.0.lock().unwrap().extend(documents.map(Result::unwrap));
        Ok(())
    }
}

/// Something that both are given, and one place where they differ.
struct Case {
    id: &'static str,
    reason: &'static str,
    /// The service's name.
    service: &'static str,
    make: Box<dyn Fn(&BoxedTracer)>,
    /// `spans`, how many arrived; or a path below the first `segment` or `subsegment`.
    at: &'static str,
    ours: Value,
    theirs: Value,
}

fn theirs(case: &Case) -> Vec<Value> {
    let collected = Collected::default();
    let resource = Resource::builder_empty().with_attributes([
        KeyValue::new("service.name", case.service),
        KeyValue::new("service.version", "1.2"),
    ]);
    let provider = SdkTracerProvider::builder()
        .with_id_generator(XrayIdGenerator::default())
        .with_resource(resource.build())
        .with_simple_exporter(XrayExporter::new(collected.clone()))
        .build();
    (case.make)(&BoxedTracer::new(Box::new(provider.tracer("oracle"))));
    provider.shutdown().unwrap();
    std::mem::take(&mut *collected.0.lock().unwrap())
}

fn ours(case: &Case) -> Vec<Value> {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&Config {
        service_version: "1.2".to_owned(),
        ..daemon.config(case.service)
    })
    .unwrap();
    (case.make)(&BoxedTracer::new(Box::new(
        tracing.tracer().unwrap().clone(),
    )));
    assert!(tracing.flush(Duration::from_secs(5)));
    std::iter::from_fn(|| daemon.receive_text(Duration::from_millis(20)))
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

/// Returns a document and all that is embedded in it.
fn parts(document: &Value) -> Vec<&Value> {
    let embedded = document["subsegments"].as_array().into_iter().flatten();
    std::iter::once(document)
        .chain(embedded.flat_map(parts))
        .collect()
}

/// Returns what is at a place; `null` if nothing is.
fn look(documents: &[Value], at: &str) -> Value {
    let is_segment = |document: &&Value| document.get("type").is_none();
    let mut segments = documents.iter().filter(is_segment);
    let embedded = documents
        .iter()
        .flat_map(|document| parts(document).into_iter().skip(1));
    let (what, path) = at.split_once('/').unwrap_or((at, ""));
    let part = match what {
        "spans" => {
            return documents
                .iter()
                .map(|document| parts(document).len())
                .sum::<usize>()
                .into();
        }
        "segment" => segments.next(),
        "subsegment" => documents
            .iter()
            .filter(|one| !is_segment(one))
            .chain(embedded)
            .next(),
        other => panic!("{other} is no place"),
    };
    let found = part.and_then(|part| part.pointer(&format!("/{path}")));
    found.cloned().unwrap_or_default()
}

/// Makes one span.
fn span(
    kind: SpanKind,
    attributes: &'static [(&'static str, &'static str)],
) -> impl Fn(&BoxedTracer) {
    move |tracer| {
        let number = |value: &str| value.parse::<i64>();
        let attributes = attributes.iter().map(|(key, value)| match number(value) {
            Ok(number) => KeyValue::new(*key, number),
            Err(_) => KeyValue::new(*key, *value),
        });
        let builder = tracer
            .span_builder("op")
            .with_kind(kind.clone())
            .with_attributes(attributes.collect::<Vec<_>>());
        tracer.build(builder).end();
    }
}

/// Makes a span below that of a request.
fn below_a_request(
    name: &'static str,
    kind: SpanKind,
    attributes: &'static [(&'static str, &'static str)],
) -> impl Fn(&BoxedTracer) {
    move |tracer| {
        let request = tracer.build(tracer.span_builder("GET").with_kind(SpanKind::Server));
        let context = Context::new().with_span(request);
        let attributes = attributes
            .iter()
            .map(|(key, value)| KeyValue::new(*key, *value));
        let builder = tracer
            .span_builder(name)
            .with_kind(kind.clone())
            .with_attributes(attributes.collect::<Vec<_>>());
        tracer.build_with_context(builder, &context).end();
        context.span().end();
    }
}

/// Makes a server span with something done to it.
fn server(work: impl Fn(&mut BoxedSpan)) -> impl Fn(&BoxedTracer) {
    move |tracer| {
        let mut span = tracer.build(tracer.span_builder("GET").with_kind(SpanKind::Server));
        work(&mut span);
        span.end();
    }
}

fn foreign_context() -> SpanContext {
    SpanContext::new(
        TraceId::from_bytes([0xfe; 16]),
        SpanId::from_bytes([7; 8]),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    )
}

/// What they lose, with all that hangs below it.
fn losses() -> Vec<Case> {
    let lost = |id, reason, make: Box<dyn Fn(&BoxedTracer)>| Case {
        id,
        reason,
        service: "shop",
        make,
        at: "spans",
        ours: json!(1),
        theirs: json!(0),
    };
    let call = [("server.address", "api.example")].as_slice();
    let long_url: &'static str = format!("https://shop.example/{}", "x".repeat(300)).leak();
    vec![
        lost(
            "a job without a caller",
            "the first span of a trace in a process is a segment, whatever its kind",
            Box::new(span(SpanKind::Internal, &[])),
        ),
        lost(
            "a message without a caller",
            "the first span of a trace in a process is a segment, whatever its kind",
            Box::new(span(SpanKind::Consumer, &[])),
        ),
        Case {
            ours: json!(2),
            ..lost(
                "a call without a caller",
                "a call that nothing surrounds gets the service's segment around it",
                Box::new(span(SpanKind::Client, call)),
            )
        },
        Case {
            ours: json!(2),
            theirs: json!(1),
            ..lost(
                "a subsegment named by a route",
                "a name is cleaned, not refused",
                Box::new(below_a_request("GET /items/{id}", SpanKind::Internal, &[])),
            )
        },
        Case {
            service: "shop (prod)",
            ..lost(
                "a service whose name has brackets",
                "a name is cleaned, not refused",
                Box::new(span(SpanKind::Server, &[])),
            )
        },
        lost(
            "a long URL",
            "a text is cut, not refused",
            Box::new(server(move |span| {
                span.set_attribute(KeyValue::new("url.full", long_url));
            })),
        ),
        lost(
            "an exception that was handled",
            "an exception without an error status is no reason to lose the request",
            Box::new(server(|span| {
                span.add_event("exception", vec![KeyValue::new("exception.message", "no")]);
            })),
        ),
        lost(
            "a clock that steps back",
            "a span that ended before it began ended when it began",
            Box::new(|tracer| {
                let now = UNIX_EPOCH.elapsed().unwrap();
                let builder = tracer.span_builder("GET").with_kind(SpanKind::Server);
                let mut span = tracer.build(builder.with_start_time(UNIX_EPOCH + now));
                span.end_with_timestamp(UNIX_EPOCH + now.saturating_sub(Duration::from_secs(1)));
            }),
        ),
        lost(
            "a trace that began elsewhere",
            "X-Ray takes any W3C trace id",
            Box::new(|tracer| {
                let parent = Context::new().with_remote_span_context(foreign_context());
                let builder = tracer.span_builder("GET").with_kind(SpanKind::Server);
                tracer.build_with_context(builder, &parent).end();
            }),
        ),
    ]
}

/// What they tell otherwise, or not at all.
fn differs(
    id: &'static str,
    reason: &'static str,
    at: &'static str,
    make: Box<dyn Fn(&BoxedTracer)>,
    ours: Value,
    theirs: Value,
) -> Case {
    Case {
        id,
        reason,
        service: "shop",
        make,
        at,
        ours,
        theirs,
    }
}

fn answered(attributes: &'static [(&'static str, &'static str)]) -> Box<dyn Fn(&BoxedTracer)> {
    Box::new(span(SpanKind::Server, attributes))
}

fn of_the_outcome() -> Vec<Case> {
    let by_status =
        "the HTTP status says whose fault it was; a server span must not say Error for a 4xx";
    vec![
        differs(
            "404",
            by_status,
            "segment/error",
            answered(&[("http.response.status_code", "404")]),
            json!(true),
            Value::Null,
        ),
        differs(
            "429",
            by_status,
            "segment/throttle",
            answered(&[("http.response.status_code", "429")]),
            json!(true),
            Value::Null,
        ),
        differs(
            "500",
            by_status,
            "segment/fault",
            answered(&[("http.response.status_code", "500")]),
            json!(true),
            Value::Null,
        ),
        differs(
            "an error without an exception",
            "the status's description is the cause",
            "segment/cause/exceptions/0/message",
            Box::new(server(|span| {
                span.set_status(Status::error("out of stock"));
            })),
            json!("out of stock"),
            Value::Null,
        ),
    ]
}

fn of_calls_and_data() -> Vec<Case> {
    let call = || {
        let attributes = &[
            ("http.request.method", "GET"),
            ("server.address", "api.example"),
        ];
        Box::new(below_a_request("GET", SpanKind::Client, attributes))
    };
    vec![
        differs(
            "a call is no query",
            "an address makes no database",
            "subsegment/sql",
            call(),
            Value::Null,
            json!({ "url": "api.example" }),
        ),
        differs(
            "a call is named by whom it calls",
            "the node of the map is the host, not the method",
            "subsegment/name",
            call(),
            json!("api.example"),
            json!("GET"),
        ),
        differs(
            "the client is the peer",
            "only an address from a header may be forged",
            "segment/http/request/x_forwarded_for",
            answered(&[
                ("client.address", "10.0.0.1"),
                ("network.peer.address", "10.0.0.1"),
            ]),
            Value::Null,
            json!(true),
        ),
        differs(
            "a version is no deployment",
            "a service with a version does not run on Elastic Beanstalk",
            "segment/aws/elastic_beanstalk",
            answered(&[]),
            Value::Null,
            json!({ "version_label": "1.2" }),
        ),
        differs(
            "other attributes",
            "what has no member of its own is metadata",
            "segment/metadata/default/cart",
            answered(&[("cart", "7")]),
            json!(7),
            Value::Null,
        ),
        differs(
            "other events",
            "what happened in a span is metadata, unless it is an exception",
            "segment/metadata/default/events/0/name",
            Box::new(server(|span| span.add_event("cache miss", vec![]))),
            json!("cache miss"),
            Value::Null,
        ),
        differs(
            "annotations that are alike once cleaned",
            "one is the annotation, the other stays metadata; none is lost",
            "segment/metadata/default/annotation.a b",
            answered(&[("annotation.a-b", "1"), ("annotation.a b", "2")]),
            json!(2),
            Value::Null,
        ),
        differs(
            "links",
            "a segment may link twenty traces",
            "segment/links/0/id",
            Box::new(|tracer| {
                let builder = tracer.span_builder("GET").with_kind(SpanKind::Server);
                let link = Link::new(foreign_context(), Vec::new(), 0);
                tracer.build(builder.with_links(vec![link])).end();
            }),
            json!("0707070707070707"),
            Value::Null,
        ),
    ]
}

#[test]
fn where_opentelemetry_aws_differs_ours_is_wished() {
    let mut surprises = Vec::new();
    for case in losses()
        .into_iter()
        .chain(of_the_outcome())
        .chain(of_calls_and_data())
    {
        for (who, documents, expected) in [
            ("ours", ours(&case), &case.ours),
            ("opentelemetry-aws", theirs(&case), &case.theirs),
        ] {
            let found = look(&documents, case.at);
            if found != *expected {
                surprises.push(format!(
                    "{} ({}): {who} has {found} at {}, not {expected}\n{documents:?}",
                    case.id, case.reason, case.at
                ));
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// What a request's header says of its trace: the trace's id, and whether it is sampled if that is decided.
type Said = Option<(TraceId, Option<bool>)>;

fn said_to_us(header: &str) -> Said {
    let header = TraceHeader::parse(header);
    let trace_id = TraceId::from_bytes(header.root?.to_bytes());
    let sampled = match header.sampled {
        Some(Sampled::Yes) => Some(true),
        Some(Sampled::No) => Some(false),
        Some(Sampled::Requested) | None => None,
    };
    Some((trace_id, sampled))
}

fn said_to_them(header: &str) -> Said {
    let headers = HashMap::from([("x-amzn-trace-id".to_owned(), header.to_owned())]);
    let context = XrayPropagator::default().extract_with_context(&Context::new(), &headers);
    let span = context.span();
    let span = span.span_context();
    span.is_valid()
        .then(|| (span.trace_id(), Some(span.is_sampled())))
}

#[test]
fn headers_that_opentelemetry_aws_does_not_read_are_read() {
    const ROOT: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
    const PARENT: &str = "Parent=53995c3f42cd8ad8";
    let id = TraceId::from_hex("5f84c7a1e7d1852db8c4fd35d88bf49a").unwrap();
    for (reason, header, ours, theirs) in [
        (
            "a load balancer names no parent, and the trace is its",
            ROOT.to_owned(),
            Some((id, None)),
            None,
        ),
        (
            "who asks for a decision has not decided against the trace",
            format!("{ROOT};{PARENT};Sampled=?"),
            Some((id, None)),
            Some((id, Some(false))),
        ),
        (
            "who says nothing of a decision has not decided against the trace",
            format!("{ROOT};{PARENT}"),
            Some((id, None)),
            Some((id, Some(false))),
        ),
        (
            "a space after a semicolon is no reason to lose the trace",
            format!("{ROOT}; {PARENT}; Sampled=1"),
            Some((id, Some(true))),
            None,
        ),
        (
            "what all agree on",
            format!("{ROOT};{PARENT};Sampled=1"),
            Some((id, Some(true))),
            Some((id, Some(true))),
        ),
    ] {
        assert_eq!(said_to_us(&header), ours, "{reason}: {header}");
        assert_eq!(said_to_them(&header), theirs, "{reason}: {header}");
    }
}

#[test]
fn a_plain_request_looks_the_same_by_both() {
    let attributes = &[
        ("http.request.method", "GET"),
        ("url.full", "https://shop.example/items"),
        ("user_agent.original", "curl/8"),
        ("http.response.status_code", "200"),
    ];
    let case = Case {
        id: "a plain request",
        reason: "",
        service: "shop",
        make: Box::new(span(SpanKind::Server, attributes)),
        at: "spans",
        ours: json!(1),
        theirs: json!(1),
    };
    let (ours, theirs) = (ours(&case), theirs(&case));
    for at in [
        "spans",
        "segment/name",
        "segment/http",
        "segment/error",
        "segment/fault",
        "segment/parent_id",
    ] {
        assert_eq!(
            look(&ours, at),
            look(&theirs, at),
            "{at}: {ours:?} {theirs:?}"
        );
    }
}
