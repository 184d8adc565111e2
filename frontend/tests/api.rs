//! `/api` before back ends that fail in every way.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use clap::Parser;
use frontend::{ANSWER_TIMEOUT, ApiMetrics, Args, MAX_CONCURRENT_CALLS, Settings, app};
use tokio::{net::TcpListener, sync::Semaphore, time::Instant};
use xray::{Config, Exporter, Tracing};

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A front end before a back end, and its counters.
async fn front(back: Router) -> (String, ApiMetrics) {
    front_before(&format!("http://{}", serve(back).await)).await
}

async fn front_before(backend_url: &str) -> (String, ApiMetrics) {
    let args = Args::parse_from(["front", "--backend-url", backend_url]);
    let settings = Settings::read(&args, &|_| None).unwrap();
    let config = Config {
        exporter: Exporter::None,
        ..Config::new("front")
    };
    let (tracing, metrics) = (Tracing::new(&config).unwrap(), ApiMetrics::default());
    let app = app(&tracing, &settings, metrics.clone()).unwrap();
    (format!("http://{}", serve(app).await), metrics)
}

async fn ask(front: &str, path: &str) -> (StatusCode, String) {
    let response = reqwest::get(format!("{front}{path}")).await.unwrap();
    (response.status(), response.text().await.unwrap())
}

fn answering(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Router {
    Router::new().route("/", get(|| async move { answer }))
}

#[tokio::test]
async fn whatever_the_back_end_does_wrong_is_a_502_that_says_so() {
    for (answer, said) in [
        (
            (StatusCode::INTERNAL_SERVER_ERROR, ""),
            "the back end answered 500 Internal Server Error",
        ),
        (
            (StatusCode::NOT_FOUND, ""),
            "the back end answered 404 Not Found",
        ),
        (
            (StatusCode::OK, "<html>"),
            "the back end answered something that is no JSON",
        ),
    ] {
        let (front, _) = front(answering(answer)).await;
        let expected = serde_json::json!({ "error": said }).to_string();
        assert_eq!(
            ask(&front, "/api").await,
            (StatusCode::BAD_GATEWAY, expected)
        );
    }
}

#[tokio::test]
async fn a_429_is_handed_on() {
    let (front, _) = front(answering(StatusCode::TOO_MANY_REQUESTS)).await;
    assert_eq!(ask(&front, "/api").await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let (front, _) = front(answering("1".repeat(1_000_000))).await;
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end answered more than 65536 bytes\"}"
        )
    );
}

#[tokio::test]
async fn a_back_end_that_never_answers_is_given_up_after_two_seconds() {
    let (front, _) = front(Router::new().fallback(|| async { pending::<()>().await })).await;
    let start = Instant::now();
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end did not answer within 2 s\"}"
        )
    );
    assert!(start.elapsed() >= ANSWER_TIMEOUT && start.elapsed() < ANSWER_TIMEOUT * 3);
}

#[tokio::test]
async fn a_back_end_that_is_not_there_is_a_502_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (front, _) = front_before(&format!("http://{closed}")).await;
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end cannot be reached\"}"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_too_many_is_turned_away_and_counted() {
    let (arrived, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (note, wait) = (Arc::clone(&arrived), Arc::clone(&go_on));
    let back = Router::new().route(
        "/",
        get(move || async move {
            note.add_permits(1);
            wait.acquire().await.unwrap().forget();
            "{}"
        }),
    );
    let (front, metrics) = front(back).await;
    let client = reqwest::Client::new();
    let under_way: Vec<_> = (0..MAX_CONCURRENT_CALLS)
        .map(|_| tokio::spawn(client.get(format!("{front}/api")).send()))
        .collect();
    let all = u32::try_from(MAX_CONCURRENT_CALLS).unwrap();
    let _all = tokio::time::timeout(Duration::from_secs(2), arrived.acquire_many(all))
        .await
        .unwrap()
        .unwrap();

    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "{\"error\":\"250 calls are under way; try again\"}"
        )
    );
    assert!(
        metrics
            .to_prometheus()
            .ends_with("api_turned_away_total 1\n"),
        "{}",
        metrics.to_prometheus()
    );

    go_on.add_permits(MAX_CONCURRENT_CALLS);
    for call in under_way {
        assert_eq!(call.await.unwrap().unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn the_page_is_not_framed_not_cached_and_loads_nothing_from_elsewhere() {
    let (front, _) = front(answering("{}")).await;
    for path in ["/", "/page.js", "/page.css", "/settings"] {
        let response = reqwest::get(format!("{front}{path}")).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        assert!(
            !response.headers().contains_key("x-amzn-trace-id"),
            "{path} is not traced"
        );
    }
}
