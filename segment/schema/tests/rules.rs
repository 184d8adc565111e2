//! The schema takes what AWS's SDKs send, and refuses a document that breaks any one rule.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::path::Path;

use segment_schema::check;
use serde_json::{Value, json};

/// A segment that has everything.
fn segment() -> Value {
    json!({
        "name": "shop_1.2:3/4%5&6#7=8+9\\10-11@注文 é", "id": "df6d4ea37eb22ed0",
        "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "parent_id": "53995c3f42cd8ad8",
        "start_time": 1_795_370_196.998_4, "end_time": 1_795_370_197,
        "error": true, "throttle": true, "fault": false,
        "user": "ann", "origin": "AWS::EKS::Container", "resource_arn": "arn:aws:eks:x",
        "service": { "version": "1", "runtime": "rustc", "compiler_version": "1.88" },
        "http": {
            "request": { "method": "GET", "url": "http://shop/", "client_ip": "::1", "user_agent": "curl", "x_forwarded_for": true },
            "response": { "status": 429, "content_length": -1 }
        },
        "aws": {
            "account_id": "1", "cloudwatch_logs": [{ "log_group": "shop", "arn": "arn:aws:logs:x" }],
            "ec2": { "instance_id": "i-1" }, "ecs": { "container": "c" }, "eks": { "pod": "p" },
            "elastic_beanstalk": { "deployment_id": 7 },
            "xray": { "sdk": "X-Ray for Rust", "auto_instrumentation": true, "sampling_rule_name": "Default" }
        },
        "cause": {
            "working_directory": "/", "paths": ["/app"],
            "exceptions": [{
                "id": "1d9b5c3a5f0f1f5e", "message": "no", "type": "io::Error", "remote": false, "truncated": 1, "skipped": 0,
                "cause": "2d9b5c3a5f0f1f5e", "stack": [{ "path": "src/main.rs", "line": 1, "label": "main" }]
            }]
        },
        "links": [{ "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49b", "id": "53995c3f42cd8ad9", "attributes": { "a": [1] } }],
        "annotations": { "tier.of_2": "gold", "count": 1.5, "is_new": true },
        "metadata": { "default": { "cart": [{ "id": null }] } },
        "subsegments": [{
            "name": "api.example", "id": "7b5be4623362ebca", "start_time": 1_795_370_196.999, "end_time": 1_795_370_197,
            "namespace": "remote", "precursor_ids": ["53995c3f42cd8ad8"], "cause": "1d9b5c3a5f0f1f5e",
            "http": { "request": { "traced": true } },
            "sql": { "url": "pg://db", "sanitized_query": "select ?", "preparation": "statement" },
            "aws": { "operation": "GetItem", "table_names": ["cart"], "retries": 0, "consistent_read": true },
            "subsegments": [{ "name": "x", "id": "76db1ece42a5a7c8", "start_time": 1_795_370_197, "in_progress": true }]
        }]
    })
}

fn independent() -> Value {
    json!({
        "name": "job", "id": "7b5be4623362ebca", "type": "subsegment", "start_time": 1, "in_progress": true,
        "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "parent_id": "53995c3f42cd8ad8"
    })
}

/// Puts `value` where `path` says, making what leads there; `null` takes the member away.
fn change(document: &mut Value, path: &str, value: &Value) {
    let (parent, last) = path.rsplit_once('/').unwrap();
    let parent = document
        .pointer_mut(parent)
        .unwrap_or_else(|| panic!("there is no {parent}"));
    match (parent, value) {
        (Value::Object(members), Value::Null) => {
            members.remove(last).unwrap();
        }
        (Value::Object(members), value) => {
            members.insert(last.to_owned(), value.clone());
        }
        (Value::Array(values), value) => values[last.parse::<usize>().unwrap()] = value.clone(),
        (other, _) => panic!("{other} has no members"),
    }
}

/// What breaks a rule, one at a time.
fn mistakes() -> impl Iterator<Item = (&'static str, Value)> {
    let all = [
        of_the_segment(),
        of_its_blocks(),
        of_its_data(),
        of_its_subsegments(),
    ];
    all.into_iter().flatten()
}

fn long(length: usize) -> Value {
    "x".repeat(length).into()
}

fn of_the_segment() -> Vec<(&'static str, Value)> {
    vec![
        ("/name", Value::Null),
        ("/name", json!("")),
        ("/name", long(201)),
        ("/name", json!("shop (prod)")),
        ("/name", json!("GET /items/{id}")),
        ("/name", json!("🦀")),
        ("/name", json!(7)),
        ("/id", Value::Null),
        ("/id", json!("df6d4ea37eb22ed")),
        ("/id", json!("df6d4ea37eb22ed00")),
        ("/id", json!("0000000000000000")),
        ("/id", json!("zf6d4ea37eb22ed0")),
        ("/id", json!("7b5be4623362ebca")),
        ("/trace_id", Value::Null),
        ("/trace_id", json!("5f84c7a1e7d1852db8c4fd35d88bf49a")),
        ("/trace_id", json!("2-5f84c7a1-e7d1852db8c4fd35d88bf49a")),
        ("/trace_id", json!("1-00000000-000000000000000000000000")),
        ("/parent_id", json!("")),
        ("/start_time", Value::Null),
        ("/start_time", json!("1795370196")),
        ("/start_time", json!(-1)),
        ("/start_time", json!(1_795_370_196_998_i64)),
        ("/end_time", Value::Null),
        ("/end_time", json!(1_795_370_196)),
        ("/in_progress", json!(true)),
        ("/in_progress", json!("true")),
        ("/type", json!("segment")),
        ("/namespace", json!("remote")),
        ("/precursor_ids", json!([])),
        ("/sql", json!([])),
        ("/throttled", json!(true)),
        ("/error", json!(1)),
        ("/error", json!(false)),
        ("/fault", json!("true")),
        ("/user", long(251)),
        ("/user", json!(1)),
        ("/origin", long(251)),
    ]
}

