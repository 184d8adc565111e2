//! Questions about a time range that memory no longer holds.

use console::{
    Config, disk,
    receive::intake::{Intake, Past},
};
use segment::Time;
use serde_json::{Value, json};
use traces::{
    graph::Window,
    store::{Limits, Store},
};

use super::{Folder, on_disk, put};
use crate::support::Console;

/// The second of the first trace; each next one is a second later.
const FIRST: usize = 1_602_537_000;

/// When a trace begins.
fn second(trace: usize) -> f64 {
    f64::from(u32::try_from(FIRST + trace).unwrap())
}

fn id(trace: usize) -> String {
    format!("1-{:08x}-{:024x}", FIRST + trace, trace + 1)
}

/// A segment of a trace that begins some seconds after its trace, with `size` bytes that nobody needs.
fn segment(trace: usize, later: usize, size: usize) -> String {
    let start = second(trace + later);
    json!({
        "trace_id": id(trace), "id": format!("{:016x}", later + 1), "name": "shop", "start_time": start,
        "end_time": start + 0.5, "annotations": { "number": trace }, "metadata": { "d": { "f": "x".repeat(size) } },
    })
    .to_string()
}

fn segments(traces: std::ops::Range<usize>, size: usize) -> Vec<String> {
    traces.map(|trace| segment(trace, 0, size)).collect()
}

/// What a console says of the traces from one to before another: how many by the list in both its forms, the map, the page and
/// the statistics over time; and the header that says what is missing.
fn counts(console: &Console, traces: std::ops::Range<usize>) -> ([u64; 5], Option<String>) {
    let (start, end) = (second(traces.start), second(traces.end) - 0.4);
    let range = |more: Value| {
        let mut range = json!({ "StartTime": start, "EndTime": end });
        let more = more.as_object().unwrap().clone();
        range.as_object_mut().unwrap().extend(more);
        range
    };
    let listed = |kind: &str| list(console, &range(json!({ "TimeRangeType": kind }))).len() as u64;
    let body = range(json!({})).to_string();
    let map = console.ask("POST", "/ServiceGraph", &[], body.as_bytes());
    let services = map.json()["Services"].clone();
    let shop = services.as_array().unwrap().iter();
    let shop = shop.filter(|service| service["Type"] != "client");
    let seen = |service: &Value| service["SummaryStatistics"]["TotalCount"].as_u64();
    let analysed = json!({ "traces": { "start": start, "end": end } });
    let analysed = console
        .ask(
            "POST",
            "/analysis/traces",
            &[],
            analysed.to_string().as_bytes(),
        )
        .json();
    assert_eq!(
        analysed["incomplete_before"]
            .as_u64()
            .map(|second| second.to_string()),
        map.header("x-console-incomplete-before").map(str::to_owned),
    );
    let series = console.call(
        "TimeSeriesServiceStatistics",
        &range(json!({ "Period": 60 })),
    );
    let series = series["TimeSeriesServiceStatistics"]
        .as_array()
        .unwrap()
        .clone();
    let series = series
        .iter()
        .filter_map(|bucket| bucket["EdgeSummaryStatistics"]["TotalCount"].as_u64());
    (
        [
            listed("TraceId"),
            listed("Event"),
            shop.filter_map(seen).sum(),
            analysed["total"].as_u64().unwrap(),
            series.sum(),
        ],
        map.header("x-console-incomplete-before").map(str::to_owned),
    )
}

/// All pages of a list.
fn list(console: &Console, request: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut request = request.clone();
    loop {
        let page = console.call("TraceSummaries", &request);
        found.extend(page["TraceSummaries"].as_array().unwrap().clone());
        if page["NextToken"].is_null() {
            return found;
        }
        request["NextToken"] = page["NextToken"].clone();
    }
}

fn written(console: &Console, documents: u64) {
    console.wait_for(|console| on_disk(console, "written_documents") == documents);
}

