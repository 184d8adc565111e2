//! Documents that are kept with a warning: what X-Ray would refuse, or take and not index.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::{
    bad_input::{GOOD, with},
    support::{Console, always},
};

/// The verdict and the reason of what came last.
fn last(console: &Console) -> (String, String) {
    let status = console.get("/status").json();
    let text = |member: &str| status["last"][member].as_str().unwrap().to_owned();
    (text("verdict"), text("reason"))
}

/// So many annotations.
fn keys(count: u32) -> String {
    let keys: Vec<_> = (0..count).map(|key| format!(r#""k{key}":1"#)).collect();
    keys.join(",")
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
            "InvalidAnnotation: annotations.b is {}, not a text, a number, true or false",
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

/// What breaks X-Ray's limits, or what emitters write that AWS does not document.
fn beyond() -> Vec<(String, &'static str)> {
    vec![
        (
            with(
                r#""name""#,
                r#""annotations":{"order-id":7,"":1,"Köln":2,"a b":3,"fine_1.x":4},"name""#,
            ),
            r#"InvalidAnnotation: annotations has the key "order-id"; X-Ray indexes 1 to 500 letters, digits, _ and ., annotations has the key ""; X-Ray indexes 1 to 500 letters, digits, _ and ., annotations has the key "Köln"; X-Ray indexes 1 to 500 letters, digits, _ and . and 1 more"#,
        ),
        (
            with(
                r#""name""#,
                &format!(r#""annotations":{{"a":"{}"}},"name""#, "é".repeat(1_200)),
            ),
            "InvalidAnnotation: annotations.a has 1200 characters; X-Ray indexes 1000",
        ),
        (
            with(
                r#""name""#,
                &format!(r#""annotations":{{{}}},"name""#, keys(51)),
            ),
            "TooManyAnnotations: annotations has 51; X-Ray indexes 50 of a trace",
        ),
        (
            with(r#""name""#, r#""namespace":"remote","name""#),
            "InvalidNamespace: only a subsegment has a namespace",
        ),
        (
            with(r#""name""#, r#""subsegments":{},"name""#),
            "WrongType: subsegments is {}, not a list of objects",
        ),
        (
            with(r#""name""#, r#""parent_id":{},"name""#),
            "InvalidParentId: parent_id is {}, which counts as none",
        ),
        (
            with(
                r#""name""#,
                &format!(r#""user":"{}","name""#, "é".repeat(251)),
            ),
            "TextTooLong: user has 251 characters; AWS documents 250",
        ),
        (
            with(
                r#""name""#,
                &format!(
                    r#""http":{{"request":{{"url":"http://{}"}}}},"name""#,
                    "h".repeat(300)
                ),
            ),
            "TextTooLong: http.request.url has 307 characters; AWS documents 250",
        ),
        (
            with(
                r#""name""#,
                &format!(r#""links":[{}{{}}],"name""#, "{},".repeat(20)),
            ),
            "TooManyLinks: links has 21; X-Ray takes 20",
        ),
        (
            with(
                r#""name""#,
                r#""subsegments":[{"id":"000000000000000b","start_time":1,"end_time":2,"namespace":"own"}],"name""#,
            ),
            "InvalidNamespace: the namespace own is none of aws and remote; MissingName: the subsegment 000000000000000b has no name",
        ),
        (
            with("shop", "  "),
            "BlankName: the name \"  \" has only white space",
        ),
        (
            with(
                r#""name""#,
                r#""subsegments":[{"id":"000000000000000b","name":"gen","start_time":1,"end_time":18446744073}],"name""#,
            ),
            "ImplausibleTime: from start_time 1 to end_time 18446744073 (seconds since 1970) is more than the 30 days for which X-Ray keeps a trace, or begins after the year 2286",
        ),
        (
            with(
                r#""name""#,
                r#""subsegments":[{"id":"000000000000000b","name":"gen","start_time":10000000000}],"name""#,
            ),
            "ImplausibleTime: start_time 10000000000 (seconds since 1970) is after the year 2286",
        ),
    ]
}

#[test]
fn what_is_kept_with_a_warning_is_counted_and_shown_with_the_reason() {
    let console = Console::start();
    let odd = [odd(), beyond()].concat();
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
        // As long as X-Ray keeps a trace.
        with(
            r#""name""#,
            r#""subsegments":[{"id":"000000000000000b","name":"gen","start_time":1,"end_time":2592001}],"name""#,
        ),
        with(
            r#""name""#,
            r#""cause":"00000000000000ab","aws":{"table_names":"t","own":{}},"name""#,
        ),
        with(
            r#""name""#,
            r#""annotations":[],"metadata":[],"http":[],"aws":[],"cause":[],"name""#,
        ),
        with(
            r#""name""#,
            &format!(
                r#""annotations":{{"{}":"{}",{}}},"user":"{}","links":[{}{{}}],"parent_id":null,"namespace":null,"name""#,
                "k".repeat(500),
                "é".repeat(1_000),
                keys(49),
                "é".repeat(250),
                "{},".repeat(19),
            ),
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
        json!({ "WrongType": 8, "InvalidName": 2, "DuplicateId": 1, "InvalidAnnotation": 3, "TooManyAnnotations": 1,
            "InvalidNamespace": 2, "InvalidParentId": 1, "TextTooLong": 2, "TooManyLinks": 1, "MissingName": 1, "BlankName": 1, "ImplausibleTime": 2 })
    );
    assert_eq!(
        (&documents["accepted"], &documents["refused"]),
        (&json!(30), &json!({}))
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

/// X-Ray keeps such annotations in the document and finds nothing by them.
#[test]
fn what_x_ray_would_not_index_no_filter_finds() {
    let console = Console::start();
    let long = "x".repeat(1_200);
    let annotations = format!(
        r#""annotations":{{"order-id":7,"a b":2,"":3,"note":"{long}","fine":1,"{}":4}},"name""#,
        "k".repeat(600)
    );
    console.take(&[with(r#""name""#, &annotations)]);
    let found = |expression: &str| {
        let request = json!({ "StartTime": 0, "EndTime": 9_000_000, "TimeRangeType": "Event", "FilterExpression": expression });
        console.call("TraceSummaries", &request)["TraceSummaries"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(found("annotation[fine] = 1"), 1);
    for expression in [
        "annotation[order-id] = 7",
        "annotation[a b] = 2",
        r#"annotation[note] CONTAINS "x""#,
        "annotation[note] EXISTS",
    ] {
        let request = json!({ "StartTime": 0, "EndTime": 9_000_000, "TimeRangeType": "Event", "FilterExpression": expression });
        let answer = console.post("TraceSummaries", &request);
        assert!(
            answer.status == 400 || answer.json()["TraceSummaries"] == json!([]),
            "{expression}: {}",
            answer.text()
        );
    }
    let summaries = console.call("TraceSummaries", &always());
    let annotations = summaries["TraceSummaries"][0]["Annotations"]
        .as_object()
        .unwrap();
    assert_eq!(annotations.keys().collect::<Vec<_>>(), ["fine"]);
    let document = console
        .get("/documents/1-5f84c7a1-e7d1852db8c4fd35d88bf49a")
        .text();
    assert!(
        document.contains("order-id") && document.contains(&long),
        "{document}"
    );
}

/// No list and no map shows it before its time comes, so somebody has to say it.
#[test]
fn what_begins_after_it_arrived_is_kept_with_a_warning() {
    let console = Console::start();
    let at = |seconds: f64| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let start = now.as_secs_f64() + seconds;
        with(
            r#""start_time":1,"end_time":2"#,
            &format!(r#""start_time":{start},"end_time":{}"#, start + 1.0),
        )
    };
    console.take(&[&at(60.0)]);
    assert_eq!(last(&console).0, "accepted");
    console.take(&[&at(3_600.0)]);
    let (verdict, reason) = last(&console);
    assert_eq!(verdict, "warned");
    assert!(
        reason.starts_with("ImplausibleTime: start_time is 3")
            && reason.ends_with(" s after it arrived, so no list shows it before then: is the clock of the sender right, and this one?"),
        "{reason}"
    );
}
