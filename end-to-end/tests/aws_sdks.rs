//! AWS's SDKs with the console: each calls every operation of the API, and must read exactly what was on the wire.
//!
//! `clients/` has a small program for each SDK, which makes the calls that it is told. For its requirements, see each
//! module.

mod client;
mod go;
mod java;
mod node;
mod python;
mod rust;
mod scenario;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use end_to_end::{Console, Result, target_folder};

use client::{Client, Program, Reply, Wire};
use serde_json::Value;

/// Makes every call with a client and without one, each at a console of its own; what both read is the same.
async fn makes_every_call(program: Command) -> Result<()> {
    for (read, expected) in both(program).await? {
        assert_eq!(read, expected);
    }
    Ok(())
}

/// The same for a client that writes only a part of what it reads.
async fn makes_every_call_and_tells_a_part(program: Command) -> Result<()> {
    for ((operation, read), (_, expected)) in both(program).await? {
        let [part, whole] =
            [&read, &expected].map(|reply| reply.output.clone().unwrap_or_default());
        assert!(
            is_part(&part, &whole),
            "{operation}: {part:#} is not in {whole:#}"
        );
        let without_output = |reply: &Reply| Reply {
            output: None,
            ..reply.clone()
        };
        assert_eq!(without_output(&read), without_output(&expected));
    }
    Ok(())
}

/// Returns what a client read of each call, and what was on the wire.
async fn both(program: Command) -> Result<Vec<(scenario::Made, scenario::Made)>> {
    let (bare, console) = (Console::start().await?, Console::start().await?);
    let mut wire = Client::Wire(Wire::new(&bare));
    let expected = scenario::run(&mut wire).await?;
    let mut client = Client::Program(Box::new(Program::start(program, &console)?));
    let read = scenario::run(&mut client).await?;
    assert_eq!(read.len(), expected.len());
    Ok(read.into_iter().zip(expected).collect())
}

pub(crate) fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(_)) => part
            .iter()
            .all(|(name, value)| is_part(value, &whole[name])),
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len()
                && part
                    .iter()
                    .zip(whole)
                    .all(|(part, whole)| is_part(part, whole))
        }
        _ => part == whole,
    }
}

/// Returns the folder of a client's program.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(name)
}

/// Returns where a client's program is built, and makes the folder.
fn built(name: &str) -> Result<PathBuf> {
    let folder = target_folder()?.join("aws-clients").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs what builds a client's program.
fn build(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&said)).into())
}
