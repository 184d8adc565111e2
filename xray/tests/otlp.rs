//! Spans to a collector on a real socket, with prepared answers.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

mod collector;

use std::{
    future::pending,
    net::SocketAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use collector::make;
use opentelemetry::{
    KeyValue,
    trace::{Span, SpanKind, Status, Tracer},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
    },
    common::v1::{KeyValue as Attribute, any_value::Value},
    trace::v1::Span as Received,
};
use prost::Message;
use tokio::net::TcpListener;
use xray::{Config, Exporter, Otlp, Resolver, SamplerKind, Tracing};

const PATIENCE: Duration = Duration::from_secs(5);

/// What a collector answers.
#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Rejects(i64),
    Nothing,
}

type Collector = collector::Collector<Answer>;

async fn start(answers: impl IntoIterator<Item = Answer>) -> (Collector, SocketAddr) {
    let app = |collector| {
        Router::new()
            .route("/v1/traces", post(take))
            .layer(axum::extract::DefaultBodyLimit::max(8 * 1024 * 1024))
            .with_state(collector)
    };
    Collector::serve(answers, app).await
}

/// Returns an attribute of the resource with which the last spans came.
fn resource(collector: &Collector, key: &str) -> Option<String> {
    let taken = collector.taken.lock().unwrap();
    let (_, request) = taken.last()?;
    let resource = request.resource_spans[0].resource.as_ref()?;
    text(&resource.attributes, key).map(str::to_owned)
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Response {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let answer = collector.answers.lock().unwrap().pop_front();
    let rejected_spans = match answer {
        Some(Answer::Nothing) => pending().await,
        Some(Answer::Status(status)) => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Some(Answer::Rejects(count)) => count,
        None => 0,
    };
    collector.taken.lock().unwrap().push((headers, request));
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans,
        error_message: String::new(),
    });
    ExportTraceServiceResponse { partial_success }
        .encode_to_vec()
        .into_response()
}

fn traced(host: &str, port: u16) -> Tracing {
    traced_by(host, port, Resolver::default())
}

fn traced_by(host: &str, port: u16, resolver: Resolver) -> Tracing {
    let config = Config {
        resource: vec![("cloud.platform".to_owned(), "aws_eks".to_owned())],
        ..config(host, port)
    };
    Tracing::with_resolver(&config, resolver).unwrap()
}

fn config(host: &str, port: u16) -> Config {
    let otlp: Otlp = format!("http://{host}:{port}/v1/traces").parse().unwrap();
    Config {
        exporter: Exporter::Otlp(otlp),
        sampler: SamplerKind::ParentBasedAlwaysOn,
        ..Config::new("shop")
    }
}

async fn flush(tracing: &Tracing) -> bool {
    collector::flush(tracing, PATIENCE).await
}

/// Shuts down and returns how long that took.
async fn shut_down(tracing: &Tracing, patience: Duration) -> Duration {
    let (tracing, began) = (tracing.clone(), Instant::now());
    tokio::task::spawn_blocking(move || tracing.shutdown(patience))
        .await
        .unwrap();
    began.elapsed()
}

fn text<'a>(attributes: &'a [Attribute], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

