//! Makes calls with AWS's SDK for Rust at the address that is its first argument, each in a segment of its own, and
//! writes a line for each: its name, its trace, and how it went.

mod clients;
mod steps;

use std::env;

use serde_json::json;
use xray::{Config, trace_header};

use clients::Clients;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let endpoint = env::args().nth(1).ok_or("the address is missing")?;
    let tracing = xray::start(&Config::from_env("shop", &xray::environment)?)?;
    let clients = Clients::new(&tracing, &endpoint);
    for step in steps::all() {
        let made = async {
            let header = trace_header().ok_or("no trace")?;
            let outcome = step.make(&clients).await;
            Ok::<_, Failure>((header, outcome))
        };
        let (header, outcome) = tracing.segment(step.name(), made).await?;
        println!(
            "{}",
            json!({ "step": step.name(), "header": header, "outcome": outcome })
        );
    }
    let (header, outcome) = steps::unsampled(&tracing, &clients).await;
    println!(
        "{}",
        json!({ "step": "unsampled", "header": header, "outcome": outcome })
    );
    Ok(())
}
