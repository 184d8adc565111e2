//! Builds the three programs and finds the binaries.

use std::{
    collections::HashMap,
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::Result;

/// The three programs, in the order in which they start.
pub(crate) const PROGRAMS: [&str; 3] = ["console", "backend", "frontend"];

/// A message of cargo about one artifact.
#[derive(Debug, Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    target: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// Builds programs with the release profile and returns their paths by their names. Cargo shows its progress.
///
/// They are named among the three, so that all have the same features of their dependencies, which are built once.
pub(crate) fn release(programs: &[&str]) -> Result<HashMap<String, PathBuf>> {
    let binaries = programs.iter().flat_map(|program| ["--bin", program]);
    let arguments: Vec<_> = ["--release"].into_iter().chain(binaries).collect();
    let built = build(&arguments)?;
    match programs
        .iter()
        .find(|program| !built.contains_key(**program))
    {
        Some(missing) => Err(format!("cargo built no {missing}").into()),
        None => Ok(built),
    }
}

/// Runs `cargo build`, which shows its progress, and returns the paths of what it built by their names.
pub(crate) fn build(arguments: &[&str]) -> Result<HashMap<String, PathBuf>> {
    let output = cargo()
        .args(["build", "--message-format=json-render-diagnostics"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the build failed".into());
    }
    let messages = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok());
    Ok(messages
        .filter_map(|message| Some((message.target?.name, message.executable?)))
        .collect())
}

/// Returns the cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
