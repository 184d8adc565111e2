//! The environment variables that a program reads.

use std::collections::BTreeSet;

use crate::{Program, Result};

/// Returns the variables that a program's `--help` names.
///
/// # Errors
///
/// If it does not start.
pub async fn variables_of(program: &'static str) -> Result<BTreeSet<String>> {
    let mut program = Program::start(program, &["--help"], &[])?;
    if !program.ended().await?.success() {
        return Err("--help fails".into());
    }
    let lines = program.lines();
    let is_letter =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let anywhere = lines
        .iter()
        .flat_map(|line| line.split(|letter| !is_letter(letter)))
        .filter(|word| word.len() > 5 && word.contains('_'));
    // A name without an underscore is told from an emphasis by its place: first, below "Variables of …".
    let first = lines
        .iter()
        .skip_while(|line| !line.starts_with("Variables"))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .map(|word| word.trim_end_matches(','))
        .filter(|word| !word.is_empty() && word.chars().all(is_letter));
    Ok(anywhere.chain(first).map(str::to_owned).collect())
}
