//! Invalid documents: each is refused with its code, or stored; the documents beside it are stored.

use serde_json::{Value, json};

use crate::support::{Console, always};

pub(crate) const GOOD: &str = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#;

/// The good document with one thing changed.
#[track_caller]
pub(crate) fn with(from: &str, to: &str) -> String {
    let changed = GOOD.replacen(from, to, 1);
    assert_ne!(changed, GOOD, "{from}");
    changed
}

#[track_caller]
fn without(member: &str) -> String {
    let mut document: Value = serde_json::from_str(GOOD).unwrap();
    document.as_object_mut().unwrap().remove(member).unwrap();
    document.to_string()
}

fn nested(levels: usize) -> String {
    let inner = format!(r#","m":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    with("}", &inner)
}

/// What is refused, with its code.
fn refused() -> Vec<(String, &'static str)> {
    let part = r#""type":"subsegment","name""#;
    vec![
        ("no JSON".to_owned(), "InvalidJson"),
        ("7".to_owned(), "InvalidDocument"),
        (with(r#""shop""#, "7"), "InvalidName"),
        (with(r#""shop""#, r#""""#), "InvalidName"),
        (with("shop", &"x".repeat(60_000)), "InvalidName"),
        (with("000000000000000a", "a"), "InvalidId"),
        (with(r#""000000000000000a""#, "10"), "InvalidId"),
        (with("1-5f84c7a1-", "2-5f84c7a1-"), "InvalidTraceId"),
        (
            with(r#""start_time":1"#, r#""start_time":"1""#),
            "InvalidStartTime",
        ),
        (
            with(r#""start_time":1"#, r#""start_time":"NaN""#),
            "InvalidStartTime",
        ),
        (
            with(r#""start_time":1"#, r#""start_time":-1"#),
            "InvalidStartTime",
        ),
        (
            with(r#""start_time":1"#, r#""start_time":NaN"#),
            "InvalidJson",
        ),
        (
            with(r#""start_time":1"#, r#""start_time":1e999"#),
            "InvalidJson",
        ),
        (
            with(r#""end_time":2"#, r#""end_time":0.5"#),
            "InvalidEndTime",
        ),
        (
            with(r#""end_time":2"#, r#""end_time":[]"#),
            "InvalidEndTime",
        ),
        (with(r#""name""#, part), "MissingParentId"),
        (with(r#""name""#, r#""type":"thing","name""#), "InvalidType"),
        (
            with(r#""name""#, r#""parent_id":"x","name""#),
            "InvalidParentId",
        ),
        (
            with(r#""name""#, r#""subsegments":7,"name""#),
            "InvalidDocument",
        ),
        (
            with(r#""name""#, r#""subsegments":[{"name":"x"}],"name""#),
            "MissingId",
        ),
        (
            with(r#""name""#, r#""type":"subsegment","parent_id":{},"name""#),
            "MissingParentId",
        ),
        (
            with("1-5f84c7a1-e7d1852db8c4fd35d88bf49a", ""),
            "MissingTraceId",
        ),
        ("[]".to_owned(), "MissingId"),
        (without("name"), "MissingName"),
        (without("id"), "MissingId"),
        (without("trace_id"), "MissingTraceId"),
        (without("start_time"), "MissingStartTime"),
        (without("end_time"), "MissingEndTime"),
        (nested(5_000), "InvalidJson"),
        (with("shop", &"x".repeat(66_000)), "DocumentTooLarge"),
    ]
}

#[test]
fn every_bad_document_is_refused_with_its_code_and_costs_no_other_one() {
    let console = Console::start();
    for (number, (bad, code)) in refused().into_iter().enumerate() {
        let [before, after] = ["before", "after"].map(|name| {
            with("shop", name)
                .replace("49a", &format!("{:03x}", number + 1))
                .replace("0a\"", if name == "after" { "0b\"" } else { "0a\"" })
        });
        let answer = console.call(
            "TraceSegments",
            &json!({ "TraceSegmentDocuments": [before, bad, after] }),
        );
        let unprocessed = answer["UnprocessedTraceSegments"].as_array().unwrap();
        let codes: Vec<_> = unprocessed
            .iter()
            .map(|one| one["ErrorCode"].as_str().unwrap())
            .collect();
        let shown: String = bad.chars().take(200).collect();
        assert_eq!(codes, [code], "{shown}: {answer}");
        assert!(unprocessed[0]["Message"].as_str().unwrap().len() > 5);
    }
    let count = refused().len();
    let status = console.get("/status").json();
    assert_eq!(status["documents"]["accepted"], 2 * count);
    let counted: u64 = status["documents"]["refused"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(counted, count as u64);
    let summaries = console.call("TraceSummaries", &always());
    assert_eq!(summaries["TraceSummaries"].as_array().unwrap().len(), count);
}

#[test]
fn what_a_document_can_do_without_may_be_of_any_type_and_is_kept_as_it_is() {
    let console = Console::start();
    let odd = with(
        r#""name""#,
        r#""http":7,"aws":[],"cause":{"exceptions":"x"},"annotations":["a"],"metadata":"m","links":{},"user":{"a":1},"fault":"yes","sql":null,
           "service":1.5,"precursor_ids":7,"origin":["o"],"unknown":{"deep":[[1]]},"name""#,
    );
    console.take(&[&odd, &nested(100)]);
    let status = console.get("/status").json();
    assert_eq!(
        (
            &status["documents"]["accepted"],
            &status["documents"]["duplicates"]
        ),
        (&json!(2), &json!(1))
    );
    console.ask("POST", "/clear", &[], b"");
    console.take(&[&odd]);
    let traces = console.call(
        "Traces",
        &json!({ "TraceIds": ["1-5f84c7a1-e7d1852db8c4fd35d88bf49a"] }),
    );
    let document: Value = serde_json::from_str(
        traces["Traces"][0]["Segments"][0]["Document"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (&document["http"], &document["fault"], &document["unknown"]),
        (&json!(7), &json!("yes"), &json!({ "deep": [[1]] }))
    );
    assert_eq!(
        console.call("TraceSummaries", &always())["TraceSummaries"][0]["HasFault"],
        false
    );
}

#[test]
fn a_subsegment_without_parent_is_refused_as_x_ray_says_it() {
    let console = Console::start();
    let part = with(r#""name""#, r#""type":"subsegment","name""#);
    let answer = console.call("TraceSegments", &json!({ "TraceSegmentDocuments": [part] }));
    let message = answer["UnprocessedTraceSegments"][0]["Message"].as_str();
    assert!(
        message
            .unwrap()
            .starts_with("Invalid subsegment. ErrorCode: MissingParentId")
    );
}

#[test]
fn of_documents_with_one_id_the_later_one_counts_and_the_others_are_counted() {
    let console = Console::start();
    console.take(&[GOOD, &with("shop", "shop 2"), &with("shop", "shop 3")]);
    assert_eq!(console.get("/status").json()["documents"]["duplicates"], 2);
    let graph = console.graph();
    let names: Vec<_> = graph["Services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| &service["Name"])
        .collect();
    assert_eq!(names, [&json!("shop 3"); 2]);
}

#[test]
fn subsegments_may_nest_as_deep_as_a_document_has_room() {
    let console = Console::start();
    let deep = |levels: usize| {
        let open = |level: usize| {
            format!(
                r#","subsegments":[{{"name":"n","id":"{:016x}","start_time":1,"end_time":2"#,
                level + 100
            )
        };
        let open: Vec<String> = (0..levels).map(open).collect();
        let close = "}]".repeat(levels);
        with("}", &format!("{}{close}}}", open.concat()))
    };
    // JSON readers stop at 128 brackets, so that none can be made to overflow its stack.
    console.take(&[deep(60)]);
    assert_eq!(console.get("/status").json()["documents"]["accepted"], 1);
    console.take(&[deep(600)]);
    assert_eq!(
        console.get("/status").json()["documents"]["refused"],
        json!({ "InvalidJson": 1 })
    );
}
