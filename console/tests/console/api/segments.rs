//! `PutTraceSegments` and `PutTelemetryRecords`.

use serde_json::json;

use super::segment;
use crate::support::Console;

#[test]
fn segments_are_put_one_by_one_and_refusals_are_told() {
    let console = Console::start();
    let answer = console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": [segment(1, ""), "{}", segment(2, "").replace(r#""end_time":2.5"#, r#""end_time":1"#)] }),
    );
    let unprocessed = answer["UnprocessedTraceSegments"].as_array().unwrap();
    assert_eq!(unprocessed.len(), 2);
    assert_eq!(
        (&unprocessed[0]["ErrorCode"], unprocessed[0].get("Id")),
        (&json!("MissingId"), None)
    );
    assert_eq!(
        (&unprocessed[1]["ErrorCode"], &unprocessed[1]["Id"]),
        (&json!("InvalidEndTime"), &json!("0000000000000003"))
    );
    assert_eq!(console.get("/status").json()["last"]["via"], "api");
}

#[test]
fn documents_are_bounded_in_number() {
    let console = Console::start();
    let put = |count: usize| {
        let documents = json!({ "TraceSegmentDocuments": vec![""; count] }).to_string();
        console.ask("POST", "/TraceSegments", &[], documents.as_bytes())
    };
    let answer = put(1_000);
    let unprocessed = answer.json()["UnprocessedTraceSegments"].clone();
    assert_eq!(unprocessed.as_array().unwrap().len(), 1_000);
    // Beyond the second number nothing more is read.
    for (count, words) in [
        (10_000, "more than 1000 members"),
        (400_000, "the body has more than 50000 values"),
    ] {
        let answer = put(count);
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
}

#[test]
fn what_daemons_say_of_themselves_is_added_up() {
    let console = Console::start();
    let records = json!({ "TelemetryRecords": [
        { "Timestamp": 1.5, "SegmentsSentCount": 3 },
        { "Timestamp": 2.5, "SegmentsReceivedCount": 7, "SegmentsSentCount": 2, "SegmentsRejectedCount": 1,
          "SegmentsSpilloverCount": 1, "BackendConnectionErrors": { "TimeoutCount": 2, "HTTPCode5XXCount": 1 } },
    ] });
    assert_eq!(console.call("TelemetryRecords", &records), json!({}));
    assert_eq!(
        console.get("/status").json()["telemetry"],
        json!({ "records": 2, "segments_received": 7, "segments_sent": 5, "segments_rejected": 1,
                "segments_spilled_over": 1, "connection_errors": 3 })
    );
}
