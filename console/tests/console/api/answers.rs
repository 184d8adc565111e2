//! What every answer has in common: a request id, and a request that was read to its end.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::json;

use super::segment;
use crate::support::{Answer, Console};

/// Method, path, headers, body, and the status of the answer.
type Case = (
    &'static str,
    &'static str,
    Vec<(&'static str, &'static str)>,
    Vec<u8>,
    u16,
);

/// Whatever can be answered.
fn cases() -> Vec<Case> {
    let small = || b"{}".to_vec();
    vec![
        ("POST", "/Groups", vec![], small(), 200),
        ("POST", "/EncryptionConfig", vec![], small(), 200),
        ("GET", "/", vec![], vec![], 200),
        ("GET", "/livez", vec![], vec![], 200),
        ("POST", "/CreateGroup", vec![], small(), 400),
        (
            "POST",
            "/ListRetrievedTraces",
            vec![],
            br#"{"RetrievalToken":"x"}"#.to_vec(),
            404,
        ),
        ("POST", "/NoSuchOperation", vec![], small(), 400),
        ("GET", "/NoSuchPage", vec![], vec![], 404),
        ("PUT", "/Groups", vec![], small(), 404),
        (
            "POST",
            "/Groups",
            vec![("Host", "evil.example")],
            small(),
            403,
        ),
        (
            "POST",
            "/Groups",
            vec![("Origin", "http://evil.example")],
            small(),
            403,
        ),
        (
            "POST",
            "/Groups",
            vec![("Content-Encoding", "br")],
            small(),
            415,
        ),
        (
            "POST",
            "/v1/traces",
            vec![
                ("Content-Type", "application/json"),
                ("Content-Encoding", "br"),
            ],
            small(),
            415,
        ),
        (
            "POST",
            "/v1/traces",
            vec![("Content-Type", "text/plain")],
            small(),
            415,
        ),
        (
            "POST",
            "/v1/traces",
            vec![("Content-Type", "application/json")],
            vec![b' '; 9 << 20],
            413,
        ),
        ("POST", "/TraceSegments", vec![], vec![b' '; 9 << 20], 400),
    ]
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let console = Console::start();
    let mut ids = BTreeSet::new();
    for (method, path, headers, body, status) in cases() {
        let answer = console.ask(method, path, &headers, &body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        let id = answer.header("x-amzn-requestid").unwrap().to_owned();
        let lengths: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(ids.insert(id));
    }
}

#[test]
fn a_coding_that_is_not_read_is_named() {
    let console = Console::start();
    let mut coded = vec![];
    for (path, kind) in [
        ("/Groups", "application/json"),
        ("/v1/traces", "application/x-protobuf"),
    ] {
        let headers = [("Content-Type", kind), ("Content-Encoding", "br")];
        let answer = console.ask("POST", path, &headers, b"{}");
        assert_eq!(answer.status, 415);
        for part in ["br", "gzip", "zstd"] {
            assert!(answer.text().contains(part), "{}", answer.text());
        }
        coded.push(answer);
    }
    assert_eq!(
        coded[0].header("x-amzn-errortype"),
        Some("UnsupportedMediaTypeException")
    );
    // `identity` changes nothing, wherever it stands; two codings are not read.
    for (headers, status) in [
        (vec!["gzip", "gzip"], 415),
        (vec!["gzip, br"], 415),
        (vec!["identity", "br"], 415),
        (vec!["identity", "identity"], 200),
        (vec!["identity, "], 200),
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|coding| ("Content-Encoding", *coding))
            .collect();
        let answer = console.ask("POST", "/Groups", &headers, b"{}");
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text());
    }
    // One that is read is read by every operation.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(json!({ "GroupName": "packed" }).to_string().as_bytes())
        .unwrap();
    let answer = console.ask(
        "POST",
        "/CreateGroup",
        &[("Content-Encoding", "gzip")],
        &gzip.finish().unwrap(),
    );
    assert_eq!(answer.json()["Group"]["GroupName"], "packed");
}

