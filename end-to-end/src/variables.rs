//! The environment variables that a program reads.

use std::collections::BTreeSet;

use crate::{Program, Result};

/// Returns the variables in the `--help` of a program and of its subcommands.
///
/// # Errors
///
/// Returns an error if it does not start.
pub async fn variables_of(program: &'static str) -> Result<BTreeSet<String>> {
    let lines = help(program, &["--help"]).await?;
    let mut variables = in_help(&lines);
    for subcommand in subcommands(&lines) {
        variables.extend(in_help(&help(program, &[subcommand, "--help"]).await?));
    }
    Ok(variables)
}

async fn help(program: &'static str, arguments: &[&str]) -> Result<Vec<String>> {
    let mut program = Program::start(program, arguments, &[])?;
    if !program.ended().await?.success() {
        return Err(format!("{arguments:?} fails").into());
    }
    Ok(program.lines())
}

/// Returns the first word of each line below "Commands:".
fn subcommands(lines: &[String]) -> impl Iterator<Item = &str> {
    let rest = lines.iter().skip_while(|line| *line != "Commands:").skip(1);
    rest.map_while(|line| line.split_whitespace().next())
}

fn in_help(lines: &[String]) -> BTreeSet<String> {
    let is_letter =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let anywhere = lines
        .iter()
        .flat_map(|line| line.split(|letter| !is_letter(letter)))
        .filter(|word| word.len() > 5 && word.contains('_'));
    // A name without an underscore is distinguished from an emphasis by its position: first in a line below
    // "Variables of …".
    let first = lines
        .iter()
        .skip_while(|line| !line.starts_with("Variables"))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .map(|word| word.trim_end_matches(','))
        .filter(|word| !word.is_empty() && word.chars().all(is_letter));
    anywhere.chain(first).map(str::to_owned).collect()
}
