//! The format of the back end's answers.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use backend::{Args, MESSAGE, Settings, app};
use clap::Parser;
use http_body_util::BodyExt;
use tower::ServiceExt;
use xray::{Config, Exporter, Tracing};

fn back(count: backend::Count) -> Router {
    let config = Config {
        exporter: Exporter::None,
        ..Config::new("back")
    };
    let variables = |name: &str| (name == "POD_NAME").then(|| "back-1".to_owned());
    let settings = Settings::read(&Args::parse_from(["back"]), &variables).unwrap();
    app(&Tracing::new(&config).unwrap(), &settings.pod, count)
}

async fn ask(app: Router, path: &str) -> (StatusCode, String) {
    let response = app
        .oneshot(Request::get(path).body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()["x-sample-pod"], "back-1");
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn at_second_zero_the_list_is_empty_and_not_null() {
    let expected = format!("{{\"message\":\"{MESSAGE}\",\"random\":[]}}");
    assert_eq!(ask(back(|| 0), "/").await, (StatusCode::OK, expected));
}

#[tokio::test]
async fn there_are_as_many_numbers_as_asked_for_all_from_0_to_41() {
    let (_, body) = ask(back(|| 59), "/?slow=false").await;
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    let numbers: Vec<_> = answer["random"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_u64().unwrap())
        .collect();
    assert_eq!(numbers.len(), 59);
    assert!(numbers.iter().all(|number| *number <= 41), "{numbers:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_sleeps_ten_milliseconds_after_each_number() {
    let time = async |path: &str| {
        let start = tokio::time::Instant::now();
        ask(back(|| 30), path).await;
        start.elapsed().as_millis()
    };
    assert_eq!(time("/").await, 0);
    assert!((300..=330).contains(&time("/?slow=true").await));
    assert_eq!(time("/?slow=1").await, 0);
}

#[tokio::test]
async fn any_other_path_is_not_found() {
    assert_eq!(ask(back(|| 1), "/nope").await.0, StatusCode::NOT_FOUND);
}
