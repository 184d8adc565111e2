//! Invocations of a handler, without Lambda.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::convert::Infallible;

use http::{Request, Response};
use lambda_runtime::{Context as Lambda, Diagnostic, Error, LambdaEvent};
use segment::{Document, SegmentId, Value};
use tower::{Layer, Service as _, ServiceExt as _, service_fn};
use xray::{Config, SamplerKind, Tracing, testing::Daemon};

const CALLER: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8";

/// Tracing as in a Lambda function, and the daemon that it sends to.
fn tracing() -> (Daemon, Tracing) {
    let daemon = Daemon::start().unwrap();
    let config = Config {
        sampler: SamplerKind::ParentBasedAlwaysOn,
        ..daemon.config("orders")
    };
    let tracing = Tracing::new(&config).unwrap();
    (daemon, tracing)
}

fn event(header: &str, payload: &'static str) -> LambdaEvent<&'static str> {
    let mut context = Lambda::default();
    context.request_id = "8476a536".into();
    context.xray_trace_id = (!header.is_empty()).then(|| header.to_owned());
    LambdaEvent::new(payload, context)
}

/// Returns the trace header that a callee would get.
async fn handler(event: LambdaEvent<&'static str>) -> Result<String, Error> {
    let work = xray::subsegment("work", async {
        xray::set_user("alice");
        xray::trace_header()
    });
    let header = work.await;
    match event.payload {
        "fail" => Err("no funds".into()),
        _ => Ok(header.unwrap_or_default()),
    }
}

async fn invoke(
    tracing: &Tracing,
    header: &str,
    payload: &'static str,
) -> Result<String, Diagnostic> {
    let service = xray_lambda::layer(tracing).layer(service_fn(handler));
    service.oneshot(event(header, payload)).await
}

/// Returns what was sent by the time that the answer is there: nobody waits for anything here.
fn sent(daemon: &Daemon) -> Document<'static> {
    daemon.receive(1).remove(0)
}

#[tokio::test]
async fn an_invocation_is_a_subsegment_of_the_segment_that_lambda_writes() {
    let (daemon, tracing) = tracing();
    let header = format!("{CALLER};Sampled=1;Lineage=25:6e4bd1b3:3");
    let passed_on = invoke(&tracing, &header, "buy").await.unwrap();
    let document = sent(&daemon);
    assert!(document.is_subsegment && document.end_time.is_some());
    assert_eq!(document.name, "handler");
    let parent: SegmentId = "53995c3f42cd8ad8".parse().unwrap();
    assert_eq!(document.parent_id, Some(parent));
    let work = &document.subsegments[0];
    assert_eq!(work.name, "work");
    let expected = format!(
        "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent={};Sampled=1;Lineage=25:6e4bd1b3:3",
        work.id
    );
    assert_eq!(passed_on, expected);
    assert!(
        format!("{:?}", document.metadata).contains("8476a536"),
        "{document:#?}"
    );
}

#[tokio::test]
async fn everything_is_sent_before_the_answer_is() {
    let (daemon, tracing) = tracing();
    for number in 1..=20 {
        invoke(&tracing, &format!("{CALLER};Sampled=1"), "buy")
            .await
            .unwrap();
        assert_eq!(tracing.delivery().sent, number);
    }
    assert_eq!(daemon.receive(20).len(), 20);
}

#[tokio::test]
async fn an_invocation_that_is_not_sampled_leaves_nothing_and_passes_that_on() {
    let (daemon, tracing) = tracing();
    let header = format!("{CALLER};Sampled=0");
    assert_eq!(invoke(&tracing, &header, "buy").await.unwrap(), header);
    tracing.flush(xray_lambda::FLUSH_TIMEOUT);
    assert!(daemon.received().is_empty());
}

#[tokio::test]
async fn without_a_segment_of_lambda_s_one_begins() {
    for header in ["", "garbage", "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a"] {
        let (daemon, tracing) = tracing();
        invoke(&tracing, header, "buy").await.unwrap();
        let document = sent(&daemon);
        assert!(!document.is_subsegment && document.parent_id.is_none());
        assert_eq!(
            (&*document.name, document.user.as_deref()),
            ("orders", Some("alice"))
        );
    }
}

