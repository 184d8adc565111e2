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

/// Builds the programs with the release profile and returns their paths. Cargo shows its progress.
pub(crate) fn release() -> Result<HashMap<String, PathBuf>> {
    let packages = PROGRAMS.iter().flat_map(|program| ["-p", program]);
    let output = cargo()
        .args([
            "build",
            "--release",
            "--message-format=json-render-diagnostics",
        ])
        .args(packages)
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
