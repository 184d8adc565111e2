//! The SDK for Go, and the requests of tools that use it. Needs Go.

mod grafana;
mod terraform;

use std::{path::PathBuf, process::Command, sync::OnceLock};

use end_to_end::Result;

use super::{build, built, folder, makes_every_call};

/// Builds the program, once for all tests, and returns what starts it.
fn client() -> Result<Command> {
    static BUILT: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| program().map_err(|error| error.to_string()));
    Ok(Command::new(built.as_ref().map_err(String::as_str)?))
}

fn program() -> Result<PathBuf> {
    let program = built("go")?.join("client");
    let mut go = Command::new("go");
    build(
        go.args(["build", "-o"])
            .arg(&program)
            .current_dir(folder("go")),
    )?;
    Ok(program)
}

#[tokio::test]
async fn makes_every_call_and_reads_every_answer() -> Result<()> {
    makes_every_call(client()?).await
}