#[tokio::test]
async fn spans_arrive_with_their_resource_their_ids_and_the_name_of_whom_they_call() {
    let (collector, address) = start([]).await;
    let tracing = traced("localhost", address.port());
    let tracer = tracing.tracer().unwrap();
    let call = |attributes: Vec<KeyValue>| {
        let builder = tracer.span_builder("GET").with_kind(SpanKind::Client);
        let mut span = tracer.build(builder.with_attributes(attributes));
        span.end();
        span.span_context().clone()
    };
    let made = call(vec![KeyValue::new("server.address", "api.example")]);
    call(vec![
        KeyValue::new("server.address", "10.0.0.1"),
        KeyValue::new("peer.service", "bank"),
    ]);
    call(vec![KeyValue::new("aws.remote.service", "queue")]);
    call(vec![]);
    call(vec![KeyValue::new("aws.remote.service", "shop (prod)")]);
    make(&tracing, 1);
    assert!(flush(&tracing).await);

    let spans = collector.spans();
    let callees: Vec<_> = spans
        .iter()
        .map(|span| text(&span.attributes, "peer.service"))
        .collect();
    let named = [
        Some("api.example"),
        Some("bank"),
        Some("queue"),
        Some("GET"),
        Some("shop prod"),
        None,
    ];
    assert_eq!(callees, named);
    assert_eq!(spans[0].trace_id, made.trace_id().to_bytes());
    assert_eq!(spans[0].span_id, made.span_id().to_bytes());
    let taken = collector.taken.lock().unwrap();
    let (headers, request) = &taken[0];
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let resource = &request.resource_spans[0]
        .resource
        .as_ref()
        .unwrap()
        .attributes;
    assert_eq!(text(resource, "service.name"), Some("shop"));
    assert_eq!(text(resource, "cloud.platform"), Some("aws_eks"));
    assert_eq!(text(resource, "telemetry.sdk.language"), Some("rust"));
    let delivery = tracing.delivery();
    assert_eq!((delivery.sent, delivery.lost()), (6, 0));
    assert_eq!(delivery.cut_names, 1, "that of shop (prod)");
}

#[tokio::test]
async fn of_attributes_with_one_key_the_last_goes_out() {
    let (collector, address) = start([]).await;
    let tracing = traced("127.0.0.1", address.port());
    let mut span = tracing.tracer().unwrap().start("work");
    for (key, value) in [("a", "first"), ("b", "only"), ("a", "last")] {
        span.set_attribute(KeyValue::new(key, value));
    }
    span.end();
    assert!(flush(&tracing).await);
    let spans = collector.spans();
    let attributes: Vec<_> = spans[0]
        .attributes
        .iter()
        .map(|attribute| {
            (
                attribute.key.as_str(),
                text(&spans[0].attributes, &attribute.key),
            )
        })
        .collect();
    assert_eq!(attributes, [("a", Some("last")), ("b", Some("only"))]);
}

#[tokio::test]
async fn collectors_of_every_version_find_annotations_and_status() {
    let (collector, address) = start([]).await;
    let tracing = traced("127.0.0.1", address.port());
    let app = || async {
        xray::annotate("tier", "gold");
        xray::add_metadata("cart", 3);
        StatusCode::TOO_MANY_REQUESTS
    };
    let app = Router::new()
        .route("/", get(app))
        .layer(tracing.server_layer());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let service = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = tracing.client(reqwest::Client::new());
    let call = client.send(client.get(format!("http://{service}/")));
    tracing.segment("work", async { call.await.unwrap() }).await;
    assert!(flush(&tracing).await);

    let spans = collector.spans();
    let of_kind = |kind: i32| spans.iter().find(|span| span.kind == kind).unwrap();
    let status = |span: &Received, key: &str| {
        let attribute = span.attributes.iter().find(|one| one.key == key);
        attribute.unwrap().value.clone().unwrap().value.unwrap()
    };
    // Server and client.
    for span in [of_kind(2), of_kind(3)] {
        for key in ["http.response.status_code", "http.status_code"] {
            assert_eq!(status(span, key), Value::IntValue(429));
        }
    }
    let server = of_kind(2);
    assert_eq!(text(&server.attributes, "tier"), Some("gold"));
    assert_eq!(status(server, "cart"), Value::IntValue(3));
    let Value::ArrayValue(listed) = status(server, "aws.xray.annotations") else {
        panic!("{server:?}")
    };
    assert_eq!(
        listed.values[0].value,
        Some(Value::StringValue("tier".to_owned()))
    );
}

#[tokio::test]
async fn no_secret_goes_to_the_collector() {
    let (collector, address) = start([]).await;
    let secret = "https://app:hunter2@api.example/?token=hunter2";
    let tracing = Tracing::new(&Config {
        resource: vec![
            (
                "process.command_line".to_owned(),
                "serve --password=hunter2".to_owned(),
            ),
            ("db.password".to_owned(), "hunter2".to_owned()),
        ],
        ..config("127.0.0.1", address.port())
    })
    .unwrap();
    let attributes = vec![
        KeyValue::new("url.full", secret),
        KeyValue::new("password", "hunter2"),
    ];
    let tracer = tracing.tracer().unwrap();
    let mut linked = tracer.start("linked");
    linked.end();
    let mut span = tracer.start(format!("GET {secret}"));
    attributes
        .iter()
        .cloned()
        .for_each(|attribute| span.set_attribute(attribute));
    span.add_event(format!("asked {secret}"), attributes.clone());
    span.add_link(linked.span_context().clone(), attributes);
    span.set_status(Status::error(format!("no answer from {secret}")));
    span.end();
    assert!(flush(&tracing).await);
    let sent = format!("{:?}", collector.taken.lock().unwrap());
    assert_eq!(
        sent.matches("https://app:***@api.example/?token=***")
            .count(),
        6,
        "{sent}"
    );
    assert!(!sent.contains("hunter2"), "{sent}");
}

