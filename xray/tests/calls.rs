//! Calls that are dropped before their end.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    future::{pending, ready},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{Request, Response, StatusCode},
    response::Redirect,
    routing::get,
};
use segment::Document;
use segment_schema::assert_valid;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tower::{BoxError, Layer, ServiceExt, service_fn};
use xray::{Tracing, testing::Daemon};

/// A service that fails with a long body, and one that never answers.
async fn callee() -> SocketAddr {
    let app = Router::new()
        .route(
            "/broken",
            get(|| async { (StatusCode::BAD_GATEWAY, "x".repeat(100_000)) }),
        )
        .route("/silent", get(pending::<()>));
    serve(app).await
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

fn says(document: &Document<'_>, key: &str) -> bool {
    let mut namespaces = document.metadata.iter();
    namespaces.any(|(_, members)| members.get(key).is_some())
}

/// Makes one call within a segment, leaves it as `leave` does, and returns its subsegment.
async fn call(path: &str, leave: impl AsyncFnOnce(xray::Client, String)) -> Document<'static> {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = tracing.client(reqwest::Client::builder().no_proxy().build().unwrap());
    let url = format!("http://{}{path}", callee().await);
    tracing.segment("work", leave(client, url)).await;
    let mut segment = daemon.receive(1).remove(0);
    segment.subsegments.remove(0)
}