/// Writes the head, then the body byte by byte, each in a packet of its own, then reads the answer.
fn write_slowly(console: &Console, path: &str, headers: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(console.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let host = if headers.contains("Host:") {
        String::new()
    } else {
        format!("Host: {}\r\n", console.address)
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\n{host}{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    for byte in body {
        // Whoever closed the connection meanwhile would make this fail.
        stream.write_all(&[*byte]).unwrap();
        std::thread::yield_now();
    }
    // The connection is kept: another request goes over it.
    let next = format!(
        "POST /GetSamplingRules HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        console.address
    );
    stream.write_all(next.as_bytes()).unwrap();
    let mut answers = Vec::new();
    stream.read_to_end(&mut answers).unwrap();
    let text = String::from_utf8_lossy(&answers);
    assert_eq!(text.matches("HTTP/1.1 ").count(), 2, "{path}: {text}");
    assert!(text.contains("SamplingRuleRecords"), "{path}: {text}");
    Answer::read(&answers)
}

#[test]
fn a_client_that_writes_head_and_body_apart_byte_by_byte_gets_its_answer() {
    let console = Console::start();
    let mut body = b"{}".to_vec();
    body.resize(300, b' ');
    for (path, headers, status) in [
        ("/EncryptionConfig", "", 200),
        ("/GetTraceSegmentDestination", "", 200),
        ("/NoSuchOperation", "", 400),
        ("/status", "", 400),
        ("/Groups", "Host: evil.example\r\n", 403),
        ("/Groups", "Content-Encoding: br\r\n", 415),
        ("/v1/traces", "Content-Type: text/plain\r\n", 415),
        ("/clear", "", 204),
    ] {
        let answer = write_slowly(&console, path, headers, &body);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[test]
fn coverage_is_a_part_also_where_a_callee_outlives_its_caller() {
    let console = Console::start();
    let id = "1-00000064-e7d1852db8c4fd35d88bf49a";
    let call = r#","subsegments":[{"name":"put","id":"00000000000000bb","start_time":100.1,"end_time":100.2,"namespace":"remote"}]"#;
    console.take(&[
        segment(100, call),
        format!(
            r#"{{"name":"worker","id":"00000000000000cc","parent_id":"00000000000000bb","trace_id":"{id}","start_time":100.25,"end_time":103.5}}"#
        ),
    ]);
    let request = json!({ "StartTime": 0, "EndTime": 200 });
    let answer = console.call("TraceSummaries", &request);
    let services = &answer["TraceSummaries"][0]["ResponseTimeRootCauses"][0]["Services"];
    let mut coverages = vec![];
    for service in services.as_array().unwrap() {
        for entity in service["EntityPath"].as_array().unwrap() {
            coverages.push(entity["Coverage"].as_f64().unwrap());
        }
    }
    // The worker is at it for half of the time that the caller took.
    assert_eq!(coverages.len(), 3, "{services}");
    assert_eq!((coverages[0], coverages[2]), (1.0, 0.5), "{services}");
    assert!((coverages[1] - 0.2).abs() < 1e-6, "{services}");
}

#[test]
fn an_exception_without_type_or_message_leaves_the_member_out() {
    let console = Console::start();
    let cause = r#","fault":true,"cause":{"exceptions":[{"id":"00000000000000aa","message":"m"},{"id":"00000000000000ab","type":"T"},{"id":"00000000000000ac"}]}"#;
    console.take(&[segment(100, cause)]);
    let answer = console.call("TraceSummaries", &json!({ "StartTime": 0, "EndTime": 200 }));
    let path = &answer["TraceSummaries"][0]["FaultRootCauses"][0]["Services"][0]["EntityPath"];
    assert_eq!(
        path[0]["Exceptions"],
        json!([{ "Message": "m" }, { "Name": "T" }, {}])
    );
}
