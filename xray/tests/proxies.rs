//! Client and server of a request: real requests over real sockets, with the headers of proxies.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::net::SocketAddr;

use axum::{Router, routing::any};
use proptest::{collection::vec, prelude::*, sample::select};
use segment::{Document, Value, document::HttpRequest};
use segment_schema::assert_valid;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use xray::{Tracing, testing::Daemon};

struct Service {
    daemon: Daemon,
    address: SocketAddr,
    _tracing: Tracing,
}

impl Service {
    async fn start() -> Self {
        let daemon = Daemon::start().unwrap().checking(assert_valid);
        let tracing = Tracing::new(&daemon.config("shop")).unwrap();
        let app = Router::new()
            .fallback(any(|| async { "done" }))
            .layer(tracing.server_layer());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await
        });
        Self {
            daemon,
            address,
            _tracing: tracing,
        }
    }

    /// Sends a request by HTTP/1.1, byte for byte, and returns its segment.
    async fn ask(&self, target: &str, headers: &str) -> Document<'static> {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{target} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            answer.escape_ascii()
        );
        self.daemon.receive(1).remove(0)
    }

    async fn request(&self, target: &str, headers: &str) -> HttpRequest<'static> {
        let segment = self.ask(target, headers).await;
        segment.http.unwrap().request.unwrap()
    }
}

