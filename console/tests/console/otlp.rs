//! OTLP over HTTP and in datagrams.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use console::{Config, Further};
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::{Value, json};

use crate::support::{Console, ask, node};

fn body() -> Value {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": [
            { "traceId": "5f84c7a10102030405060708090a0b0c", "spanId": "0101010101010101", "name": "GET /", "kind": 2,
              "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000" },
            { "traceId": "5f84c7a10102030405060708090a0b0c", "spanId": "0202020202020202", "parentSpanId": "0101010101010101", "name": "GET", "kind": 3,
              "startTimeUnixNano": "1700000000100000000", "endTimeUnixNano": "1700000000900000000",
              "attributes": [{ "key": "server.address", "value": { "stringValue": "bank" } }] },
        ] }],
    }] })
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");

#[test]
fn spans_over_http_make_the_same_map_as_documents() {
    let console = Console::start();
    // A media type has no case.
    let kind = ("Content-Type", "Application/JSON; charset=utf-8");
    let answer = console.ask("POST", "/v1/traces", &[kind], body().to_string().as_bytes());
    assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
    let spans = console.graph();
    console.ask("POST", "/clear", &[], b"");
    console.take(&[
        r#"{"trace_id":"1-5f84c7a1-0102030405060708090a0b0c","id":"0101010101010101","name":"shop","start_time":1700000000,"end_time":1700000001,
            "subsegments":[{"id":"0202020202020202","name":"bank","namespace":"remote","start_time":1700000000.1,"end_time":1700000000.9}]}"#,
    ]);
    assert_eq!(console.graph(), spans);
    assert_eq!(spans["Services"].as_array().unwrap().len(), 3);
    node(&spans, "bank", "remote");
}

#[test]
fn a_whole_number_beyond_64_bits_is_kept_as_a_double() {
    let console = Console::start();
    // As OpenTelemetry's exporter for Node.js writes numbers.
    let numbers = r#"[{"key":"hash","value":{"intValue":18446744073709552000}},{"key":"large","value":{"intValue":1e+300}},
        {"key":"small","value":{"intValue":-9223372036854776000}},{"key":"exact","value":{"intValue":9223372036854775807}}]"#;
    let mut body = body();
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = json!("numbers");
    let body = body.to_string().replace("\"numbers\"", numbers);
    let answer = console.ask("POST", "/v1/traces", &[JSON], body.as_bytes());
    assert_eq!(answer.text(), "{}");
    let ids = json!({ "TraceIds": ["1-5f84c7a1-0102030405060708090a0b0c"] });
    let trace = console.call("Traces", &ids).to_string();
    for number in [
        r#"\"hash\":1.8446744073709552e+19"#,
        r#"\"large\":1e+300"#,
        r#"\"small\":-9.223372036854776e+18"#,
        r#"\"exact\":9223372036854775807"#,
    ] {
        assert!(trace.contains(number), "{number}: {trace}");
    }
}

#[test]
fn spans_that_are_none_are_counted_and_told() {
    let console = Console::start();
    let mut body = body();
    body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] = "00".into();
    let answer = console
        .ask("POST", "/v1/traces", &[JSON], body.to_string().as_bytes())
        .json();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1");
    assert!(
        answer["partialSuccess"]["errorMessage"]
            .as_str()
            .unwrap()
            .contains("traceId")
    );
    let status = console.get("/status").json();
    assert_eq!(
        status["documents"],
        json!({ "accepted": 1, "warned": {}, "refused": { "InvalidSpan": 1 }, "duplicates": 0 })
    );
    assert_eq!(console.get("/wire").json()["datagrams"][0]["via"], "otlp");
}

#[test]
fn what_cannot_be_read_of_a_span_is_told_with_its_value() {
    let console = Console::start();
    for (member, value, told) in [
        // Protobuf's own JSON has ids in base64.
        (
            "traceId",
            json!("AAECAwQFBgcICQoLDA0ODw=="),
            "traceId is \"AAECAwQFBgcICQoLDA0ODw==\", not 32 hex",
        ),
        ("spanId", json!(7), "spanId is 7, not 16 hex"),
        (
            "parentSpanId",
            json!("AAECAwQFBgc="),
            "parentSpanId is \"AAECAwQFBgc=\", not 16 hex",
        ),
        (
            "startTimeUnixNano",
            json!("now"),
            "startTimeUnixNano is missing, or no number",
        ),
        (
            "startTimeUnixNano",
            Value::Null,
            "startTimeUnixNano is missing, or no number",
        ),
    ] {
        let mut body = body();
        body["resourceSpans"][0]["scopeSpans"][0]["spans"][1][member] = value;
        let answer = console.ask("POST", "/v1/traces", &[JSON], body.to_string().as_bytes());
        let partial = &answer.json()["partialSuccess"];
        assert_eq!(partial["rejectedSpans"], "1", "{member}");
        assert!(
            partial["errorMessage"].as_str().unwrap().contains(told),
            "{partial}"
        );
    }
    // A whole number may have an exponent.
    let body = body()
        .to_string()
        .replace("\"1700000000000000000\"", "1.7e18");
    let answer = console.ask("POST", "/v1/traces", &[JSON], body.as_bytes());
    assert_eq!(answer.text(), "{}");
}

