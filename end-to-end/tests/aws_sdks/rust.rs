//! The SDK for Rust. Needs only cargo.

use std::process::Command;

use end_to_end::{Result, build_example};

use super::makes_every_call_and_tells_a_part;

#[tokio::test]
async fn makes_every_call_and_reads_every_answer() -> Result<()> {
    let client = Command::new(build_example("clients")?);
    makes_every_call_and_tells_a_part(client).await
}
