//! The workspace `examples`: the shop, and the tests' programs that use the same crates.

use std::{path::PathBuf, process::Command};

use crate::{Result, root, target_folder};

/// Builds a program of the workspace and returns its path.
///
/// # Errors
///
/// If it does not build, with what the compiler says.
pub fn build_example(name: &str) -> Result<PathBuf> {
    cargo_in_examples("build", &["--bin", name])?;
    Ok(folder()?.join("debug").join(name))
}

/// Runs a command of cargo on the whole workspace: on a single member, cargo would build the dependencies again, with
/// fewer features.
///
/// # Errors
///
/// If it fails, with all that it says.
pub fn cargo_in_examples(command: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new("cargo")
        .args([command, "--quiet", "--locked", "--workspace"])
        .args(arguments)
        .arg("--target-dir")
        .arg(folder()?)
        .current_dir(root().join("examples"))
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    Err(format!("cargo {command} {arguments:?}: {said}").into())
}

/// Returns the folder into which cargo builds it, as it does for `make shop`.
fn folder() -> Result<PathBuf> {
    Ok(target_folder()?.join("examples"))
}
