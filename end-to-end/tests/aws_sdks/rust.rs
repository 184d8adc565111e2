//! The SDK for Rust, in its own project. Needs only cargo.

use std::process::Command;

use end_to_end::Result;

use super::{build, built, folder, makes_every_call_and_tells_a_part};

/// Builds the program and returns what starts it.
fn client() -> Result<Command> {
    let place = built("rust")?;
    let mut cargo = Command::new("cargo");
    let arguments = ["build", "--quiet", "--locked", "--target-dir"];
    build(
        cargo
            .args(arguments)
            .arg(&place)
            .current_dir(folder("rust")),
    )?;
    Ok(Command::new(place.join("debug/clients")))
}

#[tokio::test]
async fn makes_every_call_and_reads_every_answer() -> Result<()> {
    makes_every_call_and_tells_a_part(client()?).await
}
