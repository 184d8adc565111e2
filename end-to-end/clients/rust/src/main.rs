//! Makes the calls of the standard input with AWS's SDK for Rust; see ../README.md.
//!
//! The SDK's types cannot be asked for their members, so each operation is spelled out, and of its answer what matters.

mod calls;
mod input;

use std::io::{BufRead as _, Write as _, stdin, stdout};

use aws_sdk_xray::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
};
use aws_smithy_http_client::Builder;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let endpoint = std::env::args().nth(1).ok_or("the address is missing")?;
    let config = aws_sdk_xray::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("none", "none", None, None, "none"))
        .retry_config(RetryConfig::disabled())
        .http_client(Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    for line in stdin().lock().lines() {
        let call: Value = serde_json::from_str(&line?)?;
        let operation = call["operation"].as_str().ok_or("no operation")?;
        let answer = match calls::make(&client, operation, &call["input"]).await? {
            Ok((id, output)) => json!({ "requestId": id, "output": output }),
            Err(refusal) => json!({
                "requestId": refusal.request_id,
                "error": refusal.code,
                "message": refusal.message,
                "status": refusal.status,
            }),
        };
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}
