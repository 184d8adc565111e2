//! A Lambda function. `MODE` says what runs: `run`, `run_concurrent`, or `http`.
//!
//! An event is a text: `fail` and `panic` are obeyed, everything else is answered.

use std::env;

use lambda_runtime::{Error, LambdaEvent, service_fn, tower::Layer};
use xray::Config;

async fn handler(event: LambdaEvent<String>) -> Result<String, Error> {
    work(&event.payload).await?;
    Ok(event.payload)
}

async fn respond(request: lambda_http::Request) -> Result<lambda_http::Response<String>, Error> {
    work(request.uri().path()).await?;
    Ok(lambda_http::Response::new("done".to_owned()))
}

/// A subsegment by the library and one by `tracing`.
#[tracing::instrument(skip_all)]
async fn work(event: &str) -> Result<(), Error> {
    xray::subsegment("count", async { tokio::task::yield_now().await }).await;
    match event {
        "fail" => Err("no funds".into()),
        "panic" => panic!("out of stock"),
        _ => Ok(()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let tracing = xray::start(&Config::from_env("orders", &xray::environment)?)?;
    let layer = xray_lambda::layer(&tracing);
    let mode = env::var("MODE")?;
    match mode.as_str() {
        "run" => lambda_runtime::run(layer.layer(service_fn(handler))).await,
        "run_concurrent" => lambda_runtime::run_concurrent(layer.layer(service_fn(handler))).await,
        "http" => lambda_http::run(layer.layer(service_fn(respond))).await,
        mode => Err(format!("MODE={mode}: run, run_concurrent or http").into()),
    }
}
