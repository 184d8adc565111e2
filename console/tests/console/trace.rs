//! `console trace`, as a program.

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use serde_json::json;

use crate::support::Console;

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const HEX: &str = "5f84c7a1e7d1852db8c4fd35d88bf49a";

fn document() -> String {
    format!(
        r#"{{"name":"front","id":"00000000000000a1","trace_id":"{ID}","start_time":1.0,"end_time":1.1,"fault":true}}"#
    )
}

fn run(arguments: &[&str], input: &str) -> Output {
    run_with(&[], arguments, input)
}

fn run_with(variables: &[(&str, &str)], arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_console"))
        .arg("trace")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever stops before the input is read hangs up.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn shown(output: &Output) -> String {
    assert!(output.status.success(), "{}", words(&output.stderr));
    words(&output.stdout)
}

#[test]
fn a_trace_of_a_console_is_shown_by_either_spelling_of_its_id() {
    let console = Console::start();
    console.take(&[document()]);
    let url = format!("http://{}", console.address);
    let by_id = shown(&run(&[ID, "--console", &url], ""));
    assert!(
        by_id.starts_with(ID) && by_id.contains("✕ front"),
        "{by_id}"
    );
    assert!(!by_id.contains('\u{1b}'), "there is no terminal");
    assert_eq!(shown(&run(&[HEX, "--console", &url], "")), by_id);

    let other = ID.replace("5f84", "5f85");
    let output = run(&[&other, "--console", &url], "");
    let error = words(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains(&other) && error.contains(&url), "{error}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_saved_trace_is_shown_from_a_file_and_from_standard_input() {
    let console = Console::start();
    console.take(&[document()]);
    let answer = console
        .call("Traces", &json!({ "TraceIds": [ID] }))
        .to_string();
    for saved in [answer, document(), format!("[{}]", document())] {
        let drawn = shown(&run(&["--file", "-", "--width", "40"], &saved));
        assert!(drawn.contains("✕ front"), "{drawn}");
        assert!(
            drawn.lines().all(|line| line.chars().count() <= 40),
            "{drawn}"
        );
    }
    let path = std::env::temp_dir().join(format!("console-trace-{}.jsonl", std::process::id()));
    std::fs::write(&path, format!("{}\nnot json\n", document())).unwrap();
    let output = run(
        &[HEX, "--file", path.to_str().unwrap(), "--color", "always"],
        "",
    );
    std::fs::remove_file(&path).unwrap();
    assert!(shown(&output).contains("\u{1b}[31m✕"));
    assert!(words(&output.stderr).contains("line 2 was skipped"));
}

#[test]
fn the_variable_names_a_console_and_is_looked_at_only_where_it_counts() {
    let console = Console::start();
    console.take(&[document()]);
    let url = format!("http://{}", console.address);
    let by_id = shown(&run(&[ID, "--console", &url], ""));
    assert_eq!(
        shown(&run_with(&[("XRAY_CONSOLE_URL", &url)], &[ID], "")),
        by_id
    );
    // The front end's may be AWS's console, over TLS.
    let aws = [(
        "XRAY_CONSOLE_URL",
        "https://console.aws.amazon.com/xray/home",
    )];
    assert_eq!(shown(&run_with(&aws, &[ID, "--console", &url], "")), by_id);
    let from_file = shown(&run_with(&aws, &["--file", "-"], &document()));
    assert!(from_file.contains(ID), "{from_file}");
    let error = words(&run_with(&aws, &[ID], "").stderr);
    assert!(
        error.contains("XRAY_CONSOLE_URL=https://console.aws") && error.contains("TLS"),
        "{error}"
    );
    let empty = run_with(&[("XRAY_CONSOLE_URL", "")], &["--file", "-"], &document());
    assert_eq!(shown(&empty), from_file);
}

#[test]
fn what_cannot_be_shown_is_told_in_words() {
    // Nothing listens there: port 1 is nobody's.
    for (arguments, code, parts) in [
        (
            &["not-an-id"][..],
            2,
            &["not-an-id", "1-8 hex digits-24"][..],
        ),
        (&[], 2, &["<TRACE ID>"]),
        (
            &[ID, "--console", "https://eu-west-1.console.aws.amazon.com"],
            2,
            &["TLS"],
        ),
        (
            &[ID, "--console", "http://127.0.0.1:1"],
            1,
            &["127.0.0.1:1", "is the console running"],
        ),
        (
            &[ID, "--file", "/nowhere/trace.json"],
            1,
            &["/nowhere/trace.json"],
        ),
        (&[ID, "--file", "-"], 1, &[ID, "the standard input"]),
        (&["--file", "-"], 1, &["no segment document"]),
    ] {
        let output = run(arguments, "");
        let error = words(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        for part in parts {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
    }
}
