//! The server layer and the client over real sockets, with a real daemon socket.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use http_body::Frame;
use http_body_util::BodyExt;
use segment::Document;
use segment_schema::assert_valid;
use tokio::net::TcpListener;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use xray::{Config, SamplerKind, Tracing, testing::Daemon};

const TRACE: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const CALLER: &str = "53995c3f42cd8ad8";

fn traced(daemon: &Daemon) -> Tracing {
    Tracing::new(&daemon.config("shop")).unwrap()
}

fn app(tracing: &Tracing) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/livez", get(|| async { "alive" }))
        .route("/teapot", get(|| async { StatusCode::IM_A_TEAPOT }))
        .route("/busy", get(|| async { StatusCode::TOO_MANY_REQUESTS }))
        .route(
            "/broken",
            get(|| async { StatusCode::INTERNAL_SERVER_ERROR }),
        )
        .route("/items/{id}", get(work))
        .layer(tracing.server_layer())
}

#[tracing::instrument(skip_all, fields(annotation.tier = "gold", count = 3_i64))]
async fn work() -> &'static str {
    "done"
}

/// Sends one request through the service, reads the whole answer and returns its headers.
async fn ask(app: &Router, path: &str, headers: &[(&str, &str)]) -> HeaderMap {
    let request = headers.iter().fold(
        Request::get(path).header("host", "shop.example:8080"),
        |request, (name, value)| request.header(*name, *value),
    );
    let response = app
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let headers = response.headers().clone();
    response.into_body().collect().await.unwrap();
    headers
}

#[tokio::test]
async fn a_request_is_one_segment_that_names_its_caller() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let header = format!("Root={TRACE};Parent={CALLER};Sampled=1");
    let answered = ask(
        &app(&tracing),
        "/?secret=1",
        &[
            ("x-amzn-trace-id", &header),
            ("user-agent", "probe/1"),
            ("x-forwarded-for", "203.0.113.7, 10.0.0.1"),
        ],
    )
    .await;

    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.name, "shop");
    assert_eq!(segment.trace_id.unwrap().to_string(), TRACE);
    assert_eq!(segment.parent_id.unwrap().to_string(), CALLER);
    assert!(!segment.is_subsegment && !segment.in_progress && !segment.fault && !segment.error);
    let http = segment.http.unwrap();
    let request = http.request.unwrap();
    assert_eq!(request.method.as_deref(), Some("GET"));
    assert_eq!(request.url.as_deref(), Some("http://shop.example:8080/"));
    assert_eq!(request.user_agent.as_deref(), Some("probe/1"));
    assert_eq!(
        (request.client_ip.as_deref(), request.x_forwarded_for),
        (Some("203.0.113.7"), true)
    );
    let response = http.response.unwrap();
    assert_eq!(
        (response.status, response.content_length),
        (Some(200), Some(5))
    );

    assert_eq!(
        answered["x-amzn-trace-id"],
        format!("Root={TRACE};Parent={CALLER};Sampled=1").as_str()
    );
    let traceresponse = answered["traceresponse"].to_str().unwrap();
    assert_eq!(
        traceresponse,
        format!("00-5f84c7a1e7d1852db8c4fd35d88bf49a-{}-01", segment.id)
    );
}

#[tokio::test]
async fn a_root_without_a_parent_keeps_its_trace_and_has_no_parent() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let answered = ask(
        &app(&tracing),
        "/",
        &[(
            "x-amzn-trace-id",
            &format!("Self=1-67891234-12456789abcdef012345678a;Root={TRACE}"),
        )],
    )
    .await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(
        (
            segment.trace_id.unwrap().to_string().as_str(),
            segment.parent_id
        ),
        (TRACE, None)
    );
    assert_eq!(
        answered["x-amzn-trace-id"],
        format!("Root={TRACE}").as_str()
    );
}

#[tokio::test]
async fn a_header_of_garbage_begins_a_new_trace() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let app = app(&tracing);
    let long = format!("Root={TRACE};{}", "A=b;".repeat(16_384));
    for header in ["garbage", "Root=1-abc-1;Parent=1", &long] {
        let answered = ask(&app, "/", &[("x-amzn-trace-id", header)]).await;
        let segment = daemon.receive(1).remove(0);
        let trace_id = segment.trace_id.unwrap();
        assert_ne!(trace_id.to_string(), TRACE);
        assert_eq!(
            answered["x-amzn-trace-id"],
            format!("Root={trace_id}").as_str()
        );
    }
}

#[tokio::test]
async fn the_callers_decision_binds_and_a_question_is_answered() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let app = app(&tracing);
    let header = format!("Root={TRACE};Parent={CALLER};Sampled=");
    let no = ask(&app, "/", &[("x-amzn-trace-id", &format!("{header}0"))]).await;
    assert_eq!(no["x-amzn-trace-id"], format!("{header}0").as_str());
    assert!(no["traceresponse"].to_str().unwrap().ends_with("-00"));
    let asked = ask(&app, "/", &[("x-amzn-trace-id", &format!("{header}?"))]).await;
    assert_eq!(asked["x-amzn-trace-id"], format!("{header}1").as_str());
    let w3c = ask(
        &app,
        "/",
        &[(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
        )],
    )
    .await;
    assert!(w3c["traceresponse"].to_str().unwrap().ends_with("-00"));

    assert!(tracing.flush(Duration::from_secs(5)));
    assert_eq!(
        daemon.received().len(),
        1,
        "only the request that asked is recorded"
    );
}

