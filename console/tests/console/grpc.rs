//! OTLP over gRPC, by a client that writes the frames itself.

use std::net::SocketAddr;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use console::{Config, Further};
use h2::client;
use http::{HeaderMap, Request, StatusCode};
use serde_json::json;
use tokio::net::TcpStream;

use crate::{
    otlp::{CODINGS, REQUEST},
    support::{Console, always},
};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// What a call is answered with.
struct Answer {
    status: StatusCode,
    /// The headers, and what follows the body.
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

fn start() -> (Console, SocketAddr) {
    let console = Console::start_with(Config {
        otlp_grpc: Some(Further::At(([127, 0, 0, 1], 0).into())),
        ..Config::default()
    });
    let grpc = console.grpc.unwrap();
    (console, grpc)
}

/// Calls a method, over a connection of its own.
#[tokio::main(flavor = "current_thread")]
async fn call(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let socket = TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).unwrap();
    let (response, mut stream) = client.send_request(request, false).unwrap();
    // Whoever is refused early does not read the rest.
    let _ = stream.send_data(Bytes::from(body), true);
    let response = response.await.unwrap();
    let (status, mut headers) = (response.status(), response.headers().clone());
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while let Some(part) = incoming.data().await {
        let part = part.unwrap();
        incoming
            .flow_control()
            .release_capacity(part.len())
            .unwrap();
        body.extend_from_slice(&part);
    }
    if let Ok(Some(trailers)) = incoming.trailers().await {
        headers.extend(trailers);
    }
    Answer {
        status,
        headers,
        body,
    }
}

fn frame(coded: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[coded], &length.to_be_bytes()[..], message].concat()
}

fn spans() -> Vec<u8> {
    STANDARD.decode(REQUEST).unwrap()
}

#[test]
fn spans_are_taken_as_over_http_in_every_coding() {
    let (console, grpc) = start();
    let codings = CODINGS.map(|(name, coded)| (name, frame(1, &coded(&spans()))));
    for (name, body) in [&[("identity", frame(0, &spans()))], &codings[..]].concat() {
        console.ask("POST", "/clear", &[], b"");
        let answer = call(grpc, EXPORT, &[("grpc-encoding", name)], body);
        assert_eq!(
            (answer.status, answer.header("grpc-status")),
            (StatusCode::OK, "0"),
            "{name}"
        );
        assert_eq!(answer.body, frame(0, b""), "{name}");
        let by_grpc = console.call("ServiceGraph", &always());
        console.ask("POST", "/clear", &[], b"");
        let kind = [("Content-Type", "application/x-protobuf")];
        console.ask("POST", "/v1/traces", &kind, &spans());
        assert_eq!(console.call("ServiceGraph", &always()), by_grpc, "{name}");
    }
    assert_eq!(console.get("/wire").json()["datagrams"][0]["via"], "otlp");
}

#[test]
fn spans_that_are_none_are_counted_and_told() {
    let (console, grpc) = start();
    let mut spans = spans();
    // The length of the trace id, which is then one of another field's bytes.
    let id = spans
        .windows(2)
        .position(|bytes| bytes == [0x0a, 0x10])
        .unwrap();
    spans[id + 2..id + 18].fill(0);
    let answer = call(grpc, EXPORT, &[], frame(0, &spans));
    assert_eq!(answer.header("grpc-status"), "0");
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(said.contains("InvalidSpan"), "{said}");
    let refused = console.get("/status").json()["documents"]["refused"].clone();
    assert_eq!(refused, json!({ "InvalidSpan": 1 }));
}

#[test]
fn what_is_no_call_is_answered_with_a_status_and_a_reason() {
    let (console, grpc) = start();
    let metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    let zstd = CODINGS[2].1;
    let bomb = vec![b' '; 64 * 1024 * 1024];
    let huge = frame(1, &zstd(&bomb));
    let gzip_bomb = frame(1, &CODINGS[0].1(&bomb));
    let zstd = ("grpc-encoding", "zstd");
    let gzip = ("grpc-encoding", "gzip");
    for (path, headers, body, status, words) in [
        (metrics, &[][..], frame(0, b""), "12", "traces%20alone"),
        (
            EXPORT,
            &[],
            frame(0, b"\xff"),
            "3",
            "ExportTraceServiceRequest",
        ),
        (
            EXPORT,
            &[("grpc-encoding", "snappy")],
            frame(1, b"a"),
            "12",
            "snappy",
        ),
        (
            EXPORT,
            &[zstd],
            frame(1, b"no zstd"),
            "3",
            "not%20in%20zstd",
        ),
        (EXPORT, &[zstd], b"\x01".to_vec(), "3", "frame"),
        (EXPORT, &[zstd], huge, "11", "more%20than"),
        (EXPORT, &[gzip], gzip_bomb, "11", "more%20than"),
    ] {
        let answer = call(grpc, path, headers, body);
        let said = answer.header("grpc-message");
        assert_eq!(answer.header("grpc-status"), status, "{path}: {said}");
        assert!(said.contains(words), "{words} is not in: {said}");
    }
    let foreign = call(
        grpc,
        EXPORT,
        &[("origin", "http://evil.example")],
        frame(0, &spans()),
    );
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(console.get("/status").json()["documents"]["accepted"], 0);
}
