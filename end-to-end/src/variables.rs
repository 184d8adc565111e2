//! The environment variables that a program reads.

use std::collections::BTreeSet;

use crate::{Program, Result};

/// Returns the variables that a program's `--help` names, and those that it reads without naming them there.
///
/// # Errors
///
/// If it does not start.
pub async fn variables_of(program: &'static str) -> Result<BTreeSet<String>> {
    let mut running = Program::start(program, &["--help"], &[])?;
    if !running.ended().await?.success() {
        return Err(format!("{program} --help fails").into());
    }
    let is_letter =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let help = running.lines().join("\n");
    let words = help
        .split(|letter| !is_letter(letter))
        .filter(|word| word.len() > 3 && (word.contains('_') || *word == "FAULTS"));
    Ok(words.map(str::to_owned).collect())
}
