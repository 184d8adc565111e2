//! What is made up wrong is found, with its file, its line and the path that says it.

use crate::{
    CONSOLE, circles,
    crates::Metadata,
    picture, rooms, root,
    source::{Source, from_disk},
};

/// Reads a crate in which one file begins with another line.
fn with(crate_root: &str, file: &str, line: &str) -> Source {
    let disk = from_disk(root());
    let read = |name: &str| {
        let text = disk(name)?;
        Some(if name == file { put(line, &text) } else { text })
    };
    Source::read(crate_root, &read).unwrap()
}

/// Puts a line behind the comments at a file's begin, which must stay there.
fn put(line: &str, text: &str) -> String {
    let is_comment = |line: &&str| line.starts_with("//!");
    let comments = text.lines().take_while(is_comment).count();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(comments, line);
    lines.join("\n")
}

#[track_caller]
fn one_says(wrong: &[String], parts: &[&str]) {
    let says = |said: &String| parts.iter().all(|part| said.contains(part));
    assert!(wrong.iter().any(says), "{parts:?} is not in {wrong:#?}");
}

#[test]
fn a_wrong_import_is_found_in_each_room() {
    for (file, line, path) in [
        (
            "receive/wire.rs",
            "use crate::serve::Console;",
            "crate::serve::Console",
        ),
        (
            "receive/intake.rs",
            "use crate::{Config as Settings};",
            "crate::Config",
        ),
        (
            "receive/otlp/json.rs",
            "fn made_up() { assert!(crate::run::made_up()) }",
            "crate::run::made_up",
        ),
        (
            "receive/logs.rs",
            "use axum::{Router, routing::get};",
            "axum::routing::get",
        ),
        (
            "serve/paging.rs",
            "use crate::command::{self};",
            "crate::command",
        ),
        (
            "serve/api/groups.rs",
            "use super::super::super::run::run;",
            "super::super::super::run::run",
        ),
        (
            "serve/page/status.rs",
            "fn made_up() -> reqwest::Url { todo!() }",
            "reqwest::Url",
        ),
        (
            "command/client.rs",
            "use crate::receive::intake::Intake;",
            "crate::receive::intake::Intake",
        ),
        ("command/trace/rows.rs", "use axum::Router;", "axum::Router"),
        ("run/sockets.rs", "use reqwest::Client;", "reqwest::Client"),
    ] {
        let file = format!("console/src/{file}");
        let wrong = rooms::check(&with(CONSOLE, &file, line));
        one_says(&wrong, &[&format!("{file}:"), path]);
    }
    let unlisted = with(CONSOLE, CONSOLE, "mod made_up {}");
    one_says(&rooms::check(&unlisted), &[CONSOLE, "made_up"]);
}

#[test]
fn a_circle_is_found_also_through_a_re_export_or_a_macro() {
    let traces = "traces/src/lib.rs";
    for (crate_root, file, line, path) in [
        (
            CONSOLE,
            "console/src/serve/error.rs",
            "use crate::serve::router::app;",
            "crate::serve::router::app",
        ),
        (
            CONSOLE,
            "console/src/receive/wire.rs",
            "use super::intake::Intake;",
            "super::intake::Intake",
        ),
        (
            traces,
            "traces/src/rules/rule.rs",
            "use super::RuleChange;",
            "super::RuleChange",
        ),
        (
            traces,
            "traces/src/summary.rs",
            "fn f() { format!(\"{:?}\", crate::store::Limits { traces: 1, bytes: 1 }); }",
            "crate::store::Limits",
        ),
        (
            traces,
            "traces/src/filter/subject.rs",
            "use super::evaluate as e;",
            "super::evaluate",
        ),
    ] {
        let source = with(crate_root, file, line);
        one_says(
            &circles::check(&[source]),
            &["circle", &format!("{file}:"), path],
        );
    }
}

#[test]
fn what_is_no_circle_is_let_be() {
    for line in [
        "use super::RuleError;",
        "use super::INTERVAL;",
        "use serde::Deserialize as D;",
        "#[cfg(test)] use super::RuleChange;",
    ] {
        let source = with("traces/src/lib.rs", "traces/src/rules/rule.rs", line);
        assert_eq!(circles::check(&[source]), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn a_picture_with_an_arrow_too_many_or_too_few_is_wrong() {
    let real = Metadata::read(root()).arrows();
    let mut drawn = real.clone();
    let first = drawn.pop_first().unwrap();
    drawn.insert(("segment".to_owned(), "xray".to_owned()));
    let wrong = picture::check(&drawn, &real);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    one_says(
        &wrong,
        &[&format!("{} --> {} is missing", first.0, first.1)],
    );
    one_says(&wrong, &["segment --> xray is not so"]);
    let text = "```mermaid\nflowchart TD\n  a --> b & c\n```\n";
    let arrows = [("a", "b"), ("a", "c")].map(|(from, to)| (from.to_owned(), to.to_owned()));
    assert_eq!(picture::arrows(text), arrows.into());
}
