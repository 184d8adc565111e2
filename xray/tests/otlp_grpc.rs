//! Spans to a collector over gRPC, on a real socket, with prepared answers. `end-to-end/tests/otlp.rs` has the console, which
//! answers by tonic.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

mod collector;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Version},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use collector::make;
use http_body_util::{BodyExt, Full};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::net::TcpListener;
use xray::{Config, Exporter, Otlp, SamplerKind, Tracing};

const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const PATIENCE: Duration = Duration::from_secs(20);
/// `google.rpc.Status` with a `RetryInfo` of 250 ms: fields 3, 1 and 2, 1, 2.
const RETRY_SOON: &[u8] =
    b"\x1a\x33\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x07\x0a\x05\x10\x80\xe5\x9a\x77";

/// What a collector answers.
#[derive(Clone, Copy)]
enum Answer {
    /// A status in trailers behind an empty body.
    Status(&'static str),
    /// A status in the headers, and nothing else.
    AtOnce(&'static str),
    /// No room, with a pause after which there may be some.
    Full,
    Rejects(i64),
    /// What something between here and the collector says.
    Http(u16),
}

type Collector = collector::Collector<Answer>;

async fn start(answers: impl IntoIterator<Item = Answer>) -> (Collector, SocketAddr) {
    let app = |collector| {
        Router::new()
            .route(METHOD, post(take))
            .with_state(collector)
    };
    Collector::serve(answers, app).await
}

async fn take(
    State(collector): State<Collector>,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!(version, Version::HTTP_2);
    let (head, message) = body.split_first_chunk::<5>().unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    assert_eq!((head[0], &head[1..]), (0, &length[..]));
    let request = ExportTraceServiceRequest::decode(message).unwrap();
    let answer = collector.answers.lock().unwrap().pop_front();
    let rejected_spans = match answer {
        Some(Answer::Status(status)) => return answered(&[], &[("grpc-status", status)]),
        Some(Answer::AtOnce(status)) => {
            let headers = [
                ("content-type", "application/grpc"),
                ("grpc-status", status),
            ];
            return (headers, Body::empty()).into_response();
        }
        Some(Answer::Full) => {
            let details = STANDARD_NO_PAD.encode(RETRY_SOON);
            let trailers = [("grpc-status", "8"), ("grpc-status-details-bin", &details)];
            return answered(&[], &trailers);
        }
        Some(Answer::Http(status)) => {
            return (
                axum::http::StatusCode::from_u16(status).unwrap(),
                "<html></html>",
            )
                .into_response();
        }
        Some(Answer::Rejects(count)) => count,
        None => 0,
    };
    collector.taken.lock().unwrap().push((headers, request));
    let partial_success = Some(ExportTracePartialSuccess {
        rejected_spans,
        error_message: "too old".to_owned(),
    });
    let message = ExportTraceServiceResponse { partial_success }.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0][..], &length, &message].concat();
    answered(&frame, &[("grpc-status", "0")])
}

/// A body and what follows it.
fn answered(frame: &[u8], trailers: &[(&'static str, &str)]) -> Response {
    let trailers: HeaderMap = trailers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    let body = Full::new(Bytes::copy_from_slice(frame))
        .with_trailers(std::future::ready(Some(Ok(trailers))));
    ([("content-type", "application/grpc")], Body::new(body)).into_response()
}

fn traced(address: SocketAddr) -> Tracing {
    let mut otlp = Otlp::grpc(&format!("http://localhost:{}", address.port())).unwrap();
    otlp.headers
        .insert("authorization", "Bearer abc".parse().unwrap());
    let config = Config {
        exporter: Exporter::Otlp(otlp),
        sampler: SamplerKind::ParentBasedAlwaysOn,
        ..Config::new("shop")
    };
    Tracing::new(&config).unwrap()
}

async fn flush(tracing: &Tracing) -> bool {
    collector::flush(tracing, PATIENCE).await
}

#[tokio::test]
async fn spans_arrive_with_what_a_call_needs() {
    let (collector, address) = start([]).await;
    let tracing = traced(address);
    make(&tracing, 1_000);
    assert!(flush(&tracing).await);
    make(&tracing, 1);
    assert!(flush(&tracing).await);
    assert_eq!(collector.spans().len(), 1_001);
    let taken = collector.taken.lock().unwrap();
    let (headers, _) = taken.last().unwrap();
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("grpc-timeout", "10000m"),
        ("authorization", "Bearer abc"),
    ] {
        assert_eq!(headers[name], value);
    }
    let delivery = tracing.delivery();
    assert_eq!(
        (delivery.sent, delivery.retried, delivery.lost()),
        (1_001, 0, 0)
    );
}

#[tokio::test]
async fn a_busy_collector_is_asked_again_and_takes_each_span_once() {
    let answers = [
        Answer::Status("14"),
        Answer::AtOnce("14"),
        Answer::Full,
        Answer::Http(503),
    ];
    let (collector, address) = start(answers).await;
    let tracing = traced(address);
    make(&tracing, 3);
    let deadline = Instant::now() + PATIENCE;
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
    let answers = [
        Answer::Status("3"),
        // Without a pause nobody knows when it has room again.
        Answer::Status("8"),
        Answer::AtOnce("16"),
        Answer::Http(404),
        Answer::Rejects(1),
    ];
    let (collector, address) = start(answers).await;
    let tracing = traced(address);
    // One span in each request that is rejected whole: two may go in two requests, if the emitter has just begun to send.
    for count in [1, 1, 1, 1, 2, 2] {
        make(&tracing, count);
        assert!(flush(&tracing).await);
    }
    let delivery = tracing.delivery();
    assert_eq!((delivery.rejected, delivery.sent), (4 + 1, 1 + 2));
    assert_eq!((delivery.retried, collector.spans().len()), (0, 4));
}

#[tokio::test]
async fn a_server_that_speaks_http_1_alone_loses_spans_and_they_are_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answers = async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
        }
    };
    tokio::spawn(answers);
    let tracing = traced(address);
    make(&tracing, 2);
    let shutting_down = tracing.clone();
    tokio::task::spawn_blocking(move || shutting_down.shutdown(Duration::from_millis(300)))
        .await
        .unwrap();
    let delivery = tracing.delivery();
    assert_eq!((delivery.sent, delivery.failed), (0, 2), "{delivery:?}");
}