#[test]
fn who_sends_metrics_or_logs_is_told_how_to_stop() {
    let console = Console::start();
    for (path, variable) in [
        ("/v1/metrics", "OTEL_METRICS_EXPORTER"),
        ("/v1/logs", "OTEL_LOGS_EXPORTER"),
    ] {
        for kind in [JSON, PROTOBUF] {
            let answer = console.ask("POST", path, &[kind], b"{}");
            assert_eq!(answer.status, 404);
            assert_eq!(answer.header("content-type"), Some(kind.1));
            assert!(
                answer.text().contains(&format!("set {variable}=none")),
                "{}",
                answer.text()
            );
        }
    }
}

#[test]
fn bodies_of_another_kind_are_refused_in_their_form() {
    let console = Console::start();
    let answer = console.ask("POST", "/v1/traces", &[JSON], b"{");
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!(3)));
    let answer = console.ask("POST", "/v1/traces", &[PROTOBUF], b"\xff");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (400, Some("application/x-protobuf"))
    );
    assert!(answer.text().contains("ExportTraceServiceRequest"));
    assert_eq!(
        console
            .ask("POST", "/v1/traces", &[("Content-Type", "text/plain")], b"")
            .status,
        415
    );
    assert_eq!(
        console.ask("POST", "/v1/traces", &[PROTOBUF], b"").status,
        200
    );
}

#[test]
fn an_address_for_otlp_alone_serves_nothing_else() {
    let console = Console::start_with(Config {
        otlp: Some(Further::At(([127, 0, 0, 1], 0).into())),
        ..Config::default()
    });
    let otlp = console.otlp.unwrap();
    assert_eq!(
        ask(
            otlp,
            "POST",
            "/v1/traces",
            &[JSON],
            body().to_string().as_bytes()
        )
        .status,
        200
    );
    assert_eq!(ask(otlp, "GET", "/status", &[], b"").status, 404);
    assert_eq!(
        ask(
            otlp,
            "POST",
            "/v1/traces",
            &[JSON, ("Origin", "http://evil.example")],
            b"{}"
        )
        .status,
        403
    );
    assert_eq!(console.graph()["Services"].as_array().unwrap().len(), 3);
}

#[test]
fn compressed_spans_are_taken_in_either_form_and_no_bomb_is() {
    let console = Console::start();
    let bomb = vec![b' '; 64 * 1024 * 1024];
    for (name, coded) in CODINGS {
        let coding = ("Content-Encoding", name);
        console.ask("POST", "/clear", &[], b"");
        let before = console.get("/status").json()["documents"]["accepted"].as_u64();
        for (kind, body) in [
            (JSON, body().to_string().into_bytes()),
            (PROTOBUF, STANDARD.decode(REQUEST).unwrap()),
        ] {
            let answer = console.ask("POST", "/v1/traces", &[kind, coding], &coded(&body));
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        }
        let after = console.get("/status").json()["documents"]["accepted"].as_u64();
        assert_eq!(after, before.map(|before| before + 3), "{name}");
        for (body, status) in [(&coded(&bomb)[..], 413), (b"nothing of this kind", 400)] {
            let answer = console.ask("POST", "/v1/traces", &[JSON, coding], body);
            assert_eq!(answer.status, status, "{name}: {}", answer.text());
        }
    }
    let unknown = [JSON, ("Content-Encoding", "br")];
    let answer = console.ask("POST", "/v1/traces", &unknown, b"{}");
    assert_eq!(answer.status, 415);
    assert!(answer.text().contains("zstd"), "{}", answer.text());
    assert_eq!(console.get("/livez").status, 200);
}

/// Writes a body in a coding.
type Code = fn(&[u8]) -> Vec<u8>;

/// The codings by their names, and what writes them.
pub(crate) const CODINGS: [(&str, Code); 3] = [
    ("gzip", |body| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }),
    ("deflate", |body| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }),
    ("zstd", |body| {
        compress_to_vec(body, CompressionLevel::Fastest)
    }),
];

/// The request of the reader's own tests, smallest form: one resource, one span of the service `span`.
pub(crate) const REQUEST: &str =
    "CjsSORI3ChBfhMehAQIDBAUGBwgJCgsMEggBAQEBAQEBASoFR0VUIC8wAjkAACo2/pyXF0EAysRx/pyXFw==";

#[test]
fn otlp_in_a_datagram_is_a_trace() {
    let console = Console::start();
    for prefix in ["T1S", "T1U"] {
        console.take(&[format!("{prefix}{REQUEST}")]);
    }
    let status = console.get("/status").json();
    assert_eq!(
        status["documents"],
        json!({ "accepted": 2, "warned": {}, "refused": {}, "duplicates": 1 }),
        "{status:#}"
    );
    assert_eq!(status["last"]["via"], "otlp");
    console.take(&["T1S%%%"]);
    assert_eq!(
        console.get("/status").json()["documents"]["refused"],
        json!({ "InvalidSpan": 1 })
    );
    console.take(&["M1CgA="]);
    assert_eq!(
        console.get("/status").json()["documents"]["refused"],
        json!({ "InvalidSpan": 1, "OtlpMetrics": 1 })
    );
}
