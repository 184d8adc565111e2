//! `make test`: runs every test for which the tools are installed.

mod groups;

use std::{
    env,
    path::Path,
    process::{Command, Output},
    thread::{self, available_parallelism},
};

use crate::{
    Result,
    build::{self, cargo},
    command,
};
use groups::GROUPS;

/// End-to-end tests that compile programs of their own or fetch packages. They run beside the workspace's tests, of which
/// many wait; and what the other end-to-end tests measure is not disturbed by compilers.
const BUILDING: [&str; 7] = [
    "aws_calls::",
    "aws_sdks::",
    "grpc_and_databases::",
    "lambda::",
    "languages::",
    "shop::",
    "static_programs::",
];
/// The test that measures how fast the page draws, which other tests at the same time would disturb.
const MEASURES: &str = "browser::figures::large_traces_lists_and_maps_are_drawn_in_time";
/// What takes all that a machine has: `make attack`, and CI for some seconds.
const ATTACKS: &str = "attack::";
/// How many end-to-end tests run at once, for each core: most of them wait for programs and browsers.
const TESTS_PER_CORE: usize = 2;

/// Runs the tests. Names each group whose tools are missing with the command that installs them; with `CI=true` that
/// is a failure.
pub(crate) fn test() -> Result<()> {
    // The end-to-end tests use the programs of `make run`, which are built once.
    let programs = build::release(&build::PROGRAMS)?;
    let programs = programs["console"].parent().ok_or("no folder")?;
    let (skipped, left_out) = missing();
    command::run(&mut workspace_tests(programs, &["--tests", "--no-run"]))?;
    let mut building = end_to_end(programs, &BUILDING, &skipped)?;
    command::run(&mut workspace_tests(
        programs,
        &["--test", "end-to-end", "--no-run"],
    ))?;
    thread::scope(|scope| {
        let built = scope.spawn(move || building.output());
        let tested = command::run(&mut workspace_tests(programs, &["--tests"]));
        let built = built.join().map_err(|_| "a thread panicked")??;
        show(&built).and(tested)
    })?;
    let others = [&skipped, &BUILDING.map(str::to_owned)[..]].concat();
    command::run(&mut end_to_end(programs, &[], &others)?)?;
    if !skipped.iter().any(|module| module == "browser::") {
        let alone = ["--test", "end-to-end", "--", MEASURES, "--test-threads=1"];
        command::run(&mut workspace_tests(programs, &alone))?;
    }
    command::run(&mut workspace_tests(programs, &["--doc"]))?;
    for group in &left_out {
        println!("{group}");
    }
    if !left_out.is_empty() && env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(left_out.join("\n").into());
    }
    Ok(())
}

/// Returns the end-to-end tests to skip, and messages about those that lack a tool.
fn missing() -> (Vec<String>, Vec<String>) {
    let mut skipped = vec![MEASURES.to_owned(), ATTACKS.to_owned()];
    let mut left_out = Vec::new();
    for group in &GROUPS {
        if let Some(tool) = group.missing() {
            skipped.push(format!("{}::", group.module));
            left_out.push(format!(
                "skipped: {} tests, because {tool} is missing: {}",
                group.module, group.remedy
            ));
        }
    }
    (skipped, left_out)
}

/// Returns the command that runs the end-to-end tests of these modules, or all, without the skipped ones.
fn end_to_end(programs: &Path, modules: &[&str], skipped: &[String]) -> Result<Command> {
    let threads = available_parallelism()?.get() * TESTS_PER_CORE;
    let threads = format!("--test-threads={threads}");
    let mut tests = workspace_tests(programs, &["--test", "end-to-end", "--", &threads]);
    tests.args(modules);
    for module in skipped {
        tests.args(["--skip", module]);
    }
    Ok(tests)
}

/// Returns `cargo test` on the whole workspace: for a single package, cargo would build the dependencies again, with
/// fewer features. The end-to-end tests take the programs from a folder.
fn workspace_tests(programs: &Path, arguments: &[&str]) -> Command {
    let mut tests = cargo();
    tests.args(["test", "--locked", "--workspace"]);
    tests.args(arguments).env("END_TO_END_PROGRAMS", programs);
    tests
}

/// Prints what a command said; fails if it did.
fn show(output: &Output) -> Result<()> {
    println!("{}", String::from_utf8_lossy(&output.stdout));
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!("{errors}\nsome end-to-end tests failed: {}", output.status).into())
}
