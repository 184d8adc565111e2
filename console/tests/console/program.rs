//! The program itself.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use crate::support::ask;

fn console(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_console"));
    command
        .args(arguments)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_listens_and_ends_when_asked_to() {
    let mut running = Running(console(&["--listen", "127.0.0.1:0"]).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line
        .trim()
        .strip_prefix("console listening on http://")
        .unwrap();
    let (address, to_set) = address.split_once(" (UDP and TCP): set ").unwrap();
    let variable = format!("AWS_XRAY_DAEMON_ADDRESS={address}, or OTEL_EXPORTER_OTLP_ENDPOINT=");
    assert!(to_set.starts_with(&variable), "{line}");
    let address = address.parse().unwrap();
    assert_eq!(ask(address, "GET", "/readyz", &[], b"").status, 200);
    let killed = Command::new("kill")
        .args(["-TERM", &running.0.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn a_port_in_use_names_itself_and_the_flag() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in [
        &mut console(&["--listen", &address]),
        console(&[]).env("XRAY_CONSOLE_LISTEN", &address),
    ] {
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(
            error.contains(&address) && error.contains("--listen"),
            "{error}"
        );
    }
}

#[test]
fn settings_that_are_none_stop_the_start() {
    for (arguments, part) in [
        (&["--listen", "nowhere"][..], "ADDRESS:PORT"),
        (&["--max-bytes", "lots"], "whole number"),
        (&["--unknown"], "--unknown"),
    ] {
        let mut child = console(arguments).spawn().unwrap();
        let mut error = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut error)
            .unwrap();
        assert!(!child.wait().unwrap().success());
        assert!(error.contains(part), "{error}");
    }
    let output = console(&["--listen", "127.0.0.1:0"])
        .env("RUST_LOG", "a=b=c")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("RUST_LOG=\"a=b=c\": write a level")
    );
}

#[test]
fn help_explains_itself() {
    let output = console(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "XRAY_CONSOLE_LISTEN",
        "127.0.0.1:2000",
        "rmem_max",
        "--forward",
        "--allow-host",
        "--otlp",
        "--otlp-grpc",
        "--endpoint-url",
    ] {
        assert!(help.contains(part), "{part} is not in\n{help}");
    }
}

#[test]
fn help_of_a_subcommand_has_no_marks_of_the_documentation() {
    for subcommand in ["trace", "traces", "map", "watch", "expect", "doctor"] {
        let output = console(&[subcommand, "--help"]).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Usage: console"), "{help}");
        assert!(!help.contains("<http"), "{help}");
    }
}
