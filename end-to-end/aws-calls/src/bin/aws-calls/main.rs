//! Makes calls with AWS's SDK for Rust at the address that is its first argument, each in a segment of its own, and
//! writes a line for each: its name, its trace, and how it went.

mod clients;
mod dynamodb;
mod failures;
mod messages;
mod objects;
mod steps;
mod unsampled;

use std::env;

use xray::Config;

use clients::Clients;
use steps::{Result, Steps};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let endpoint = env::args().nth(1).ok_or("the address is missing")?;
    let tracing = xray::start(&Config::from_env("shop", &xray::environment)?)?;
    let clients = Clients::new(&tracing, &endpoint);
    let steps = Steps::new(&tracing);
    dynamodb::make_calls(&steps, &clients.dynamodb).await?;
    messages::make_calls(&steps, &clients).await?;
    objects::make_calls(&steps, &clients.s3).await?;
    failures::make_calls(&steps, &clients).await?;
    unsampled::make_call(&tracing, &clients.dynamodb).await;
    Ok(())
}