fn said(document: &Document<'_>, key: &str) -> Option<String> {
    let metadata = Value::Object(document.metadata.clone());
    let value = metadata.get("default")?.get(key)?;
    value.as_text().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_is_whom_the_first_proxy_saw() {
    let service = Service::start().await;
    for (headers, client, is_forwarded) in [
        ("", "127.0.0.1", false),
        (
            "X-Forwarded-For: 203.0.113.7:41234\r\n",
            "203.0.113.7",
            true,
        ),
        (
            "X-Forwarded-For: [2001:db8::7]:41234\r\n",
            "2001:db8::7",
            true,
        ),
        (
            "X-Forwarded-For: \"[2001:db8::7]\"\r\n",
            "2001:db8::7",
            true,
        ),
        (
            "X-Forwarded-For: unknown, 203.0.113.7\r\n",
            "203.0.113.7",
            true,
        ),
        (
            "X-Forwarded-For: unknown\r\nX-Forwarded-For: 203.0.113.7, 10.0.0.1\r\n",
            "203.0.113.7",
            true,
        ),
        (
            "Forwarded: For=\"[2001:db8::7]:4711\";proto=https\r\nX-Forwarded-For: 10.0.0.1\r\n",
            "2001:db8::7",
            true,
        ),
        (
            "Forwarded: for=_hidden\r\nX-Forwarded-For: 203.0.113.7\r\n",
            "203.0.113.7",
            true,
        ),
        (
            "Forwarded: host=\"a\\\"b\";for=203.0.113.7\r\n",
            "203.0.113.7",
            true,
        ),
        (
            "X-Forwarded-For:\r\nX-Forwarded-Proto: https\r\n",
            "127.0.0.1",
            false,
        ),
    ] {
        let request = service
            .request("GET /", &format!("host: shop\r\n{headers}"))
            .await;
        let found = (request.client_ip.as_deref(), request.x_forwarded_for);
        assert_eq!(found, (Some(client), is_forwarded), "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_the_proxy_hides_is_not_the_proxy() {
    let service = Service::start().await;
    for header in ["X-Forwarded-For: unknown", "Forwarded: for=_mystery"] {
        let segment = service
            .ask("GET /", &format!("host: shop\r\n{header}\r\n"))
            .await;
        assert_eq!(
            said(&segment, "net.sock.peer.addr").as_deref(),
            Some("127.0.0.1")
        );
        assert!(said(&segment, "client.address").is_some(), "{header}");
        assert_eq!(
            segment.http.unwrap().request.unwrap().client_ip,
            None,
            "{header}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_is_the_one_that_the_client_used() {
    let service = Service::start().await;
    for (headers, url) in [
        ("", "http://shop.example:8080/a"),
        (
            "X-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n",
            "https://shop.example/a",
        ),
        (
            "X-Forwarded-Proto: HTTPS, http\r\nX-Forwarded-Host: shop.aws, inner:81\r\n",
            "https://shop.aws/a",
        ),
        (
            "X-Forwarded-Host: shop.aws:8443\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n",
            "https://shop.aws:8443/a",
        ),
        (
            "X-Forwarded-Host: [2001:db8::7]\r\nX-Forwarded-Port: 81\r\n",
            "http://[2001:db8::7]:81/a",
        ),
        (
            "X-Forwarded-Proto: wss\r\nX-Forwarded-Host: shop.aws\r\n",
            "wss://shop.aws/a",
        ),
        (
            "Forwarded: for=10.0.0.9;proto=https;host=\"shop.aws:8443\"\r\nX-Forwarded-Proto: http\r\n",
            "https://shop.aws:8443/a",
        ),
        (
            "Forwarded: for=10.0.0.9\r\nForwarded: proto=https;host=shop.aws, host=inner\r\n",
            "https://shop.aws/a",
        ),
        (
            "X-Forwarded-Host: https://shop.aws/\r\nX-Forwarded-Proto: https\r\n",
            "https://shop.example:8080/a",
        ),
        (
            "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: a b\r\nX-Forwarded-Port: 0\r\n",
            "http://shop.example:8080/a",
        ),
    ] {
        let headers = format!("host: shop.example:8080\r\n{headers}");
        let request = service.request("GET /a?secret=1", &headers).await;
        assert_eq!(request.url.as_deref(), Some(url), "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_target_gives_a_url_that_parses() {
    let service = Service::start().await;
    for (target, host, url) in [
        (
            "GET http://right.example/a?b",
            "wrong.example",
            "http://right.example/a",
        ),
        (
            "GET http://app:hunter2@right.example:81",
            "wrong.example",
            "http://right.example:81/",
        ),
        ("OPTIONS *", "shop:8080", "http://shop:8080/"),
        ("CONNECT shop:443", "shop:443", "http://shop:443/"),
        ("GET /", "[::1]:8080", "http://[::1]:8080/"),
        ("GET /", "app:hunter2@shop", "http://shop/"),
        (
            "GET //other.example/x",
            "shop",
            "http://shop//other.example/x",
        ),
        ("GET /", "10.0.0.1:80", "http://10.0.0.1/"),
    ] {
        let request = service.request(target, &format!("host: {host}\r\n")).await;
        assert_eq!(request.url.as_deref(), Some(url), "{target}");
        assert!(reqwest::Url::parse(url).is_ok());
    }
    for host in ["", ":80", "a b", "1.2.3.4.5", "sh/op", "[::1"] {
        let request = service.request("GET /", &format!("host: {host}\r\n")).await;
        assert_eq!(request.url, None, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_of_http_2_takes_precedence_over_the_host_header() {
    let service = Service::start().await;
    let client = reqwest::Client::builder().http2_prior_knowledge();
    let client = client
        .resolve("right.example", service.address)
        .build()
        .unwrap();
    let url = format!("http://right.example:{}/a", service.address.port());
    let request = client.get(&url).header("host", "wrong.example");
    request.send().await.unwrap().bytes().await.unwrap();
    let segment = service.daemon.receive(1).remove(0);
    assert_eq!(segment.http.unwrap().request.unwrap().url.unwrap(), url);
}

#[test]
fn any_proxy_header_leaves_the_request_served_and_the_segment_valid() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::start());
    let name = select(vec![
        "host",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "traceparent",
        "tracestate",
        "x-amzn-trace-id",
    ]);
    let piece = select(vec![
        "for=",
        "host=",
        "proto=",
        "\"",
        ",",
        ";",
        "[",
        "]",
        ":",
        "%",
        "=",
        "unknown",
        "203.0.113.7",
        "2001:db8::7",
        "https",
        "shop.example",
        "443",
        "65536",
        " ",
        "é",
        "_x",
        "@",
        "00-",
        "Root=",
        "Sampled=?",
    ]);
    let value = vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let config = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(headers in vec((name, value), 0..6))| {
        let lines: String = headers
            .iter()
            .flat_map(|(name, value)| [name, ": ", value, "\r\n"])
            .collect();
        let request = runtime.block_on(service.request("GET /", &lines));
        if let Some(url) = request.url {
            prop_assert!(reqwest::Url::parse(&url).is_ok(), "{url}");
        }
        if let Some(ip) = request.client_ip {
            prop_assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
        }
    });
}
