//! The end of a response: real requests over real sockets, by HTTP/1.1 and HTTP/2.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, Version, header},
    response::{IntoResponse, Response},
    routing::any,
};
use http_body::{Frame, SizeHint};
use proptest::{bool::ANY as any_bool, collection::vec, prelude::*, sample::select};
use segment::{Document, Value};
use segment_schema::assert_valid;
use tokio::net::TcpListener;
use tower::ServiceExt;
use xray::{Tracing, testing::Daemon};

/// Frames one after another, of which nobody knows the last until it is asked for.
struct Frames(Vec<io::Result<Frame<Bytes>>>, Option<u64>);

impl Frames {
    fn body(frames: impl IntoIterator<Item = Frame<Bytes>>, size: Option<u64>) -> Body {
        let mut frames: Vec<_> = frames.into_iter().map(Ok).collect();
        frames.reverse();
        Body::new(Self(frames, size))
    }
}

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _task: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop())
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

fn data(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

/// A stream of three bytes with a `Content-Length`.
fn stream(status: StatusCode, length: &'static str) -> Response {
    let body = Frames::body([data("a"), data("bc")], None);
    (status, [(header::CONTENT_LENGTH, length)], body).into_response()
}

fn app(tracing: &Tracing) -> Router {
    let trailers = || {
        let trailers = HeaderMap::from_iter([(header::ETAG, "x".parse().unwrap())]);
        let frames = [data("abc"), Frame::trailers(trailers)];
        ([(header::TRAILER, "etag")], Frames::body(frames, None))
    };
    Router::new()
        .route("/plain", any(|| async { "abc" }))
        .route(
            "/stream",
            any(|| async { Frames::body([data("abc")], None) }),
        )
        .route("/length", any(|| async { stream(StatusCode::OK, "3") }))
        .route(
            "/range",
            any(|| async { stream(StatusCode::PARTIAL_CONTENT, "3") }),
        )
        .route(
            "/hint",
            any(|| async { Frames::body([data("ab"), data("c")], Some(3)) }),
        )
        .route(
            "/empty-last",
            any(|| async { Frames::body([data("abc"), data("")], None) }),
        )
        .route("/trailers", any(async move || trailers()))
        .route(
            "/204",
            any(|| async { (StatusCode::NO_CONTENT, Frames::body([data("abc")], None)) }),
        )
        .route(
            "/304",
            any(|| async { stream(StatusCode::NOT_MODIFIED, "3") }),
        )
        .route(
            "/zero",
            any(|| async { ([(header::CONTENT_LENGTH, "0")], Frames::body([], None)) }),
        )
        .layer(tracing.server_layer())
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

fn clients() -> [reqwest::Client; 2] {
    let http2 = reqwest::Client::builder().http2_prior_knowledge();
    [reqwest::Client::new(), http2.build().unwrap()]
}

/// Returns what the document says of how the response ended: its length, and whether anybody went away.
fn end(document: &Document<'_>) -> (Option<i64>, bool) {
    let metadata = Value::Object(document.metadata.clone());
    let said = metadata.get("default");
    let went = ["client.disconnected", "cancelled"]
        .iter()
        .any(|key| said.and_then(|said| said.get(key)).is_some());
    let response = document
        .http
        .as_ref()
        .and_then(|http| http.response.as_ref());
    (response.and_then(|response| response.content_length), went)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_arrived_whole_is_complete() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let url = serve(app(&tracing)).await;
    for client in clients() {
        for (path, length) in [
            ("plain", 3),
            ("stream", 3),
            ("length", 3),
            ("range", 3),
            ("hint", 3),
            ("empty-last", 3),
            ("trailers", 3),
            ("204", 0),
            ("304", 0),
            ("zero", 0),
        ] {
            let response = client.get(format!("{url}/{path}")).send().await.unwrap();
            let version = response.version();
            let received = response.bytes().await.unwrap().len();
            // By HTTP/2 hyper sends what a response must not have; the client got it.
            let length = if version == Version::HTTP_2 {
                i64::try_from(received).unwrap()
            } else {
                length
            };
            let segment = daemon.receive(1).remove(0);
            assert_eq!(
                end(&segment),
                (Some(length), false),
                "{path} by {version:?}"
            );
            assert!(!segment.fault, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_request_that_was_answered_is_complete() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let url = serve(app(&tracing)).await;
    for client in clients() {
        for path in [
            "plain", "stream", "length", "hint", "trailers", "304", "nowhere",
        ] {
            let request = client.request(Method::HEAD, format!("{url}/{path}"));
            request.send().await.unwrap().bytes().await.unwrap();
            let segment = daemon.receive(1).remove(0);
            assert_eq!(end(&segment), (Some(0), false), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_the_place_of_another_is_no_hang_up() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let replaced = |_: Response| async { "replaced" };
    let app = app(&tracing).layer(axum::middleware::map_response(replaced));
    let url = serve(app).await;
    let text = reqwest::get(format!("{url}/stream")).await.unwrap().text();
    assert_eq!(text.await.unwrap(), "replaced");
    assert_eq!(end(&daemon.receive(1)[0]), (None, false));
}

/// Its client has cancelled the call while the handler still read what it sends: nobody puts another answer in its place.
#[tokio::test]
async fn an_answer_of_grpc_that_nobody_takes_is_a_hang_up() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let call = Request::post("http://shop/stream").header(header::CONTENT_TYPE, "application/grpc");
    let call = call.body(Body::empty()).unwrap();
    drop(app(&tracing).oneshot(call).await.unwrap());
    assert_eq!(end(&daemon.receive(1)[0]), (None, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_fails_behind_its_announced_length_is_a_fault() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let broken = || async {
        let frames = Frames(
            vec![Err(io::Error::other("too late")), Ok(data("abc"))],
            None,
        );
        ([(header::CONTENT_LENGTH, "3")], Body::new(frames))
    };
    let app = Router::new()
        .route("/", any(broken))
        .layer(tracing.server_layer());
    let url = serve(app).await;
    let [_, http2] = clients();
    let asked = async { http2.get(&url).send().await?.bytes().await };
    assert!(asked.await.is_err());
    assert!(daemon.receive(1)[0].fault);
}

/// A call ends complete for who reads as much as was announced and no more.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_body_came_whole_says_its_length() {
    let callee = Daemon::start().unwrap();
    let url = serve(app(&Tracing::new(&callee.config("stock")).unwrap())).await;
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    for client in clients() {
        let client = tracing.client(client);
        for (method, path, length) in [
            (Method::GET, "length", 3),
            (Method::GET, "plain", 3),
            (Method::HEAD, "length", 0),
            (Method::HEAD, "hint", 0),
            (Method::GET, "zero", 0),
        ] {
            let request = client.request(method, format!("{url}/{path}"));
            let call = async {
                let mut response = client.send(request).await.unwrap();
                let mut left = length;
                while left > 0 {
                    let chunk = response.chunk().await.unwrap().unwrap();
                    left -= i64::try_from(chunk.len()).unwrap();
                }
            };
            tracing.segment("work", call).await;
            let segment = daemon.receive(1).remove(0);
            assert_eq!(
                end(&segment.subsegments[0]),
                (Some(length), false),
                "{path}"
            );
        }
    }
}

/// What a handler answers next.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    /// The lengths of its frames.
    frames: Vec<usize>,
    has_trailers: bool,
    announced: Announced,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Announced {
    Nothing,
    ByHint,
    ByHeader,
}

impl Answer {
    fn response(&self) -> Response {
        let length: usize = self.frames.iter().sum();
        let frames = self
            .frames
            .iter()
            .map(|length| Frame::data(vec![b'x'; *length].into()));
        let trailers = HeaderMap::from_iter([(header::ETAG, "x".parse().unwrap())]);
        let trailers = self.has_trailers.then(|| Frame::trailers(trailers));
        let hint = (self.announced == Announced::ByHint).then_some(length as u64);
        let body = Frames::body(frames.chain(trailers), hint);
        let mut response = (StatusCode::from_u16(self.status).unwrap(), body).into_response();
        if self.announced == Announced::ByHeader {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length.into());
        }
        response
    }
}

/// Whatever a response consists of: who got all of it did not go away, and its length is what came.
#[test]
fn any_response_that_is_read_to_its_end_is_complete() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    let next = Arc::new(Mutex::new(None::<Answer>));
    let handler = {
        let next = next.clone();
        any(async move || next.lock().unwrap().take().unwrap().response())
    };
    let app = Router::new()
        .route("/", handler)
        .layer(tracing.server_layer());
    let url = runtime.block_on(serve(app));
    let clients = clients();
    let announced = select(vec![
        Announced::Nothing,
        Announced::ByHint,
        Announced::ByHeader,
    ]);
    let answer = (
        select(vec![200, 204, 206, 304, 404, 503]),
        vec(0..3_000_usize, 0..5),
        any_bool,
        announced,
    );
    let answer = answer.prop_map(|(status, frames, has_trailers, announced)| Answer {
        status,
        frames,
        has_trailers,
        announced,
    });
    let config = ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(answer in answer, is_http_2 in any_bool, is_head in any_bool)| {
        let status = answer.status;
        *next.lock().unwrap() = Some(answer);
        let method = if is_head { Method::HEAD } else { Method::GET };
        let request = clients[usize::from(is_http_2)].request(method, &url);
        let received = runtime.block_on(async { request.send().await.unwrap().bytes().await.unwrap().len() });
        let segment = daemon.receive(1).remove(0);
        prop_assert_eq!(end(&segment), (Some(i64::try_from(received).unwrap()), false));
        prop_assert_eq!(segment.fault, status >= 500);
    });
}