#[test]
fn is_answered_from_disk_without_what_is_live() {
    let folder = Folder::new();
    let config = Config {
        max_traces: 10,
        ..folder.config()
    };
    let console = Console::start_with(config.clone());
    put(console.address, &segments(0..300, 0));
    // A part of an old trace that comes much later, and is of another time.
    put(console.address, &[segment(120, 160, 0)]);
    written(&console, 301);
    let check = |console: &Console| {
        assert_eq!(counts(console, 100..150), ([50; 5], None));
        assert_eq!(counts(console, 0..10), ([10; 5], None));
        // Of both, and none twice.
        let ([by_id, by_event, ..], missing) = counts(console, 250..300);
        assert_eq!((by_id, by_event, missing), (50, 51, None));
        let range = json!({
            "StartTime": FIRST + 119, "EndTime": FIRST + 121, "FilterExpression": "annotation.number = 120",
        });
        let found = list(console, &range);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0]["Id"], &found[0]["Revision"]),
            (&json!(id(120)), &json!(2))
        );
    };
    let store = console.get("/status").json()["store"].clone();
    check(&console);
    let after = console.get("/status").json()["store"].clone();
    for member in ["traces", "oldest", "evicted_traces"] {
        assert_eq!(store[member], after[member], "{member}");
    }
    drop(console);
    let console = Console::start_with(config);
    check(&console);
    assert_eq!(console.ask("POST", "/clear", &[], b"").status, 204);
    assert_eq!(counts(&console, 100..150), ([0; 5], None));
}

#[test]
fn finds_what_memory_evicts_between_two_questions() {
    let folder = Folder::new();
    let console = Console::start_with(Config {
        max_traces: 10,
        ..folder.config()
    });
    for part in 1..6 {
        put(console.address, &segments((part - 1) * 40..part * 40, 0));
        written(&console, part as u64 * 40);
        // The range goes on, as a page's does.
        assert_eq!(
            counts(&console, 5..part * 40),
            ([part as u64 * 40 - 5; 5], None)
        );
    }
    // Of two documents with the same id the later one counts, also when another part of the trace comes.
    let with = |value: usize| {
        let text = segment(6, 0, 0);
        text.replace(r#""number":6"#, &format!(r#""number":{value}"#))
    };
    put(console.address, &[with(1_001), with(1_002)]);
    put(console.address, &segments(200..240, 0));
    written(&console, 242);
    let found = |value: usize| {
        let range = json!({
            "StartTime": FIRST + 5, "EndTime": FIRST + 400, "FilterExpression": format!("annotation.number = {value}"),
        });
        list(&console, &range).len()
    };
    assert_eq!([6, 1_001, 1_002].map(found), [0, 0, 1]);
    put(console.address, &[segment(6, 300, 0)]);
    put(console.address, &segments(240..280, 0));
    written(&console, 283);
    assert_eq!([1_001, 1_002, 240].map(found), [0, 1, 1]);
}

#[test]
fn has_as_many_of_the_newest_as_there_is_room_for_and_says_so() {
    let folder = Folder::new();
    let console = Console::start_with(Config {
        max_bytes: 800_000,
        max_traces: 10,
        ..folder.config()
    });
    put(console.address, &segments(0..1_000, 1_000));
    written(&console, 1_000);
    let ([found, ..], missing) = counts(&console, 0..1_000);
    assert!((30..500).contains(&found), "{found}");
    assert!(missing.is_some());
    let range = json!({ "StartTime": FIRST, "EndTime": FIRST + 1_000 });
    let listed = list(&console, &range);
    let newest: Vec<_> = (0..1_000).rev().map(id).take(listed.len()).collect();
    let listed: Vec<_> = listed
        .iter()
        .map(|trace| trace["Id"].as_str().unwrap())
        .collect();
    assert_eq!(listed, newest);
    // For a part of it there is room.
    assert_eq!(counts(&console, 10..30), ([20; 5], None));
}

/// As after a client that left.
#[test]
fn is_read_anew_after_a_question_that_ended_early() {
    let folder = Folder::new();
    let (disk, _) = disk::Disk::open(disk::Settings {
        folder: folder.0.clone(),
        bytes: Config::default().max_disk,
    })
    .unwrap();
    let store = Store::new(Limits {
        traces: 1,
        bytes: 1_000_000,
    });
    let limits = Limits {
        traces: usize::MAX,
        bytes: 1_000_000,
    };
    let intake = Intake {
        past: Past::new(&store, limits),
        disk: Some(disk.clone()),
        ..Intake::new(store)
    };
    for trace in 0..50 {
        let arrived = Time::from_seconds(second(trace) + 1.0).unwrap();
        let mut datagram = br#"{"format":"json","version":1}"#.to_vec();
        datagram.push(b'\n');
        datagram.extend(segment(trace, 0, 0).into_bytes());
        intake.datagram(&datagram, ([127, 0, 0, 1], 1).into(), arrived);
    }
    disk.close();
    let window = Window {
        start: Time::from_seconds(second(0)).unwrap(),
        end: Time::from_seconds(second(60)).unwrap(),
    };
    assert!(intake.has_past(window));
    let found = || intake.past.store.summaries(|_, _, _| true).len();
    intake.look_back(window, &|| false);
    assert_eq!(found(), 0);
    intake.look_back(window, &|| true);
    assert_eq!(found(), 49);
}
