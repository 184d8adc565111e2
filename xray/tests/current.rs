//! Data that code adds to the current segment or subsegment, and the test kit.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{error::Error, fmt, io, panic, time::Duration};

use axum::{Router, body::Body, extract::Request, routing::get};
use http_body_util::BodyExt;
use opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt},
};
use segment::{Document, Value, document::Cause};
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use xray::{Config, SamplerKind, Tracing, testing::Daemon};

/// A daemon that checks each document by X-Ray's rules.
fn daemon() -> Daemon {
    Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid)
}

fn traced(daemon: &Daemon) -> Tracing {
    Tracing::new(&daemon.config("shop")).unwrap()
}

/// Sends one request through `app`.
async fn ask(app: Router) {
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
}

fn metadata<'m>(document: &'m Document<'_>, key: &str) -> Option<&'m Value<'m>> {
    let (_, default) = document.metadata.iter().find(|(key, _)| key == "default")?;
    default.get(key)
}

#[derive(Debug)]
struct ChargeFailed(io::Error);

impl fmt::Display for ChargeFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("charge failed")
    }
}

impl Error for ChargeFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn what_is_said_goes_to_the_innermost_segment_or_subsegment() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let handler = || async {
        xray::annotate("tier", "gold");
        xray::subsegment("charge", async {
            xray::annotate("items", 3);
            tokio::task::yield_now().await;
            xray::add_metadata("http.url", "not a request");
            let sum = xray::in_subsegment("sum", || {
                xray::add_metadata("ratio", 0.5);
                xray::set_user("carol");
                40 + 2
            });
            xray::annotate("sum", sum);
        })
        .await;
        xray::annotate("tier", "platinum");
        "done"
    };
    ask(Router::new()
        .route("/", get(handler))
        .layer(tracing.server_layer()))
    .await;
    let documents = daemon.expect(
        "shop
           charge
             sum",
    );
    let (shop, charge) = (&documents[0], &documents[0].subsegments[0]);
    let sum = &charge.subsegments[0];
    assert_eq!(shop.annotations, [("tier".into(), "platinum".into())]);
    assert_eq!(
        charge.annotations,
        [("items".into(), 3.into()), ("sum".into(), 42.into())]
    );
    assert_eq!(metadata(charge, "http.url"), Some(&"not a request".into()));
    assert!(
        charge.http.is_none(),
        "metadata is never taken for something else"
    );
    assert_eq!(metadata(sum, "ratio"), Some(&Value::Number(0.5)));
    assert_eq!((shop.user.as_deref(), &sum.user), (Some("carol"), &None));
    assert!(shop.end_time >= charge.end_time && charge.end_time >= sum.end_time);
}

#[tokio::test]
async fn an_error_is_a_fault_with_its_sources() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let charge = xray::subsegment("charge", async {
        let error = ChargeFailed(io::Error::other("no funds"));
        xray::record_error(&error);
        let boxed: Box<dyn Error> = "limit".into();
        xray::record_error(&*boxed);
    });
    tracing.segment("job", charge).await;
    let documents = daemon.expect(
        "shop
           charge (fault)",
    );
    let Some(Cause::Exceptions(cause)) = &documents[0].subsegments[0].cause else {
        panic!("{documents:#?}")
    };
    let messages: Vec<_> = cause
        .exceptions
        .iter()
        .map(|exception| exception.message.as_deref().unwrap())
        .collect();
    assert_eq!(messages, ["charge failed", "no funds", "limit"]);
    assert!(
        cause.exceptions[0]
            .kind
            .as_deref()
            .unwrap()
            .ends_with("ChargeFailed")
    );
    assert_eq!(cause.exceptions[0].cause, cause.exceptions[1].id);
}

#[tokio::test]
async fn an_error_that_an_instrumented_function_returns_is_a_fault() {
    #[tracing::instrument(skip_all, err)]
    async fn charge() -> Result<(), ChargeFailed> {
        Err(ChargeFailed(io::Error::other("no funds")))
    }

    let daemon = daemon();
    let tracing = traced(&daemon);
    let _subscriber =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    assert!(tracing.segment("job", charge()).await.is_err());
    let documents = daemon.expect(
        "shop
           charge (fault)",
    );
    let Some(Cause::Exceptions(cause)) = &documents[0].subsegments[0].cause else {
        panic!("{documents:#?}")
    };
    assert_eq!(
        cause.exceptions[0].message.as_deref(),
        Some("charge failed")
    );
}

