//! Jobs that search for traces.

use serde_json::{Value, json};

use super::segment;
use crate::support::{Console, always};

fn trace(number: u32) -> String {
    format!("1-{number:08x}-e7d1852db8c4fd35d88bf49a")
}

fn start(console: &Console, ids: &[String], [from, to]: [u32; 2]) -> Value {
    let request = json!({ "TraceIds": ids, "StartTime": from, "EndTime": to });
    console.call("StartTraceRetrieval", &request)["RetrievalToken"].clone()
}

/// Asks until the job is complete, and returns all pages.
fn pages(console: &Console, token: &Value, format: &str) -> Vec<Value> {
    let mut request = json!({ "RetrievalToken": token, "TraceFormat": format });
    let ask = |request: &Value| console.call("ListRetrievedTraces", request);
    console.wait_for(|console| {
        let answer = console.call("ListRetrievedTraces", &json!({ "RetrievalToken": token }));
        answer["RetrievalStatus"] == "COMPLETE"
    });
    let mut pages = vec![ask(&request)];
    while let Some(next) = pages[pages.len() - 1]["NextToken"].as_str() {
        request["NextToken"] = next.into();
        pages.push(ask(&request));
    }
    for page in &pages {
        assert_eq!(
            (&page["RetrievalStatus"], &page["TraceFormat"]),
            (&json!("COMPLETE"), &json!(format))
        );
    }
    pages
}

#[test]
fn a_job_finds_the_traces_of_its_time_range_page_by_page() {
    let console = Console::start();
    let documents: Vec<String> = (100..112).map(|number| segment(number, "")).collect();
    console.take(&documents);
    let ids: Vec<String> = (99..112).map(trace).collect();
    let token = start(&console, &ids, [101, 111]);
    let pages = pages(&console, &token, "XRAY");
    let found = pages.iter().map(|page| {
        let traces = page["Traces"].as_array().unwrap();
        traces
            .iter()
            .map(|trace| trace["Id"].as_str().unwrap())
            .collect()
    });
    let found: Vec<Vec<&str>> = found.collect();
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 1]);
    // The first one ended before the time range; the zeroth never was.
    assert_eq!(found.concat(), ids[2..]);
    let first = &pages[0]["Traces"][0];
    assert_eq!(first["Duration"], 0.5);
    let document: Value =
        serde_json::from_str(first["Spans"][0]["Document"].as_str().unwrap()).unwrap();
    assert_eq!(
        document,
        serde_json::from_str::<Value>(&documents[1]).unwrap()
    );
}

#[test]
fn a_trace_of_many_spans_goes_on_on_the_next_page() {
    let console = Console::start();
    let subsegments: Vec<Value> = (0..249)
        .map(|number| json!({ "name": "gen", "id": format!("{:016x}", number + 1_000), "start_time": 100, "end_time": 100.25 }))
        .collect();
    console.take(&[segment(
        100,
        &format!(r#","subsegments":{}"#, json!(subsegments)),
    )]);
    let token = start(&console, &[trace(100)], [100, 100]);
    let whole = pages(&console, &token, "XRAY");
    assert_eq!(
        (
            whole.len(),
            whole[0]["Traces"][0]["Spans"].as_array().unwrap().len()
        ),
        (1, 1)
    );
    let spans = pages(&console, &token, "OTEL");
    let mut ids = Vec::new();
    let counts: Vec<_> = spans
        .iter()
        .map(|page| {
            let spans = page["Traces"][0]["Spans"].as_array().unwrap();
            ids.extend(spans.iter().map(|span| span["Id"].as_str().unwrap()));
            let one: Value = serde_json::from_str(spans[0]["Document"].as_str().unwrap()).unwrap();
            assert_eq!(one["traceId"], "00000064e7d1852db8c4fd35d88bf49a");
            spans.len()
        })
        .collect();
    assert_eq!(counts, [100, 100, 50]);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 250);
}

#[test]
fn the_map_of_a_job_is_that_of_its_traces() {
    let console = Console::start();
    let link = format!(
        r#","links":[{{"trace_id":"{}","id":"{:016x}"}}]"#,
        trace(100),
        101
    );
    console.take(&[segment(100, ""), segment(101, &link), segment(102, "")]);
    let ids = [100, 101].map(trace);
    let token = start(&console, &ids, [0, 4_000]);
    pages(&console, &token, "XRAY");
    let graph = console.call(
        "GetRetrievedTracesGraph",
        &json!({ "RetrievalToken": token }),
    );
    let services = graph["Services"].as_array().unwrap();
    let nodes: Vec<_> = services
        .iter()
        .map(|service| service["Service"].clone())
        .collect();
    assert_eq!(
        json!(nodes),
        console.call("TraceGraph", &json!({ "TraceIds": ids }))["Services"]
    );
    let links: Vec<_> = services
        .iter()
        .flat_map(|service| service["Links"].as_array().unwrap())
        .collect();
    assert_eq!(
        links,
        [
            &json!({ "ReferenceType": "parent", "SourceTraceId": ids[0], "DestinationTraceIds": [ids[1]] })
        ]
    );
}

#[test]
fn a_job_that_was_cancelled_has_nothing_and_one_that_never_was_is_named() {
    let console = Console::start();
    console.take(&[segment(100, "")]);
    let token = start(&console, &[trace(100)], [0, 4_000]);
    let request = json!({ "RetrievalToken": token });
    pages(&console, &token, "XRAY");
    assert_eq!(console.call("CancelTraceRetrieval", &request), json!({}));
    let list = console.call("ListRetrievedTraces", &request);
    assert_eq!(
        list,
        json!({ "RetrievalStatus": "CANCELLED", "TraceFormat": "XRAY", "Traces": [] })
    );
    let graph = console.call("GetRetrievedTracesGraph", &request);
    assert_eq!(
        graph,
        json!({ "RetrievalStatus": "CANCELLED", "Services": [] })
    );
    for operation in [
        "ListRetrievedTraces",
        "GetRetrievedTracesGraph",
        "CancelTraceRetrieval",
    ] {
        let (status, error) = console.fail(operation, &json!({ "RetrievalToken": "never" }));
        assert_eq!(
            (status, &error["__type"], &error["ResourceName"]),
            (404, &json!("ResourceNotFoundException"), &json!("never"))
        );
    }
    let mut range = always();
    range["TraceIds"] = json!(["1-zz"]);
    range.as_object_mut().unwrap().remove("TimeRangeType");
    assert_eq!(console.fail("StartTraceRetrieval", &range).0, 400);
}
