//! `make test`: runs every test for which the tools are installed.

mod groups;

use std::{
    collections::HashMap,
    env,
    path::{Path, PathBuf},
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
    let programs = build_all()?;
    let programs = programs["console"].parent().ok_or("no folder")?;
    let (skipped, left_out) = missing();
    let mut building = end_to_end(programs, &BUILDING, &skipped)?;
    thread::scope(|scope| {
        let built = scope.spawn(move || building.output());
        let tested = command::run(workspace_tests().arg("--tests"));
        let built = built.join().map_err(|_| "a thread panicked")??;
        show(&built).and(tested)
    })?;
    let others = [&skipped, &BUILDING.map(str::to_owned)[..]].concat();
    command::run(&mut end_to_end(programs, &[], &others)?)?;
    if !skipped.iter().any(|module| module == "browser::") {
        let mut alone = end_to_end_with(programs, 1);
        command::run(alone.arg(MEASURES))?;
    }
    command::run(workspace_tests().arg("--doc"))?;
    for group in &left_out {
        println!("{group}");
    }
    if !left_out.is_empty() && env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(left_out.join("\n").into());
    }
    Ok(())
}

/// Builds the programs of `make run`, which the end-to-end tests use, and all tests. Both at once: each build has stretches in
/// which one crate keeps all others waiting.
fn build_all() -> Result<HashMap<String, PathBuf>> {
    thread::scope(|scope| {
        let programs = scope.spawn(|| build::release(&build::PROGRAMS));
        let tests = [
            &["--tests", "--no-run"][..],
            &["--test", "end-to-end", "--no-run"],
        ];
        let tests = tests
            .into_iter()
            .try_for_each(|tests| command::run(workspace_tests().args(tests)));
        let programs = programs.join().map_err(|_| "a thread panicked")??;
        tests.map(|()| programs)
    })
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
    let mut tests = end_to_end_with(programs, threads);
    tests.args(modules);
    for module in skipped {
        tests.args(["--skip", module]);
    }
    Ok(tests)
}

/// Returns the command that runs end-to-end tests, so many at once, which take the programs from a folder.
fn end_to_end_with(programs: &Path, threads: usize) -> Command {
    let mut tests = workspace_tests();
    tests.args(["--test", "end-to-end", "--"]);
    tests.arg(format!("--test-threads={threads}"));
    tests.env("END_TO_END_PROGRAMS", programs);
    tests
}

/// Returns `cargo test` on the whole workspace: for a single package, cargo would build the dependencies again, with
/// fewer features.
fn workspace_tests() -> Command {
    let mut tests = cargo();
    tests.args(["test", "--locked", "--workspace"]);
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