#[tokio::test]
async fn an_error_is_recorded_as_lambda_reports_it() {
    let (daemon, tracing) = tracing();
    let error = invoke(&tracing, &format!("{CALLER};Sampled=1"), "fail")
        .await
        .unwrap_err();
    assert_eq!(error.error_message, "no funds");
    let document = sent(&daemon);
    assert!(document.fault);
    assert!(
        format!("{:?}", document.cause).contains("no funds"),
        "{document:#?}"
    );
}

#[tokio::test]
async fn a_request_says_what_was_asked_for_and_how_it_went() {
    let (daemon, tracing) = tracing();
    let handler = service_fn(async |_: Request<()>| {
        let response = Response::builder().status(503).body("later");
        Ok::<_, Infallible>(response.unwrap())
    });
    // A server layer around the same request makes no second segment.
    let router = tracing.server_layer().layer(service_fn(move |request| {
        let mut handler = handler;
        async move {
            handler
                .call(request)
                .await
                .map(|response| response.map(http_body_util::Full::<bytes::Bytes>::from))
        }
    }));
    let request = Request::get("/items/7?token=secret")
        .header("host", "shop.example.com")
        .header("x-amzn-trace-id", format!("{CALLER};Sampled=1"))
        .body(())
        .unwrap();
    let response = xray_lambda::layer(&tracing)
        .layer(router)
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(response.status(), 503);
    let document = sent(&daemon);
    assert!(document.is_subsegment && document.fault && document.subsegments.is_empty());
    let http = document.http.unwrap();
    assert_eq!(
        http.request.unwrap().url.as_deref(),
        Some("https://shop.example.com/items/7")
    );
    assert_eq!(http.response.unwrap().status, Some(503));
}

#[tokio::test]
async fn one_that_panics_or_is_dropped_has_lost_nothing() {
    let (daemon, tracing) = tracing();
    let layer = xray_lambda::layer(&tracing);
    let header = format!("{CALLER};Sampled=1");
    let panics = service_fn(async |_: LambdaEvent<&'static str>| -> Result<(), Error> {
        panic!("out of stock")
    });
    let panicked = tokio::spawn(layer.layer(panics).oneshot(event(&header, "")));
    assert!(panicked.await.is_err());
    let document = sent(&daemon);
    assert!(document.fault);
    assert!(
        format!("{:?}", document.cause).contains("out of stock"),
        "{document:#?}"
    );

    let hangs = service_fn(async |_: LambdaEvent<&'static str>| -> Result<(), Error> {
        std::future::pending().await
    });
    let mut hanging = Box::pin(layer.layer(hangs).oneshot(event(&header, "")));
    assert!(is_pending_once_polled(&mut hanging).await);
    let sent_before = tracing.delivery().sent;
    drop(hanging);
    // The runtime answers now, and Lambda may freeze the function.
    assert_eq!(tracing.delivery().sent, sent_before + 1);
    let metadata = &sent(&daemon).metadata[0].1;
    let Value::Object(members) = metadata else {
        panic!("{metadata:?}")
    };
    assert!(
        members.contains(&("cancelled".into(), Value::Bool(true))),
        "{members:?}"
    );
}

/// Before it has returned a future.
#[tokio::test]
async fn one_that_panics_when_it_is_called_says_why() {
    let (daemon, tracing) = tracing();
    let panics = service_fn(|event: LambdaEvent<&'static str>| {
        assert!(event.payload == "buy", "no {} here", event.payload);
        std::future::ready(Ok::<_, Error>(()))
    });
    let mut service = xray_lambda::layer(&tracing).layer(panics);
    let event = event(&format!("{CALLER};Sampled=1"), "refund");
    let call = std::panic::AssertUnwindSafe(|| drop(service.call(event)));
    assert!(std::panic::catch_unwind(call).is_err());
    assert_eq!(tracing.delivery().sent, 1);
    let document = sent(&daemon);
    assert!(document.fault);
    assert!(
        format!("{:?}", document.cause).contains("no refund here"),
        "{document:#?}"
    );
}

/// Polls a future once; whether it is still pending.
async fn is_pending_once_polled<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|task| {
        let poll = std::pin::Pin::new(&mut *future).poll(task);
        std::task::Poll::Ready(poll.is_pending())
    })
    .await
}