#[tokio::test]
async fn a_name_that_x_ray_would_refuse_is_clean_for_the_collector_too() {
    let (collector, address) = start([]).await;
    let tracing = Tracing::new(&Config {
        service_name: "shop (prod)".to_owned(),
        ..config("127.0.0.1", address.port())
    })
    .unwrap();
    make(&tracing, 1);
    assert!(flush(&tracing).await);
    assert_eq!(
        resource(&collector, "service.name").as_deref(),
        Some("shop prod")
    );
    assert_eq!(tracing.delivery().cut_names, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_ecs_the_resource_grows_by_what_the_task_says() {
    let (collector, address) = start([]).await;
    let task = r#"{"Cluster":"default","TaskARN":"arn:aws:ecs:eu-west-1:111122223333:task/default/158d",
        "Family":"shop","LaunchType":"FARGATE","Containers":[]}"#;
    let app = Router::new()
        .route("/v4/0", get(|| async { r#"{"Name":"front"}"# }))
        .route("/v4/0/task", get(async move || task));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let metadata = format!("http://{}/v4/0", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let tracing = Tracing::new(&Config {
        ecs_metadata: Some(metadata.parse().unwrap()),
        ..config("127.0.0.1", address.port())
    })
    .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while resource(&collector, "aws.ecs.task.family").as_deref() != Some("shop") {
        assert!(Instant::now() < deadline, "the resource is as it was");
        make(&tracing, 1);
        assert!(flush(&tracing).await);
    }
}

#[tokio::test]
async fn a_trace_id_begins_with_the_time_as_x_ray_wants_it() {
    let (collector, address) = start([]).await;
    let tracing = traced("127.0.0.1", address.port());
    make(&tracing, 1);
    assert!(flush(&tracing).await);
    let spans = collector.spans();
    let seconds = u32::from_be_bytes(spans[0].trace_id[..4].try_into().unwrap());
    let began = spans[0].start_time_unix_nano / 1_000_000_000;
    assert!(began.abs_diff(u64::from(seconds)) <= 2, "{seconds} {began}");
}

#[tokio::test]
async fn a_busy_collector_is_asked_again_and_takes_each_span_once() {
    let answers = [503, 429, 502, 504].map(Answer::Status);
    let (collector, address) = start(answers).await;
    let tracing = traced("127.0.0.1", address.port());
    make(&tracing, 3);
    let deadline = Instant::now() + 4 * PATIENCE;
    while tracing.delivery().sent < 3 {
        assert!(Instant::now() < deadline, "{:?}", tracing.delivery());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(collector.spans().len(), 3);
    let delivery = tracing.delivery();
    assert_eq!((delivery.retried, delivery.lost()), (4, 0));
}

#[tokio::test]
async fn what_the_collector_rejects_is_counted_and_not_sent_again() {
    let answers = [Answer::Status(400), Answer::Status(307), Answer::Rejects(1)];
    let (collector, address) = start(answers).await;
    let tracing = traced("127.0.0.1", address.port());
    // One span in each request that is rejected whole: two may go in two requests, if the emitter has just begun to send.
    for count in [1, 1, 2, 2] {
        make(&tracing, count);
        assert!(flush(&tracing).await);
    }
    let delivery = tracing.delivery();
    assert_eq!((delivery.rejected, delivery.sent), (2 + 1, 1 + 2));
    assert_eq!((delivery.retried, collector.spans().len()), (0, 4));
}

#[tokio::test]
async fn thousands_of_spans_go_in_requests_of_at_most_512() {
    let (collector, address) = start([]).await;
    let tracing = traced("127.0.0.1", address.port());
    make(&tracing, 3_000);
    assert!(flush(&tracing).await);
    assert_eq!(collector.spans().len(), 3_000);
    let taken = collector.taken.lock().unwrap();
    let scopes = taken.iter().map(|(_, request)| &request.resource_spans);
    assert!(scopes.clone().all(|resources| resources.len() == 1));
    assert!(
        scopes
            .map(|resources| resources[0].scope_spans.len())
            .all(|spans| spans <= 512),
        "one span a scope"
    );
}

#[tokio::test]
async fn an_absent_collector_blocks_nothing_and_losses_are_counted() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let tracing = traced("127.0.0.1", address.port());
    let began = Instant::now();
    make(&tracing, 10);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    let took = shut_down(&tracing, Duration::from_millis(800)).await;
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    let delivery = tracing.delivery();
    assert_eq!((delivery.refused, delivery.sent), (10, 0), "{delivery:?}");
}

#[tokio::test]
async fn a_collector_that_never_answers_does_not_hold_up_the_end() {
    let (_, address) = start([Answer::Nothing]).await;
    let tracing = traced("127.0.0.1", address.port());
    make(&tracing, 4);
    let took = shut_down(&tracing, Duration::from_millis(500)).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
    let delivery = tracing.delivery();
    assert_eq!((delivery.failed, delivery.sent), (4, 0), "{delivery:?}");
}

#[tokio::test]
async fn spans_wait_for_a_name_that_does_not_resolve_yet() {
    let (collector, address) = start([]).await;
    let lookups = Mutex::new(0);
    let resolver = Resolver::new(move |name| {
        assert_eq!(name.host, "collector.example");
        let mut lookups = lookups.lock().unwrap();
        *lookups += 1;
        Ok(if *lookups > 2 { vec![address] } else { vec![] })
    });
    let tracing = traced_by("collector.example", address.port(), resolver);
    make(&tracing, 2);
    assert!(flush(&tracing).await);
    let delivery = tracing.delivery();
    assert_eq!((delivery.lookups, delivery.failed_lookups), (3, 2));
    assert_eq!((delivery.sent, delivery.lost()), (2, 0));
    assert_eq!(collector.spans().len(), 2);
}

#[tokio::test]
async fn a_name_that_never_resolves_loses_spans_at_the_end_and_counts_them() {
    let resolver = Resolver::new(|_| Err(std::io::Error::other("no such name")));
    let tracing = traced_by("collector.example", 4318, resolver);
    make(&tracing, 5);
    shut_down(&tracing, Duration::from_millis(500)).await;
    let delivery = tracing.delivery();
    assert_eq!((delivery.unresolved, delivery.sent), (5, 0), "{delivery:?}");
}

#[tokio::test]
async fn more_than_there_is_room_for_is_shed_and_counted() {
    const MADE: u64 = 100;
    let (_, address) = start([Answer::Nothing]).await;
    let tracing = traced("127.0.0.1", address.port());
    let large = |bytes: usize| {
        let mut span = tracing.tracer().unwrap().start("job");
        span.set_attribute(KeyValue::new("body", "x".repeat(bytes)));
        span.end();
    };
    large(3 * 1024 * 1024);
    (0..MADE).for_each(|_| large(200_000));
    shut_down(&tracing, Duration::from_secs(2)).await;
    let delivery = tracing.delivery();
    assert_eq!(delivery.too_large, 1, "{delivery:?}");
    assert!(delivery.shed > 0 && delivery.failed > 0, "{delivery:?}");
    assert_eq!(delivery.lost(), MADE + 1, "{delivery:?}");
}

#[tokio::test]
async fn a_span_of_a_megabyte_arrives_whole() {
    let (collector, address) = start([]).await;
    let tracing = traced("127.0.0.1", address.port());
    let mut span = tracing.tracer().unwrap().start("job");
    span.set_attribute(KeyValue::new("body", "x".repeat(1_000_000)));
    span.end();
    assert!(flush(&tracing).await);
    let spans = collector.spans();
    assert_eq!(
        text(&spans[0].attributes, "body").map(str::len),
        Some(1_000_000)
    );
}
