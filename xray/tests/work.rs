//! Work that begins without a request, goes on after it, fails or panics.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{convert::Infallible, future::pending, io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    routing::get,
};
use http_body_util::BodyExt;
use segment::Document;
use segment_schema::assert_valid;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use xray::{Tracing, testing::Daemon};

const TRACE: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const PARENT: &str = "53995c3f42cd8ad8";

fn started() -> (Daemon, Tracing) {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = Tracing::new(&daemon.config("shop")).unwrap();
    (daemon, tracing)
}

fn header(rest: &str) -> String {
    format!("Root={TRACE};{rest}")
}

fn exception(document: &Document<'_>) -> String {
    let Some(segment::document::Cause::Exceptions(cause)) = &document.cause else {
        return String::new();
    };
    let exception = &cause.exceptions[0];
    let part =
        |part: &Option<std::borrow::Cow<'_, str>>| part.as_deref().unwrap_or_default().to_owned();
    format!("{}: {}", part(&exception.kind), part(&exception.message))
}

#[tokio::test]
async fn a_message_s_segment_is_a_part_of_the_sender_s_trace() {
    let (daemon, tracing) = started();
    // As a message carries it that was sent within a subsegment.
    let mut sent = None;
    let sending = xray::subsegment("send", async { sent = xray::trace_header() });
    tracing.segment("checkout", sending).await;
    let sender = daemon.receive(1).remove(0);
    let subsegment = &sender.subsegments[0];
    let expected = format!(
        "Root={};Parent={};Sampled=1",
        sender.trace_id.unwrap(),
        subsegment.id
    );
    assert_eq!(sent.as_deref(), Some(expected.as_str()));

    tracing
        .segment("orders", xray::subsegment("store", async {}))
        .with_parent(sent.as_ref())
        .await;
    let worker = daemon.receive(1).remove(0);
    assert_eq!(worker.trace_id, sender.trace_id);
    assert_eq!(worker.parent_id, Some(subsegment.id));
    assert!(!worker.is_subsegment && worker.subsegments.len() == 1);
    assert_eq!(xray::trace_header(), None);
}

#[tokio::test]
async fn a_message_s_header_is_heeded_and_nonsense_is_not() {
    let (daemon, tracing) = started();
    let run = async |header: Option<&str>| {
        let mut passed_on = None;
        let work = async { passed_on = xray::trace_header() };
        tracing.segment("orders", work).with_parent(header).await;
        passed_on.unwrap()
    };
    // What is passed on goes on with what is unknown; who does not record, says so.
    let said = run(Some(&header(&format!(
        "Parent={PARENT};Sampled=0;Lineage=25:6e4bd1b3:3"
    ))))
    .await;
    assert_eq!(
        said,
        header(&format!("Parent={PARENT};Sampled=0;Lineage=25:6e4bd1b3:3"))
    );
    let said = run(Some(&header(&format!(
        "Parent={PARENT};Sampled=1;Lineage=25:6e4bd1b3:3"
    ))))
    .await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(
        said,
        header(&format!(
            "Parent={};Sampled=1;Lineage=25:6e4bd1b3:3",
            segment.id
        ))
    );
    // Undecided: the sampler decides.
    run(Some(&header(&format!("Parent={PARENT};Sampled=?")))).await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.parent_id.unwrap().to_string(), PARENT);
    run(Some(&header("Sampled=1"))).await;
    let segment = daemon.receive(1).remove(0);
    assert_eq!(segment.trace_id.unwrap().to_string(), TRACE);
    assert!(segment.parent_id.is_none());
    let long = format!("{};{}", header("Sampled=1"), "A=b;".repeat(16_384));
    for nonsense in [
        None,
        Some(""),
        Some("Root=1-0-0;Parent=x"),
        Some(long.as_str()),
    ] {
        run(nonsense).await;
        let segment = daemon.receive(1).remove(0);
        assert_ne!(segment.trace_id.unwrap().to_string(), TRACE);
        assert!(segment.parent_id.is_none());
    }
    assert!(tracing.flush(xray::testing::PATIENCE) && daemon.received().is_empty());
}