#[tokio::test]
async fn the_status_decides_between_error_throttle_and_fault() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let app = app(&tracing);
    for (path, outcome) in [
        ("/", (false, false, false)),
        ("/teapot", (true, false, false)),
        ("/nowhere", (true, false, false)),
        ("/busy", (true, true, false)),
        ("/broken", (false, false, true)),
    ] {
        ask(&app, path, &[]).await;
        let segment = daemon.receive(1).remove(0);
        assert_eq!(
            (segment.error, segment.throttle, segment.fault),
            outcome,
            "{path}"
        );
    }
}

#[tokio::test]
async fn probes_are_not_traced() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let answered = ask(&app(&tracing), "/livez", &[]).await;
    assert!(!answered.contains_key("x-amzn-trace-id"));
    assert!(tracing.flush(Duration::from_secs(5)));
    assert_eq!(tracing.delivery().sent, 0);
}

#[tokio::test]
async fn an_instrumented_function_is_a_subsegment_in_the_same_datagram() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let _subscriber =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    ask(&app(&tracing), "/items/7", &[]).await;
    let segment = daemon.receive(1).remove(0);
    let [subsegment] = segment.subsegments.as_slice() else {
        panic!("{segment:#?}")
    };
    assert_eq!(subsegment.name, "work");
    assert_eq!(
        subsegment.annotations,
        [("tier".into(), segment::Value::from("gold"))]
    );
    assert!(segment.start_time <= subsegment.start_time && subsegment.end_time <= segment.end_time);
    let metadata = segment::Value::Object(subsegment.metadata.clone());
    assert_eq!(
        metadata
            .get("default")
            .and_then(|default| default.get("count")),
        Some(&segment::Value::Integer(3))
    );
}

#[tokio::test]
async fn an_unrecorded_request_builds_no_subsegments() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let config = Config {
        sampler: SamplerKind::AlwaysOff,
        ..daemon.config("shop")
    };
    let tracing = Tracing::new(&config).unwrap();
    let _subscriber =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    ask(&app(&tracing), "/items/7", &[]).await;
    assert!(tracing.flush(Duration::from_secs(5)));
    assert_eq!(daemon.received(), []);
}

/// Serves `app` on a free port.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        axum::serve(
            listener,
            app.into_make_service_with_connect_info::<SocketAddr>(),
        )
        .await
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_in_mid_body_ends_the_segment_once() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let endless = || async {
        Response::new(Body::new(Endless {
            first: Some(Bytes::from_static(b"first")),
        }))
    };
    let address = serve(
        Router::new()
            .route("/", get(endless))
            .layer(tracing.server_layer()),
    )
    .await;
    let mut response = reqwest::get(format!("http://{address}/")).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first");
    drop(response);

    let segment = daemon.receive(1).remove(0);
    let metadata = segment::Value::Object(segment.metadata.clone());
    assert_eq!(
        metadata
            .get("default")
            .and_then(|default| default.get("client.disconnected")),
        Some(&segment::Value::Bool(true))
    );
    assert!(tracing.flush(Duration::from_secs(5)));
    assert_eq!(daemon.received(), []);
}

/// A body with one frame and no end.
struct Endless {
    first: Option<Bytes>,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.first.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}

/// A front end that calls `back` for each request.
fn front(tracing: &Tracing, back: SocketAddr) -> Router {
    let client = tracing.client(
        reqwest::Client::builder()
            .timeout(Duration::from_millis(500))
            .build()
            .unwrap(),
    );
    let call = move || {
        let client = client.clone();
        async move {
            match client
                .send(client.get(format!("http://user:password@{back}/items/7?secret=1")))
                .await
            {
                Ok(response) => Ok(response.text().await.unwrap()),
                Err(_) => Err(StatusCode::BAD_GATEWAY),
            }
        }
    };
    Router::new()
        .route("/", get(call))
        .layer(tracing.server_layer())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_remote_subsegment_that_the_callees_segment_names_as_its_parent() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let address = serve(app(&tracing)).await;
    ask(
        &front(&tracing, address),
        "/",
        &[(
            "x-amzn-trace-id",
            &format!("Root={TRACE};Sampled=1;Lineage=25:6e4bd1b3:3"),
        )],
    )
    .await;

    let documents = daemon.receive(2);
    let find = |is_callee: bool| -> &Document<'_> {
        documents
            .iter()
            .find(|document| document.parent_id.is_some() == is_callee)
            .unwrap()
    };
    let (caller, segment_of_callee) = (find(false), find(true));
    let [call] = caller.subsegments.as_slice() else {
        panic!("{caller:#?}")
    };
    assert_eq!(
        (call.name.as_ref(), call.namespace.as_deref()),
        ("127.0.0.1", Some("remote"))
    );
    assert_eq!(segment_of_callee.parent_id, Some(call.id));
    assert_eq!(
        (caller.trace_id, segment_of_callee.trace_id),
        (Some(TRACE.parse().unwrap()), Some(TRACE.parse().unwrap()))
    );
    let request = call.http.as_ref().unwrap().request.as_ref().unwrap();
    assert_eq!(
        request.url.as_deref(),
        Some(format!("http://{address}/items/7").as_str()),
        "no query and no password"
    );
    assert!(
        call.start_time <= segment_of_callee.start_time
            && segment_of_callee.end_time <= call.end_time,
        "durations nest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_is_a_fault_with_its_reason() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    ask(&front(&tracing, closed), "/", &[]).await;
    let segment = daemon.receive(1).remove(0);
    assert!(segment.fault);
    let call = &segment.subsegments[0];
    assert!(call.fault);
    let cause = format!("{:?}", call.cause);
    assert!(cause.contains("refused"), "{cause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_answer_never_comes_is_a_fault_too() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    let silent = serve(Router::new().fallback(|| async { pending::<()>().await })).await;
    ask(&front(&tracing, silent), "/", &[]).await;
    let segment = daemon.receive(1).remove(0);
    assert!(segment.fault && segment.subsegments[0].fault);
}
