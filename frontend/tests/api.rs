//! `/api` with back ends that fail in every way.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{future::pending, net::SocketAddr};

use axum::{
    Json, Router, extract::RawQuery, http::StatusCode, response::IntoResponse, routing::get,
};
use clap::Parser;
use frontend::{ApiMetrics, Args, RESPONSE_TIMEOUT, Settings, app};
use tokio::{
    net::{TcpListener, TcpSocket},
    time::Instant,
};
use xray::{Config, Exporter, Tracing};

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A front end before a back end.
async fn front(back: Router) -> String {
    front_before(&format!("http://{}", serve(back).await)).await
}

async fn front_before(backend_url: &str) -> String {
    front_with(backend_url, &[]).await
}

async fn front_with(backend_url: &str, variables: &[(&str, &str)]) -> String {
    let args = Args::parse_from(["front", "--backend-url", backend_url]);
    let find = |name: &str| {
        let variable = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(variable.1.to_owned())
    };
    let settings = Settings::read(&args, &find).unwrap();
    let config = Config {
        exporter: Exporter::None,
        ..Config::new("front")
    };
    let tracing = Tracing::new(&config).unwrap();
    let app = app(&tracing, &settings, ApiMetrics::default()).unwrap();
    format!("http://{}", serve(app).await)
}

async fn ask(front: &str, path: &str) -> (StatusCode, String) {
    let response = reqwest::get(format!("{front}{path}")).await.unwrap();
    (response.status(), response.text().await.unwrap())
}

fn answering(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Router {
    Router::new().route("/", get(|| async move { answer }))
}

#[tokio::test]
async fn any_failure_of_the_back_end_is_a_502_with_its_reason() {
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
            "the back end's answer is not JSON",
        ),
    ] {
        let front = front(answering(answer)).await;
        let expected = serde_json::json!({ "error": said }).to_string();
        assert_eq!(
            ask(&front, "/api").await,
            (StatusCode::BAD_GATEWAY, expected)
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Router::new().fallback(|| async { Json(serde_json::json!({ "secret": 1 })) });
    let elsewhere = format!("http://{}/", serve(elsewhere).await);
    for status in [301, 302, 303, 307, 308] {
        let status = StatusCode::from_u16(status).unwrap();
        let location = [("location", elsewhere.clone())];
        let (answered, body) = ask(&front(answering((status, location))).await, "/api").await;
        assert_eq!(answered, StatusCode::BAD_GATEWAY);
        assert!(
            body.contains(status.as_str()) && !body.contains("secret"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_429_is_handed_on() {
    let front = front(answering(StatusCode::TOO_MANY_REQUESTS)).await;
    assert_eq!(ask(&front, "/api").await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let front = front(answering("1".repeat(1_000_000))).await;
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end's answer has more than 65536 bytes\"}"
        )
    );
}

#[tokio::test]
async fn a_back_end_that_never_answers_is_given_up_after_two_seconds() {
    let front = front(Router::new().fallback(|| async { pending::<()>().await })).await;
    let start = Instant::now();
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end did not answer within 2 s\"}"
        )
    );
    assert!(start.elapsed() >= RESPONSE_TIMEOUT && start.elapsed() < RESPONSE_TIMEOUT * 3);
}

#[tokio::test]
async fn a_back_end_that_is_not_there_is_a_502_at_once() {
    // Bound, so that no other test gets the port, and not listening.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = closed.local_addr().unwrap();
    let front = front_before(&format!("http://{address}")).await;
    let (status, said) = ask(&front, "/api").await;
    assert_eq!(
        (status, said.as_str()),
        (
            StatusCode::BAD_GATEWAY,
            "{\"error\":\"the back end cannot be reached\"}"
        )
    );
}

#[tokio::test]
async fn the_page_is_not_framed_not_cached_and_loads_nothing_from_elsewhere() {
    let front = front(answering("{}")).await;
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

/// A back end that answers the parameters it was asked with.
fn echo() -> Router {
    let parameters = |RawQuery(query): RawQuery| async { Json(query) };
    Router::new().route("/", get(parameters))
}

async fn ask_for_fault(front: &str, parameters: &str) -> (StatusCode, String) {
    let response = reqwest::Client::new()
        .get(format!("{front}/api?{parameters}"))
        .header("x-sample-token", "12345678")
        .header("cookie", "x-sample-token=12345678")
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn without_faults_neither_the_panel_nor_the_status_nor_the_parameters_exist() {
    let front = front(echo()).await;
    for path in ["/status", "/faults.js", "/status.js"] {
        assert_eq!(ask(&front, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (_, settings) = ask(&front, "/settings").await;
    assert!(settings.contains("\"faults\":false"), "{settings}");
    for parameters in ["fault=fault", "fault=error&at=back", "fault=nonsense"] {
        assert_eq!(
            ask_for_fault(&front, parameters).await,
            (StatusCode::OK, "null".to_owned()),
            "{parameters}"
        );
    }
}

#[tokio::test]
async fn with_faults_each_is_done_here_or_handed_on() {
    let back = format!("http://{}", serve(echo()).await);
    let front = front_with(&back, &[("FAULTS", "true")]).await;
    for (parameters, status, said) in [
        ("fault=fault", 500, "an injected fault"),
        ("fault=throttle&at=back", 200, "fault=throttle&at=back"),
        (
            "fault=latency&latency=40&at=back&slow=true",
            200,
            "slow=true&fault=latency&at=back&latency=40",
        ),
        ("fault=unreachable", 502, "the back end cannot be reached"),
        ("fault=error:0", 200, "null"),
        ("fault=error:101", 400, "a share from 0 to 100"),
    ] {
        let (answered, text) = ask_for_fault(&front, parameters).await;
        assert!(
            answered == status && text.contains(said),
            "{parameters}: {answered} {text}"
        );
    }
    assert_eq!(
        ask(&front, "/api?fault=fault").await.0,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_status_says_where_the_daemon_is_and_which_pod_answers() {
    let variables = [
        ("FAULTS", "true"),
        ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2345"),
        ("NODE_NAME", "node-1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.cluster.name=blue"),
    ];
    let front = front_with("http://127.0.0.1:1", &variables).await;
    let (_, status) = ask(&front, "/status").await;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        status["receiver"],
        serde_json::json!({ "kind": "daemon", "address": "127.0.0.1:2345", "resolves_to": ["127.0.0.1:2345"], "error": null })
    );
    assert_eq!(status["lost"], 0);
    assert_eq!(
        status["pod"],
        serde_json::json!({
            "name": "local", "namespace": null, "node": "node-1", "zone": null, "cluster": "blue"
        })
    );
}

#[tokio::test]
async fn the_status_says_where_spans_go_by_otlp_and_that_nothing_is_traced() {
    for (exporter, receiver) in [
        (
            "otlp",
            serde_json::json!({
                "kind": "collector", "address": "127.0.0.1:4319", "resolves_to": ["127.0.0.1:4319"], "error": null
            }),
        ),
        ("none", serde_json::Value::Null),
    ] {
        let variables = [
            ("FAULTS", "true"),
            ("OTEL_TRACES_EXPORTER", exporter),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4319"),
        ];
        let front = front_with("http://127.0.0.1:1", &variables).await;
        let (_, status) = ask(&front, "/status").await;
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        assert_eq!(status["receiver"], receiver);
        assert_eq!(status["losses"]["rejected"], 0, "{status}");
    }
}
