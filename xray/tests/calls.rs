//! Calls whose end nobody waits for.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{future::pending, net::SocketAddr, time::Duration};

use axum::{Router, http::StatusCode, routing::get};
use segment::Document;
use segment_schema::assert_valid;
use tokio::net::TcpListener;
use xray::{Tracing, testing::Daemon};

/// A service that fails with a long body, and one that never answers.
async fn callee() -> SocketAddr {
    let app = Router::new()
        .route(
            "/broken",
            get(|| async { (StatusCode::BAD_GATEWAY, "x".repeat(100_000)) }),
        )
        .route("/silent", get(pending::<()>));
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
async fn a_response_whose_body_is_not_wanted_ends_the_call_and_nobody_hung_up() {
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
