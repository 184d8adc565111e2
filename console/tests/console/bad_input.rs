//! Invalid documents: each is refused with its code, or stored; the documents beside it are stored.

use serde_json::{Value, json};

use crate::support::{Console, always};

const GOOD: &str = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#;

/// The good document with one thing changed.
#[track_caller]
fn with(from: &str, to: &str) -> String {
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
            with(r#""name""#, r#""subsegments":{},"name""#),
            "InvalidDocument",
        ),
        (
            with(r#""name""#, r#""subsegments":[{"name":"x"}],"name""#),
            "MissingId",
        ),
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

/// The verdict and the reason of what came last.
fn last(console: &Console) -> (String, String) {
    let status = console.get("/status").json();
    let text = |member: &str| status["last"][member].as_str().unwrap().to_owned();
    (text("verdict"), text("reason"))
}

/// What is kept with a warning, with what is said of it.
fn odd() -> Vec<(String, &'static str)> {
    let twice = r#""subsegments":[{"name":"a","id":"000000000000000b","start_time":1,"end_time":2,"subsegments":[
        {"name":"b","id":"000000000000000b","start_time":1,"end_time":2}]}],"name""#;
    let embedded = r#""subsegments":[{"name":"a*","id":"000000000000000b","start_time":1,"end_time":2,"error":1}],"name""#;
    vec![
        (
            with(r#""name""#, r#""http":7,"name""#),
            "WrongType: http is 7, not an object",
        ),
        (
            with(r#""name""#, r#""fault":"yes","name""#),
            r#"WrongType: fault is "yes", not true or false"#,
        ),
        (
            with(r#""name""#, r#""annotations":["a"],"name""#),
            r#"WrongType: annotations is ["a"], not an object of texts, numbers and booleans"#,
        ),
        (
            with(r#""name""#, r#""annotations":{"a":1,"b":{}},"name""#),
            "WrongType: annotations.b is {}, not a text, a number, true or false",
        ),
        (
            with(
                r#""name""#,
                r#""http":{"response":{"status":"ok"},"more":[]},"name""#,
            ),
            r#"WrongType: http.response.status is "ok", not a whole number"#,
        ),
        (
            with(
                r#""name""#,
                r#""links":[{"attributes":7}],"cause":"none","name""#,
            ),
            r#"WrongType: links.attributes is 7, not an object, cause is "none", not an object with exceptions, or the id of one"#,
        ),
        (
            with("shop", "GET {id}"),
            "InvalidName: the name GET {id} has '{', which X-Ray refuses",
        ),
        (
            with(r#""name""#, twice),
            "DuplicateId: 000000000000000b is there twice",
        ),
        (
            with(r#""name""#, embedded),
            "InvalidName: the name a* has '*', which X-Ray refuses; WrongType: subsegments.error is 1, not true or false",
        ),
        (
            with(
                r#""name""#,
                r#""error":1,"fault":1,"throttle":1,"sql":1,"aws":1,"name""#,
            ),
            "WrongType: error is 1, not true or false, fault is 1, not true or false, throttle is 1, not true or false and 2 more",
        ),
    ]
}

#[test]
fn what_is_kept_with_a_warning_is_counted_and_shown_with_the_reason() {
    let console = Console::start();
    let odd = odd();
    for (document, reason) in &odd {
        console.take(&[document]);
        assert_eq!(last(&console), ("warned".to_owned(), (*reason).to_owned()));
    }
    for ordinary in [
        GOOD.to_owned(),
        with(
            r#""name""#,
            r#""unknown":{"deep":[[1]]},"http":null,"user":7,"name""#,
        ),
        with("shop", "größe 7: /a_b.c%&#=+\\\\-@"),
        with(
            r#""name""#,
            r#""cause":"00000000000000ab","aws":{"table_names":"t","own":{}},"name""#,
        ),
    ] {
        console.take(&[&ordinary]);
        assert_eq!(
            last(&console),
            ("accepted".to_owned(), String::new()),
            "{ordinary}"
        );
    }
    let status = console.get("/status").json();
    let documents = &status["documents"];
    assert_eq!(
        documents["warned"],
        json!({ "WrongType": 8, "InvalidName": 2, "DuplicateId": 1 })
    );
    assert_eq!(
        (&documents["accepted"], &documents["refused"]),
        (&json!(14), &json!({}))
    );
    assert_eq!(status["last_refused"], json!(null));
    let metrics = console.get("/metrics").text();
    let line = "xray_console_documents_warned_total{reason=\"WrongType\"} 8\n";
    assert!(metrics.contains(line), "{metrics}");
    let wire = console.get("/wire").json();
    let warned = wire["datagrams"].as_array().unwrap().iter();
    assert_eq!(
        warned.filter(|one| one["verdict"] == "warned").count(),
        odd.len()
    );
    // Whoever puts segments is told only of what was not kept.
    let put = console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": [odd[0].0] }),
    );
    assert_eq!(put["UnprocessedTraceSegments"], json!([]));
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