#[tokio::test]
async fn a_batch_is_linked_to_all_senders_and_has_a_trace_of_its_own() {
    let (daemon, tracing) = started();
    let mut headers: Vec<_> = (1..=30_u64)
        .map(|id| header(&format!("Parent={id:016x};Sampled=1")))
        .collect();
    headers.push("nonsense".to_owned());
    tracing
        .segment("orders", async {})
        .with_links(&headers)
        .await;
    let segment = daemon.receive(1).remove(0);
    assert_ne!(segment.trace_id.unwrap().to_string(), TRACE);
    assert_eq!(segment.links.len(), 20);
    assert_eq!(segment.links[0].trace_id.unwrap().to_string(), TRACE);
    assert!(format!("{segment:?}").contains(&format!("{:016x}", 30)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_spawned_belongs_to_its_request() {
    let (daemon, tracing) = started();
    let handler = async || {
        let task = xray::spawn(xray::subsegment("task", async {}));
        let blocking = xray::spawn_blocking(|| xray::in_subsegment("blocking", || 7));
        task.await.unwrap();
        assert_eq!(blocking.await.unwrap(), 7);
    };
    let app = Router::new()
        .route("/", get(handler))
        .layer(tracing.server_layer());
    let request = Request::get("/").body(Body::empty()).unwrap();
    app.oneshot(request)
        .await
        .unwrap()
        .into_body()
        .collect()
        .await
        .unwrap();
    let segment = daemon.receive(1).remove(0);
    let mut names: Vec<_> = segment
        .subsegments
        .iter()
        .map(|one| one.name.as_ref())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["blocking", "task"]);
}

/// A body that does something for each frame, as server-sent events do.
fn stream() -> Body {
    let mut left = 3;
    let frames = std::iter::from_fn(move || {
        left -= 1;
        (left >= 0).then(|| xray::in_subsegment("event", || Bytes::from_static(b"data: 1\n\n")))
    });
    Body::from_stream(tokio_stream_of(frames.map(Ok::<_, Infallible>)))
}

/// A stream of an iterator's items.
fn tokio_stream_of<I: Iterator + Unpin>(items: I) -> impl futures_core::Stream<Item = I::Item> {
    struct Items<I>(I);
    impl<I: Iterator + Unpin> futures_core::Stream for Items<I> {
        type Item = I::Item;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<I::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }
    Items(items)
}

#[tokio::test]
async fn what_a_body_does_while_it_is_sent_belongs_to_its_request() {
    let (daemon, tracing) = started();
    let app = Router::new()
        .route("/", get(async || stream()))
        .layer(tracing.server_layer());
    for sampled in ["1", "0"] {
        let request = Request::get("/")
            .header(
                "x-amzn-trace-id",
                header(&format!("Parent={PARENT};Sampled={sampled}")),
            )
            .body(Body::empty())
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap();
    }
    assert!(tracing.flush(xray::testing::PATIENCE));
    daemon.expect(
        "shop
           event
           event
           event",
    );
}

#[tokio::test]
async fn an_error_that_is_returned_is_a_fault_if_it_is_wanted() {
    let (daemon, tracing) = started();
    let fails = || async { Err::<(), _>(io::Error::other("no funds")) };
    let result = tracing
        .try_segment("job", xray::try_subsegment("charge", fails()))
        .await;
    assert_eq!(result.unwrap_err().to_string(), "no funds");
    let segment = daemon.receive(1).remove(0);
    assert!(segment.fault && segment.subsegments[0].fault);
    assert_eq!(
        exception(&segment.subsegments[0]),
        "std::io::error::Error: no funds"
    );

    let fine = tracing.segment("job", xray::subsegment("charge", fails()));
    fine.await.unwrap_err();
    let segment = daemon.receive(1).remove(0);
    assert!(!segment.fault && !segment.subsegments[0].fault);
    assert!(
        tracing
            .try_segment("job", async { Ok::<_, Infallible>(7) })
            .await
            .is_ok()
    );
    assert!(!daemon.receive(1)[0].fault);
}

async fn text() {
    panic!("pipes burst")
}

async fn format() {
    let index = 7;
    panic!("index {index} of 3")
}

async fn value() {
    std::panic::panic_any(7)
}

async fn deep() {
    xray::in_subsegment("deep", || -> () { panic!("pipes burst") });
}

#[tokio::test]
async fn a_panic_s_own_text_is_in_the_trace_wherever_it_happens() {
    let (daemon, tracing) = started();
    let app = Router::new()
        .route("/text", get(text))
        .route("/format", get(format))
        .route("/value", get(value))
        .route("/deep", get(deep))
        .route("/future", get(|| xray::subsegment("deep", text())));
    let app = app
        .layer(tracing.server_layer())
        .layer(CatchPanicLayer::new());
    for (path, expected) in [
        ("/text", "panic: pipes burst"),
        ("/format", "panic: index 7 of 3"),
        ("/value", "panic: panicked"),
        ("/deep", "panic: pipes burst"),
        ("/future", "panic: pipes burst"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        let segment = daemon.receive(1).remove(0);
        assert!(segment.fault);
        assert_eq!(exception(&segment), expected);
        for subsegment in &segment.subsegments {
            assert!(subsegment.fault);
            assert_eq!(exception(subsegment), expected);
        }
    }
}

#[tokio::test]
async fn a_query_is_a_call_of_the_database_whatever_comes_of_it() {
    let (daemon, tracing) = started();
    let shop = xray::Database::from_address("postgres://app:hunter2@db.internal/shop").unwrap();
    let large = format!(
        "INSERT INTO items VALUES ({}1)",
        "'hunter2', ".repeat(100_000)
    );
    tracing
        .segment("job", async {
            shop.query("SELECT 7", async { Ok::<_, Infallible>(()) })
                .await
                .unwrap();
            let fails = async { Err::<(), _>(io::Error::other("connection reset")) };
            shop.query("UPDATE t SET password = 'hunter2'", fails)
                .await
                .unwrap_err();
            let never = shop.query("SELECT pg_sleep(9)", pending::<Result<(), io::Error>>());
            tokio::time::timeout(Duration::from_millis(5), never)
                .await
                .unwrap_err();
            shop.query(&large, async { Ok::<_, Infallible>(()) })
                .await
                .unwrap();
            shop.query("", async { Ok::<_, Infallible>(()) })
                .await
                .unwrap();
        })
        .await;
    let segment = daemon.receive(1).remove(0);
    let calls = &segment.subsegments;
    for call in calls {
        assert_eq!(
            (call.name.as_ref(), call.namespace.as_deref()),
            ("shop@db.internal", Some("remote"))
        );
        let sql = call.sql.as_ref().unwrap();
        assert_eq!(sql.url.as_deref(), Some("postgresql://db.internal/shop"));
        assert_eq!(
            (sql.database_type.as_deref(), sql.user.as_deref()),
            (Some("postgresql"), Some("app"))
        );
    }
    let statements: Vec<_> = calls
        .iter()
        .map(|call| call.sql.as_ref().unwrap().sanitized_query.as_deref())
        .collect();
    assert_eq!(
        statements[..3],
        [
            Some("SELECT ?"),
            Some("UPDATE t SET password = ?"),
            Some("SELECT pg_sleep(?)")
        ]
    );
    assert!(
        statements[3]
            .unwrap()
            .starts_with("INSERT INTO items VALUES (?, ?, ")
    );
    assert!(!calls[0].fault && calls[1].fault);
    assert_eq!(
        exception(&calls[1]),
        "std::io::error::Error: connection reset"
    );
    assert!(format!("{:?}", calls[2]).contains("cancelled"));
    assert!(!format!("{segment:?}").contains("hunter2"));

    // What names neither host nor database has its kind for a name.
    let some = xray::Database::new("postgresql");
    tracing
        .segment(
            "job",
            some.query("SELECT 7", async { Ok::<_, Infallible>(()) }),
        )
        .await
        .unwrap();
    assert_eq!(daemon.receive(1)[0].subsegments[0].name, "postgresql");
}