#[tokio::test]
async fn a_dropped_response_body_ends_the_call_without_a_disconnect() {
    let subsegment = call("/broken", async |client, url| {
        let response = client.send(client.get(url)).await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    })
    .await;
    assert!(subsegment.fault && subsegment.end_time.is_some());
    for key in ["client.disconnected", "cancelled"] {
        assert!(!says(&subsegment, key), "{key}: {subsegment:?}");
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_says_so() {
    let subsegment = call("/silent", async |client, url| {
        let call = client.send(client.get(url));
        let given_up = tokio::time::timeout(Duration::from_millis(50), call).await;
        assert!(given_up.is_err());
    })
    .await;
    assert!(says(&subsegment, "cancelled"), "{subsegment:?}");
}

/// Whatever goes wrong, the trace has no query, and the caller the error with its whole URL.
#[tokio::test(flavor = "multi_thread")]
async fn the_url_of_a_call_that_failed_is_in_the_error_and_not_in_the_trace() {
    let circle = || async { axum::response::Redirect::temporary("/circle?token=hunter2") };
    let app = Router::new().route("/circle", get(circle));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let circle = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap();

    let daemon = Daemon::start().unwrap();
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = reqwest::Client::builder().timeout(Duration::from_millis(200));
    let client = tracing.client(client.build().unwrap());
    for address in [
        "127.0.0.1:1".to_owned(),
        circle.to_string(),
        silent.to_string(),
    ] {
        let call = client.send(client.get(format!("http://{address}/circle?token=hunter2")));
        let error = tracing
            .segment("work", async { call.await.unwrap_err() })
            .await;
        assert!(
            error.url().unwrap().as_str().contains("hunter2")
                && error.to_string().contains("hunter2")
        );
        let document = daemon.receive_text(Duration::from_secs(5)).unwrap();
        assert!(document.contains("\"exceptions\"") && document.contains("\"fault\":true"));
        assert!(!document.contains("hunter2"), "{document}");
    }
}

/// A service that answers with what it was asked.
async fn echo() -> SocketAddr {
    let echo = async |request: axum::extract::Request| {
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1024).await.unwrap();
        let header = |name: &str| {
            let value = head.headers.get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        let said = [
            head.method.to_string(),
            head.uri.to_string(),
            header("x-tier"),
            header("authorization"),
            header("content-type"),
            String::from_utf8(body.to_vec()).unwrap(),
        ];
        (
            [("x-seen-trace", header("x-amzn-trace-id"))],
            said.join("|"),
        )
    };
    let app = Router::new().fallback(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[tokio::test]
async fn requests_are_written_as_with_reqwest_and_each_is_a_subsegment() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = tracing.client(reqwest::Client::builder().no_proxy().build().unwrap());
    let url = format!("http://{}/items", echo().await);
    let patience = Duration::from_secs(5);
    let requests = [
        (
            client.get(&url).query(&[("q", "a b")]),
            "GET|/items?q=a+b||||",
        ),
        (
            client.post(&url).json(&[1, 2]),
            "POST|/items|||application/json|[1,2]",
        ),
        (
            client
                .put(&url)
                .header("x-tier", "gold")
                .body("all")
                .timeout(patience),
            "PUT|/items|gold|||all",
        ),
        (
            client.patch(&url).bearer_auth("t0"),
            "PATCH|/items||Bearer t0||",
        ),
        (
            client.delete(&url).basic_auth("carol", None::<&str>),
            "DELETE|/items||Basic Y2Fyb2w6||",
        ),
        (
            client.post(&url).form(&[("a", "b")]).try_clone().unwrap(),
            "POST|/items|||application/x-www-form-urlencoded|a=b",
        ),
        (client.head(&url), ""),
        (
            client
                .request(reqwest::Method::OPTIONS, &url)
                .map(|request| {
                    request.headers(
                        [("x-tier".parse().unwrap(), "gold".parse().unwrap())]
                            .into_iter()
                            .collect(),
                    )
                }),
            "OPTIONS|/items|gold|||",
        ),
    ];
    let count = requests.len();
    tracing
        .segment("work", async {
            for (request, expected) in requests {
                let response = request.send().await.unwrap();
                assert!(
                    response.headers()["x-seen-trace"]
                        .to_str()
                        .unwrap()
                        .contains("Sampled=1")
                );
                assert_eq!(response.text().await.unwrap(), expected);
            }
            // As it was written before.
            client.send(client.get(&url)).await.unwrap();
            client.send(reqwest::Client::new().get(&url)).await.unwrap();
            client
                .execute(client.get(&url).build().unwrap())
                .await
                .unwrap();
        })
        .await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.subsegments.len(), count + 3);
    for call in &segment.subsegments {
        assert_eq!(
            (call.name.as_ref(), call.namespace.as_deref()),
            ("127.0.0.1", Some("remote"))
        );
        let request = call.http.as_ref().unwrap().request.as_ref().unwrap();
        assert_eq!(request.url.as_deref(), Some(url.as_str()));
    }
}

/// Answers one request with a part of the body that it announces, and breaks off or, if it `waits`, says no more.
async fn half(waits: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut caller, _) = listener.accept().await.unwrap();
        let _ = caller.read(&mut [0; 1024]).await.unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc";
        caller.write_all(answer).await.unwrap();
        if waits {
            pending::<()>().await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_body_was_not_read_to_its_end_is_told_down_to_the_cause() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = tracing.client(reqwest::Client::builder().no_proxy().build().unwrap());
    for (waits, cause) in [(false, "end of file"), (true, "operation timed out")] {
        let call = client.get(format!("http://{}/", half(waits).await));
        let call = call.timeout(Duration::from_millis(300));
        let read = async { call.send().await?.text().await };
        tracing.segment("work", read).await.unwrap_err();
        let call = daemon.receive(1).remove(0).subsegments.remove(0);
        assert!(call.fault && !says(&call, "cancelled"));
        let text = format!("{call:?}");
        assert!(text.contains("reqwest::Error"), "{text}");
        assert!(text.contains(cause), "{waits}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirected_call_says_who_answered() {
    let to = Router::new().route("/to", get(|| async { StatusCode::BAD_GATEWAY }));
    let to = format!("http://{}/to", serve(to).await);
    let location = format!("{}?token=hunter2", to.replace("//", "//alice:hunter2@"));
    let from = Router::new()
        .route("/from", get(async move || Redirect::temporary(&location)))
        .route("/straight", get(|| async { "here" }));
    let from = serve(from).await;
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = tracing.client(reqwest::Client::builder().no_proxy().build().unwrap());
    for (path, expected) in [("from", Some(to)), ("straight", None)] {
        let call = client
            .get(format!("http://{from}/{path}?token=hunter2"))
            .send();
        let read = async { call.await?.text().await };
        tracing.segment("work", read).await.unwrap();
        let document = daemon.receive_text(Duration::from_secs(5)).unwrap();
        assert!(!document.contains("hunter2"), "{document}");
        let call = Document::decode(&document).unwrap().subsegments.remove(0);
        let mut namespaces = call.metadata.iter();
        let said = namespaces.find_map(|(_, members)| members.get("redirected_to"));
        assert_eq!(said.and_then(segment::Value::as_text), expected.as_deref());
    }
}

/// A request whose answer is of no interest.
fn request() -> Request<String> {
    Request::get("http://stock/items/7")
        .body(String::new())
        .unwrap()
}

#[tokio::test]
async fn a_status_of_grpc_without_a_message_is_told_by_its_name() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let client = tracing
        .client_layer()
        .layer(service_fn(|_: Request<String>| {
            let answer = Response::builder().header("grpc-status", "12");
            ready(Ok::<_, BoxError>(answer.body(String::new()).unwrap()))
        }));
    let call =
        Request::post("http://stock/shop.Stock/Count").header("content-type", "application/grpc");
    let call = client.oneshot(call.body(String::new()).unwrap());
    tracing.segment("work", call).await.unwrap();
    let document = daemon.receive_text(Duration::from_secs(5)).unwrap();
    assert!(
        document.contains(r#""message":"UNIMPLEMENTED""#),
        "{document}"
    );
}

/// What is boxed has a type that nobody can name; the box says nothing of it.
#[tokio::test]
async fn an_error_in_a_box_has_no_type_but_its_text() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let late = service_fn(async |_: Request<String>| {
        Err::<Response<String>, BoxError>("request timed out".into())
    });
    let client = tracing.client_layer().layer(late);
    let work = async {
        let error = client.oneshot(request()).await.unwrap_err();
        xray::record_error(&*error);
    };
    tracing.segment("work", work).await;
    let document = daemon.receive_text(Duration::from_secs(5)).unwrap();
    assert_eq!(
        document.matches("request timed out").count(),
        2,
        "{document}"
    );
    assert!(!document.contains("dyn "), "{document}");
}

#[tokio::test]
async fn a_call_through_two_client_layers_is_one_subsegment_and_the_next_one_is_another() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let headers = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&headers);
    let stock = service_fn(move |request: Request<String>| {
        let header = request.headers()["x-amzn-trace-id"].clone();
        seen.lock().unwrap().push(header);
        ready(Ok::<_, BoxError>(Response::new(String::new())))
    });
    let layer = tracing.client_layer();
    let inner = layer.layer(stock);
    let client = layer.layer(inner.clone());
    // Who passes a request on within a subsegment of its own makes another call.
    let gateway = service_fn(move |request: Request<String>| {
        xray::subsegment("gateway", inner.clone().oneshot(request))
    });
    let gateway = layer.layer(gateway);
    let work = async {
        client.clone().oneshot(request()).await.unwrap();
        client.oneshot(request()).await.unwrap();
        gateway.oneshot(request()).await.unwrap();
    };
    tracing.segment("work", work).await;
    let segment = daemon
        .expect(
            "shop
               stock (remote)
               stock (remote)
               stock (remote)
               gateway
                 stock (remote)",
        )
        .remove(0);
    let headers = headers.lock().unwrap();
    for (header, call) in headers.iter().zip(&segment.subsegments[..2]) {
        let parent = format!("Parent={}", call.id);
        assert!(header.to_str().unwrap().contains(&parent), "{header:?}");
    }
}