fn of_its_blocks() -> Vec<(&'static str, Value)> {
    vec![
        ("/service/version", json!(1)),
        ("/service/name", json!("shop")),
        ("/http/request/url", long(251)),
        ("/http/request/user_agent", long(251)),
        ("/http/request/status", json!(200)),
        ("/http/request/x_forwarded_for", json!("10.0.0.1")),
        ("/http/request/traced", json!(true)),
        ("/http/response/status", json!("429")),
        ("/http/response/status", json!(429.5)),
        ("/http/response/content_length", json!(-2)),
        ("/http/url", json!("http://shop/")),
        ("/aws/accountId", json!("1")),
        ("/aws/account_id", json!(1)),
        ("/aws/eks/pods", json!("p")),
        ("/aws/ec2/instance_id", json!(1)),
        ("/aws/ecs/cluster", json!("c")),
        ("/aws/elastic_beanstalk/deployment_id", json!("7")),
        ("/aws/xray/auto_instrumentation", json!("true")),
        ("/aws/cloudwatch_logs/0/group", json!("x")),
        ("/cause", json!("it broke")),
        ("/cause", json!([])),
        ("/cause/exception", json!([])),
        ("/cause/exceptions/0/id", Value::Null),
        ("/cause/exceptions/0/id", json!("1")),
        ("/cause/exceptions/0/message", long(251)),
        ("/cause/exceptions/0/truncated", json!(-1)),
        ("/cause/exceptions/0/stack/0/line", json!("1")),
        ("/cause/exceptions/0/stack/0/column", json!(1)),
    ]
}

fn of_its_data() -> Vec<(&'static str, Value)> {
    let many = |count: usize| {
        (0..count)
            .map(|n| (n.to_string(), json!(n)))
            .collect::<Value>()
    };
    let link =
        json!({ "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49b", "id": "53995c3f42cd8ad9" });
    vec![
        ("/links", vec![link; 21].into()),
        ("/links/0/id", Value::Null),
        ("/links/0/span_id", json!("53995c3f42cd8ad9")),
        ("/annotations/a-b", json!(1)),
        ("/annotations/é", json!(1)),
        ("/annotations/", json!(1)),
        ("/annotations/tier", long(1_001)),
        ("/annotations/tier", json!([1])),
        ("/annotations/tier", json!({})),
        ("/annotations", many(51)),
        ("/metadata/cart", json!(1)),
    ]
}

fn of_its_subsegments() -> Vec<(&'static str, Value)> {
    vec![
        ("/subsegments", json!({})),
        ("/subsegments/0", json!("x")),
        ("/subsegments/0/name", json!("a{b}")),
        ("/subsegments/0/namespace", json!("global")),
        ("/subsegments/0/resource_arn", json!("arn:aws:eks:x")),
        ("/subsegments/0/precursor_ids/0", json!("1")),
        ("/subsegments/0/sql/preparation", json!("prepared")),
        ("/subsegments/0/sql/query", json!("select 1")),
        (
            "/subsegments/0/subsegments/0/end_time",
            json!(1_795_370_198),
        ),
        ("/subsegments/0/subsegments/0/in_progress", json!(false)),
        ("/subsegments/0/subsegments/0/id", json!("df6d4ea37eb22ed0")),
        ("/subsegments/0/subsegments/0/fautl", json!(true)),
    ]
}

#[test]
fn a_document_that_has_everything_is_taken_and_each_mistake_in_it_is_not() {
    check(&segment().to_string()).unwrap();
    check(&independent().to_string()).unwrap();
    for (path, value) in mistakes() {
        let mut document = segment();
        change(&mut document, path, &value);
        assert!(check(&document.to_string()).is_err(), "{path} = {value}");
    }
}

#[test]
fn an_independent_subsegment_must_say_where_it_belongs() {
    for member in ["/trace_id", "/parent_id"] {
        let mut document = independent();
        change(&mut document, member, &Value::Null);
        assert!(check(&document.to_string()).is_err(), "without {member}");
    }
}

#[test]
fn what_is_no_document_is_refused_and_named() {
    let large = format!("{}{}", segment(), " ".repeat(64 * 1024));
    for (document, reason) in [
        ("", "not JSON"),
        ("[]", "object"),
        ("{}", "name"),
        (large.as_str(), "more than 65536"),
    ] {
        let broken = check(document).unwrap_err();
        assert!(broken.to_string().contains(reason), "{broken}");
    }
}

#[test]
fn every_recorded_document_of_the_aws_sdks_is_accepted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end-to-end/documents");
    let mut count = 0;
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    // What others emit is not all as it should be, and lies in a folder of its own.
    for path in paths.filter(|path| path.is_file()) {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let (_, document) = line["datagram"].as_str().unwrap().split_once('\n').unwrap();
            check(document).unwrap_or_else(|broken| panic!("{}: {broken}", line["label"]));
            count += 1;
        }
    }
    assert!(count > 20, "{count} documents");
}
