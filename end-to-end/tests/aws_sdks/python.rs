//! The SDK for Python, with a validator of answers, and capo-xray, a client that writes head and body separately.
//! Needs Python with `python/requirements.txt`.

use std::process::Command;

use end_to_end::Result;

use super::{folder, makes_every_call};

fn client(script: &str) -> Command {
    let mut python = Command::new("python3");
    python.arg(folder("python").join(script));
    python
}

#[tokio::test]
async fn boto3_makes_every_call_and_every_answer_is_valid() -> Result<()> {
    makes_every_call(client("client.py")).await
}

#[tokio::test]
async fn capo_makes_every_call_and_reads_every_answer() -> Result<()> {
    makes_every_call(client("capo.py")).await
}
