//! The log lines of a trace: from files that are written, rotated and truncated, and from a pipe.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use console::Config;
use serde_json::Value;

use crate::support::{Console, ask};

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const HEX: &str = "5f84c7a1e7d1852db8c4fd35d88bf49a";

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "console-logs-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn console(files: &[&PathBuf]) -> Console {
    Console::start_with(Config {
        logs: files.iter().map(|file| (*file).clone()).collect(),
        ..Config::default()
    })
}

fn append(file: &PathBuf, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn line(second: u8, message: &str) -> String {
    format!(
        "{{\"timestamp\":\"2026-11-22T19:43:{second:02}.5Z\",\"level\":\"INFO\",\"message\":\"{message}\",\"trace_id\":\"{HEX}\"}}\n"
    )
}

fn messages(console: &Console, id: &str) -> Vec<String> {
    let answer = console.get(&format!("/logs/{id}")).json();
    let lines = answer["lines"].as_array().unwrap().iter();
    lines
        .map(|line| line["message"].as_str().unwrap_or("?").to_owned())
        .collect()
}

#[track_caller]
fn expect(console: &Console, expected: &[&str]) {
    console.wait_for(|console| messages(console, ID) == expected);
}

#[test]
fn lines_are_found_by_either_spelling_with_the_query_for_aws() {
    let folder = Folder::new();
    let [front, back] = ["front.log", "back.log"].map(|name| folder.file(name));
    append(
        &front,
        &(line(3, "third") + "no trace\n" + &line(1, "first")),
    );
    append(&back, &format!("back | {}", line(2, "second")));
    let console = console(&[&front, &back]);
    expect(&console, &["first", "second", "third"]);
    assert_eq!(messages(&console, HEX), messages(&console, ID));

    console.take(&[format!(
        r#"{{"name":"front","id":"00000000000000a1","trace_id":"{ID}","start_time":1000.5,"end_time":1001.5}}"#
    )]);
    let answer = console.get(&format!("/logs/{HEX}")).json();
    assert_eq!(answer["trace_id"], ID);
    assert_eq!(answer["lines"][1]["source"], back.to_str().unwrap());
    assert_eq!(answer["lines"][1]["at"], 1_795_376_582.5);
    assert_eq!(answer["lines"][1]["level"], "INFO");
    assert_eq!(
        (&answer["start"], &answer["end"]),
        (&940.5.into(), &1061.5.into())
    );
    let query = answer["query"].as_str().unwrap();
    assert!(query.contains(ID) && query.contains(HEX), "{query}");

    let status = &console.get("/status").json()["logs"];
    assert_eq!(
        (&status["read"], &status["untraced"], &status["lines"]),
        (&4.into(), &1.into(), &3.into())
    );
    assert_eq!(status["sources"][0]["state"], "reading");
    assert!(
        console
            .get("/metrics")
            .text()
            .contains("xray_console_log_lines_read_total 4")
    );
    assert_eq!(console.ask("POST", "/clear", &[], b"").status, 204);
    expect(&console, &[]);
}

/// Of a file that is larger than what is held, only the end is read: without its first line, which is a part of one.
#[test]
fn a_file_of_more_than_is_held_is_read_from_its_last_32_mib_on() {
    let folder = Folder::new();
    let file = folder.file("large.log");
    append(&file, &line(1, "long ago"));
    let cut = line(2, "cut");
    let after = [line(3, "a"), line(4, "b")].concat();
    // What lies between takes no room on the disk. The last 32 MiB begin in the middle of the line that is cut.
    let grow = |bytes: usize| {
        let file = OpenOptions::new().write(true).open(&file).unwrap();
        let size = file.metadata().unwrap().len();
        file.set_len(size + bytes as u64).unwrap();
    };
    grow(1024 * 1024);
    append(&file, &format!("\n{cut}"));
    grow(32 * 1024 * 1024 - cut.len() / 2 - 1 - after.len());
    append(&file, &format!("\n{after}"));
    let console = console(&[&file]);
    expect(&console, &["a", "b"]);
    append(&file, &line(5, "c"));
    expect(&console, &["a", "b", "c"]);
}

#[test]
fn a_file_may_come_later_grow_be_truncated_and_be_replaced() {
    let folder = Folder::new();
    let file = folder.file("later.log");
    let console = console(&[&file]);
    let state =
        |console: &Console| console.get("/status").json()["logs"]["sources"][0]["state"].clone();
    console.wait_for(|console| state(console) == "waiting");

    append(&file, &line(1, "a"));
    expect(&console, &["a"]);
    // A line counts when it has ended.
    let next = line(2, "b");
    append(&file, &next[..20]);
    append(&file, &next[20..]);
    expect(&console, &["a", "b"]);

    // As logrotate's copytruncate does.
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&file)
        .unwrap();
    append(&file, &line(3, "c"));
    expect(&console, &["a", "b", "c"]);

    // As others rotate: the last lines still go to the old file.
    let mut old = OpenOptions::new().append(true).open(&file).unwrap();
    fs::rename(&file, folder.file("later.log.1")).unwrap();
    old.write_all(line(4, "d").as_bytes()).unwrap();
    expect(&console, &["a", "b", "c", "d"]);
    append(&file, &line(5, "e"));
    expect(&console, &["a", "b", "c", "d", "e"]);
}

#[test]
fn traces_without_lines_and_consoles_without_logs_are_no_errors() {
    let console = Console::start();
    let answer = console.get(&format!("/logs/{ID}")).json();
    assert_eq!(
        (&answer["lines"], &answer["sources"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    assert_eq!(answer["start"], Value::Null);
    assert_eq!(console.get("/status").json()["logs"], Value::Null);
    assert_eq!(console.get("/logs/nothing").status, 400);
}

#[test]
fn the_standard_input_is_read_until_it_ends() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_console"))
        .args(["--listen", "127.0.0.1:0", "--logs", "-"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    let address = said
        .split(['/', ' '])
        .find_map(|word| word.parse().ok())
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(line(1, "piped").as_bytes()).unwrap();
    drop(input);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let status = loop {
        let status = ask(address, "GET", "/status", &[], b"").json()["logs"].clone();
        if status["sources"][0]["state"] == "ended" || std::time::Instant::now() > deadline {
            break status;
        }
    };
    let answer = ask(address, "GET", &format!("/logs/{ID}"), &[], b"").json();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status["sources"][0]["state"], "ended");
    assert_eq!(answer["lines"][0]["message"], "piped");
}
