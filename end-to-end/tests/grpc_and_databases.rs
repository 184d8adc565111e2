//! The library with tonic, hyper-util, sqlx and tokio-postgres: the tests of `calls/`, a project of its own.
//!
//! Needs PostgreSQL's server, as Debian's `postgresql` has it; a test that runs as root needs its user `postgres`.

use std::{path::Path, process::Command};

use end_to_end::{Result, target_folder};

#[test]
fn are_on_the_map() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("calls");
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--quiet", "--locked", "--target-dir"]);
    let output = cargo
        .arg(target_folder()?.join("calls"))
        .current_dir(folder)
        .output()?;
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    Ok(())
}
