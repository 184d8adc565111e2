//! Do the tests notice? Changes one number of a vector's `expect`, one port of a manifest or one variable of the
//! README at a time, runs the tests that should fail, and puts the file back. `make mutations`.
//!
//! `MUTATIONS` is how many of each part are tried, spread evenly over all that there are; `PART` is one part.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

mod mutant;
mod part;

use std::{env, process::ExitCode};

use end_to_end::Result;

use mutant::Verdict;
use part::Part;

/// How many of each part are tried, if nothing else is said.
const SAMPLE: usize = 40;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let sample = match env::var("MUTATIONS") {
        Ok(number) if !number.is_empty() => number
            .parse()
            .map_err(|error| format!("MUTATIONS={number}: {error}"))?,
        _ => SAMPLE,
    };
    let mut survivors = 0;
    for part in parts()? {
        survivors += examine(&part, sample).await?;
    }
    Ok(if survivors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn parts() -> Result<Vec<Part>> {
    let wanted = env::var("PART").unwrap_or_default();
    let parts: Vec<Part> = Part::all()?
        .into_iter()
        .filter(|part| wanted.is_empty() || part.name == wanted)
        .collect();
    if parts.is_empty() {
        return Err(format!("PART={wanted} is none of vectors, manifests, readme").into());
    }
    Ok(parts)
}

/// Tries a part's mutants and returns how many no test noticed.
async fn examine(part: &Part, sample: usize) -> Result<usize> {
    // A test that fails anyway notices nothing.
    let failing = part.failing().await?;
    if !failing.is_empty() {
        return Err(format!("{}: {failing:?} fail already", part.name).into());
    }
    let all = part.mutants.len();
    let number = sample.min(all);
    let mut survivors = 0;
    for index in 0..number {
        let mutant = &part.mutants[index * all / number];
        match mutant.attempt(part.failing()).await? {
            Verdict::Noticed(tests) => println!("{mutant} → {}", tests.join(", ")),
            Verdict::Survived => {
                survivors += 1;
                println!("{mutant} → NO TEST NOTICES");
            }
        }
    }
    println!(
        "{}: {number} of {all} tried, {} noticed, {survivors} not",
        part.name,
        number - survivors
    );
    Ok(survivors)
}
