//! The cost of the documents of a traced request: mapping and encoding a span.
//!
//! `cargo bench -p xray-segment --bench mapping`

#![allow(missing_docs, reason = "criterion's macros make public items")]
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use segment::{
    Form, Span, Time, Value,
    mapping::{Mapping, Settings},
    span::{Parent, SpanKind, Status},
    value::Members,
};

fn mapping() -> Mapping {
    let resource = [
        ("service.name", "x-ray-sample-back-k8s"),
        ("service.version", "0.1.0"),
        ("telemetry.sdk.name", "opentelemetry"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", "0.33.1"),
        ("cloud.platform", "aws_eks"),
        ("k8s.cluster.name", "demo"),
        ("k8s.pod.name", "x-ray-sample-back-k8s-5c9f7d9b7d-x2x4k"),
    ];
    let resource = resource.map(|(key, value)| (key.into(), Value::from(value)));
    Mapping::new(resource.into(), Settings::default())
}

fn span(kind: SpanKind, parent: Parent, attributes: Members<'static>) -> Span<'static> {
    Span {
        trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse().unwrap(),
        id: "df6d4ea37eb22ed0".parse().unwrap(),
        parent,
        name: "generate numbers".into(),
        kind,
        start: Time::from_nanos(1_602_534_561_100_000_000),
        end: Some(Time::from_nanos(1_602_534_561_350_500_000)),
        status: Status::Unset,
        details: None,
        attributes,
        events: Vec::new(),
        links: Vec::new(),
    }
}

/// What our server layer records of every request.
fn server_span() -> Span<'static> {
    let attributes = vec![
        ("http.request.method".into(), "GET".into()),
        ("url.scheme".into(), "http".into()),
        ("server.address".into(), "back.default.svc".into()),
        ("server.port".into(), Value::Integer(8080)),
        ("url.path".into(), "/items/4711".into()),
        ("user_agent.original".into(), "reqwest/0.13".into()),
        ("client.address".into(), "203.0.113.9".into()),
        ("network.peer.address".into(), "10.0.0.17".into()),
        ("http.route".into(), "/items/{id}".into()),
        ("http.response.status_code".into(), Value::Integer(200)),
    ];
    let caller = "53995c3f42cd8ad8".parse().unwrap();
    span(SpanKind::Server, Parent::Remote(caller), attributes)
}

fn internal_span() -> Span<'static> {
    let attributes = vec![("numbers".into(), Value::Integer(12))];
    let parent = "53995c3f42cd8ad8".parse().unwrap();
    span(SpanKind::Internal, Parent::Local(parent), attributes)
}

fn benchmark(criterion: &mut Criterion) {
    let mapping = mapping();
    let mut json = Vec::with_capacity(4096);
    criterion.bench_function("server span, ten attributes", |bencher| {
        bencher.iter_batched(
            server_span,
            |span| {
                json.clear();
                let mapped = mapping.map(black_box(span)).unwrap();
                mapped.document.encode(Form::Independent, &mut json);
                black_box(&json);
            },
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("internal span, one attribute", |bencher| {
        bencher.iter_batched(
            internal_span,
            |span| {
                json.clear();
                let mapped = mapping.map_embedded(black_box(span)).unwrap();
                mapped.document.encode(Form::Embedded, &mut json);
                black_box(&json);
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
