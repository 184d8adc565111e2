//! Traces as spans of both forms.

use segment::{Document, tree::Trace};
use serde_json::{Value, json};

use super::*;

const ID: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";

fn compiled(documents: &[String]) -> Trace<'_> {
    let documents = documents
        .iter()
        .map(|text| Document::decode_borrowed(text).unwrap());
    Trace::compile(ID.parse().unwrap(), documents)
}

fn front(more: &Value) -> String {
    let mut front = json!({ "name": "front", "id": "000000000000000a", "trace_id": ID, "start_time": 1.5, "end_time": 2.0 });
    for (member, value) in more.as_object().unwrap() {
        front[member] = value.clone();
    }
    front.to_string()
}

#[test]
fn a_span_has_what_its_document_says() {
    let documents = [front(&json!({
        "fault": true, "user": "u", "origin": "AWS::EKS::Container", "service": { "version": "7" },
        "http": { "request": { "method": "GET", "url": "http://a/b" }, "response": { "status": 500 } },
        "cause": { "exceptions": [{ "id": "00000000000000aa", "type": "Bad", "message": "no cart", "stack": [{ "path": "a.rs", "line": 3, "label": "f" }] }] },
        "annotations": { "count": 3, "tier": "gold" }, "metadata": { "default": { "k": [1] } },
        "aws": { "eks": { "pod": "p-1" } },
        "subsegments": [{ "name": "put", "id": "000000000000000b", "start_time": 1.5, "end_time": 1.75, "namespace": "aws",
            "aws": { "operation": "PutItem", "table_name": "carts", "region": "eu-west-1" },
            "subsegments": [{ "name": "gen", "id": "000000000000000c", "start_time": 1.5, "in_progress": true }] }],
    }))];
    let trace = compiled(&documents);
    let spans: Vec<Value> = Format::OpenTelemetry
        .spans(&trace)
        .iter()
        .map(|span| {
            let document: Value = serde_json::from_str(&span.document).unwrap();
            assert_eq!(document["spanId"], span.id.as_str());
            document
        })
        .collect();
    let [front, put, inner] = &spans[..] else {
        panic!("{spans:#?}");
    };
    let resource = json!({ "service.name": "front", "service.version": "7", "aws.xray.origin": "AWS::EKS::Container", "k8s.pod.name": "p-1" });
    assert_eq!(
        *front,
        json!({
            "traceId": "5f84c7a1e7d1852db8c4fd35d88bf49a", "spanId": "000000000000000a", "name": "front", "kind": "SERVER", "flags": 1,
            "startTimeUnixNano": 1_500_000_000, "endTimeUnixNano": 2_000_000_000, "durationNano": 500_000_000,
            "scope": { "name": "", "version": "" }, "resource": { "attributes": resource },
            "status": { "code": "ERROR", "message": "no cart" },
            "events": [{ "name": "exception", "timeUnixNano": 2_000_000_000, "attributes": { "exception.type": "Bad",
                "exception.message": "no cart", "exception.stacktrace": "Bad: no cart\n\tat f (a.rs:3)" } }],
            "attributes": { "enduser.id": "u", "http.request.method": "GET", "url.full": "http://a/b", "http.response.status_code": 500,
                "aws.xray.annotations": ["count", "tier"], "tier": "gold", "count": 3, "aws.xray.metadata.default": "{\"k\":[1]}" },
        })
    );
    assert_eq!(put["parentSpanId"], "000000000000000a");
    assert_eq!(
        (&put["kind"], &put["status"], &put["resource"]["attributes"]),
        (&json!("CLIENT"), &json!({ "code": "UNSET" }), &resource)
    );
    assert_eq!(
        put["attributes"],
        json!({ "aws.operation": "PutItem", "aws.dynamodb.table_names": ["carts"], "cloud.region": "eu-west-1" })
    );
    assert_eq!(
        (&inner["parentSpanId"], &inner["kind"], &inner["attributes"]),
        (
            &json!("000000000000000b"),
            &json!("INTERNAL"),
            &json!({ "aws.xray.inprogress": true })
        )
    );
}

#[test]
fn a_segment_that_is_too_long_is_followed_by_its_subsegments() {
    let subsegment = |number: u32, inner: Value| json!({ "name": "s", "id": format!("{number:016x}"), "start_time": 1.5, "end_time": 1.6, "metadata": { "default": { "m": "m".repeat(60_000) } }, "subsegments": inner });
    let many = |from: u32| (from..from + 4).map(|number| subsegment(number, json!([])));
    let below: Vec<Value> = many(100).collect();
    let documents = [
        front(&json!({})),
        json!({ "type": "subsegment", "parent_id": "000000000000000a", "trace_id": ID, "name": "large", "id": "00000000000000ff", "start_time": 1.5, "end_time": 1.9 }).to_string(),
    ];
    // Each comes by itself, and together they are too long for one document.
    let single = below.iter().enumerate().map(|(index, one)| {
        let mut one = one.clone();
        one["trace_id"] = ID.into();
        one["type"] = "subsegment".into();
        one["parent_id"] = "00000000000000ff".into();
        one["name"] = format!("s{index}").into();
        one.to_string()
    });
    let documents: Vec<String> = documents.into_iter().chain(single).collect();
    let trace = compiled(&documents);
    let spans = Format::XRay.spans(&trace);
    let ids: Vec<_> = spans.iter().map(|span| span.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "000000000000000a",
            "00000000000000ff",
            "0000000000000064",
            "0000000000000065",
            "0000000000000066",
            "0000000000000067"
        ]
    );
    // Put together again they are the same trace.
    let texts: Vec<String> = spans
        .into_iter()
        .map(|span| {
            assert!(span.document.len() <= MAX_SPAN);
            span.document
        })
        .collect();
    assert_eq!(compiled(&texts), trace);
}