#[tokio::test]
async fn subsegments_of_both_kinds_nest_in_one_another() {
    #[tracing::instrument]
    async fn outer() {
        xray::annotate("by", "instrument");
        xray::subsegment("middle", inner()).await;
    }
    #[tracing::instrument]
    async fn inner() {
        xray::in_subsegment("innermost", || ());
    }

    let daemon = daemon();
    let tracing = traced(&daemon);
    let _subscriber =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(tracing.layer()));
    tracing.segment("job", outer()).await;
    let documents = daemon.expect(
        "shop
           outer
             middle
               inner
                 innermost",
    );
    let outer = &documents[0].subsegments[0];
    assert_eq!(outer.annotations, [("by".into(), "instrument".into())]);
}

#[tokio::test]
async fn where_nothing_is_recorded_only_the_work_is_done() {
    let daemon = daemon();
    let tracing = Tracing::new(&Config {
        sampler: SamplerKind::AlwaysOff,
        ..daemon.config("shop")
    })
    .unwrap();
    let work = || async {
        xray::annotate("tier", "gold");
        xray::record_error(&io::Error::other("no funds"));
        xray::subsegment("charge", async { xray::in_subsegment("sum", || 42) }).await
    };
    assert_eq!(work().await, 42, "no request, no tracing");
    assert_eq!(tracing.segment("job", work()).await, 42);
    let handler = move || async move { work().await.to_string() };
    ask(Router::new()
        .route("/", get(handler))
        .layer(tracing.server_layer()))
    .await;
    assert!(tracing.flush(Duration::from_secs(5)));
    assert_eq!(daemon.received(), []);
}

#[tokio::test]
async fn work_that_is_dropped_or_panics_ends_its_subsegment() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let cancelled = xray::subsegment("waits", std::future::pending::<()>());
    let job = async {
        let _ = tokio::time::timeout(Duration::from_millis(10), cancelled).await;
        let panicked =
            panic::catch_unwind(|| xray::in_subsegment("breaks", || panic!("on purpose")));
        assert!(panicked.is_err());
    };
    tracing.segment("job", job).await;
    let documents = daemon.expect(
        "shop
           waits
           breaks (fault)",
    );
    let waits = &documents[0].subsegments[0];
    assert_eq!(metadata(waits, "cancelled"), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn a_task_that_is_given_the_context_records_where_it_was_spawned() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let job = async {
        let work = xray::subsegment("spawned", async { xray::annotate("task", true) });
        tokio::spawn(work.with_context(Context::current()))
            .await
            .unwrap();
        assert!(Context::current().has_active_span());
    };
    tracing.segment("job", job).await;
    let documents = daemon.expect(
        "shop
           spawned",
    );
    let spawned = &documents[0].subsegments[0];
    assert_eq!(spawned.annotations, [("task".into(), true.into())]);
    assert_eq!(metadata(&documents[0], "operation"), Some(&"job".into()));
}

#[test]
fn an_expectation_that_is_not_met_shows_what_was_seen() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(tracing.segment("job", xray::subsegment("work", async {})));
    let said = panic::catch_unwind(panic::AssertUnwindSafe(|| daemon.expect("shop\n  play")));
    let said = said.unwrap_err().downcast::<String>().unwrap();
    assert!(
        said.contains("expected\n\nshop\n  play\n") && said.contains("saw\n\nshop\n  work\n"),
        "{said}"
    );
}

#[tracing::instrument]
fn bursts() {
    panic!("pipes burst")
}

#[tracing::instrument]
async fn bursts_later() {
    tokio::task::yield_now().await;
    bursts();
}

#[tracing::instrument]
fn holds() {}

#[tokio::test]
async fn an_instrumented_function_that_panics_is_a_fault() {
    let daemon = daemon();
    let tracing = traced(&daemon);
    let subscriber = tracing_subscriber::registry().with(tracing.layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let work = async {
        panic::catch_unwind(bursts).unwrap_err();
        assert!(xray::spawn(bursts_later()).await.unwrap_err().is_panic());
        holds();
    };
    tracing.segment("work", work).await;
    daemon.expect(
        "shop
           bursts (fault)
           bursts_later (fault)
             bursts (fault)
           holds",
    );
}
