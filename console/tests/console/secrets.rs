//! What leaves the machine has no secrets: what the subcommands say, which is pasted into tickets and kept by CI, and a trace
//! that is exported.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::Console;

/// Where nobody listens, with credentials.
const NOBODY: &str = "http://app:hunter2@127.0.0.1:1";

/// Runs a subcommand and returns all that it says.
fn say(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let Output { stdout, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_console"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8([stdout, stderr].concat()).unwrap()
}

#[test]
fn a_console_that_does_not_answer_is_named_without_its_password() {
    let id = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
    for arguments in [&["trace", id][..], &["traces"], &["map"]] {
        let said = say(&[arguments, &["--console", NOBODY]].concat(), &[]);
        assert!(
            said.contains("@127.0.0.1:1") && !said.contains("hunter2"),
            "{said}"
        );
        let said = say(arguments, &[("XRAY_CONSOLE_URL", NOBODY)]);
        assert!(
            said.contains("@127.0.0.1:1") && !said.contains("hunter2"),
            "{said}"
        );
    }
    let wrong = "https://app:hunter2@console.example";
    let said = say(&["traces"], &[("XRAY_CONSOLE_URL", wrong)]);
    assert!(
        said.contains("@console.example") && !said.contains("hunter2"),
        "{said}"
    );
}

#[test]
fn the_doctor_names_addresses_without_their_passwords() {
    let otlp = ("OTEL_TRACES_EXPORTER", "otlp");
    for (arguments, variables) in [
        (&["--console", NOBODY][..], &[][..]),
        (&["--daemon", "app:hunter2@127.0.0.1:1"], &[]),
        (&["--daemon", NOBODY], &[]),
        (&[], &[("AWS_XRAY_DAEMON_ADDRESS", NOBODY)]),
        (&[], &[otlp, ("OTEL_EXPORTER_OTLP_ENDPOINT", NOBODY)]),
        (
            &[],
            &[
                otlp,
                (
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                    "https://app:hunter2@127.0.0.1:1/x",
                ),
            ],
        ),
        (
            &[],
            &[(
                "OTEL_TRACES_SAMPLER_ARG",
                "endpoint=https://app:hunter2@127.0.0.1:1",
            )],
        ),
        (
            &[],
            &[(
                "OTEL_TRACES_SAMPLER_ARG",
                "endpoint=http://app:hunter2@127.0.0.1:1",
            )],
        ),
    ] {
        for form in [&[][..], &["--json"]] {
            let said = say(
                &[&["doctor", "--wait", "0"], arguments, form].concat(),
                variables,
            );
            assert!(
                !said.is_empty() && !said.contains("hunter2"),
                "{arguments:?} {variables:?}: {said}"
            );
        }
    }
}

#[test]
fn documents_for_others_lose_their_secrets_and_nothing_else() {
    let document = json!({
        "name": "shop", "id": "53995c3f42cd8ad8", "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a",
        "start_time": 1_602_534_561.123_456_7, "end_time": 1_602_534_562, "fault": true,
        "http": { "request": { "method": "GET", "url": "https://app:hunter2@shop.example/reset?token=hunter2&page=2" },
            "response": { "status": 500, "content_length": 7 } },
        "annotations": { "order": 9_007_199_254_740_993_i64, "api_key": "hunter2" },
        "metadata": { "default": { "headers": { "Authorization": "Basic aHVudGVyMg==", "Cookie": "sid=hunter2" },
            "environment": "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/hunter2", "password": 1234 } },
        "cause": { "exceptions": [{ "id": "00000000000000ee", "type": "Denied",
            "message": "login failed for postgres://app:hunter2@db/shop",
            "stack": [{ "path": "shop.rs", "line": 7, "label": "pay" }] }] },
        "subsegments": [
            { "name": "shop@db", "id": "0000000000000001", "start_time": 1, "end_time": 2, "namespace": "remote", "sql": {
                "connection_string": "Server=db;User Id=sa;Password=hunter2",
                "sanitized_query": "SELECT id FROM users WHERE name = 'alice' AND password = 'hunter2'" } },
            { "name": "photos", "id": "0000000000000002", "start_time": 1, "end_time": 2, "namespace": "aws",
                "aws": { "operation": "GetObject", "bucket_name": "photos", "key": "2026/11/portrait.png" } },
        ],
    });
    let console = Console::start();
    let ask = |body: &Value| console.ask("POST", "/hidden", &[], body.to_string().as_bytes());
    let answer = ask(&json!({ "documents": [document.to_string(), "{}"] })).json();
    let texts: Vec<_> = answer["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    let hidden: Value = serde_json::from_str(texts[0]).unwrap();
    for secret in ["hunter2", "aHVudGVyMg", "wJalr", "1234"] {
        assert!(
            !texts[0].replace("1234567", "").contains(secret),
            "{secret}: {hidden:#}"
        );
    }
    assert_eq!(texts[1], "{}");
    for place in [
        "/start_time",
        "/end_time",
        "/fault",
        "/http/response",
        "/annotations/order",
        "/cause/exceptions/0/stack",
        "/subsegments/1",
    ] {
        assert_eq!(hidden.pointer(place), document.pointer(place), "{place}");
    }
    for (place, shown) in [
        (
            "/http/request/url",
            "https://app:***@shop.example/reset?token=***&page=2",
        ),
        (
            "/cause/exceptions/0/message",
            "login failed for postgres://app:***@db/shop",
        ),
        (
            "/subsegments/0/sql/sanitized_query",
            "SELECT id FROM users WHERE name = 'alice' AND password = '***'",
        ),
    ] {
        assert_eq!(hidden.pointer(place).unwrap(), shown);
    }
    for wrong in [
        json!({}),
        json!({ "documents": ["{"] }),
        json!({ "documents": [{}] }),
        json!([]),
    ] {
        assert_eq!(ask(&wrong).status, 400, "{wrong}");
    }
}
