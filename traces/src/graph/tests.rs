use std::sync::Arc;

use segment::{Document, TraceId, tree::Trace};

use super::*;
use crate::summary::Interner;

/// Traces of a service that calls one of three others; every seventh call fails.
fn traces(count: usize) -> Vec<Arc<Summary>> {
    let mut interner = Interner::default();
    let mut trace = |number: usize| {
        let text = format!(
            r#"{{"trace_id":"1-5f84c7a1-{number:024x}","id":"000000000000000a","name":"front","start_time":10,"end_time":12.{},
            "subsegments":[{{"id":"000000000000000b","name":"back{}","namespace":"remote","start_time":10.5,"end_time":11.{},"fault":{}}}]}}"#,
            number % 10,
            number % 3,
            number % 10,
            number.is_multiple_of(7),
        );
        let id: TraceId = format!("1-5f84c7a1-{number:024x}").parse().unwrap();
        let compiled = Trace::compile(id, [Document::decode(&text).unwrap()]);
        Arc::new(Summary::new(&compiled, 1, &mut interner))
    };
    (1..=count).map(&mut trace).collect()
}

fn json(graph: &Graph) -> serde_json::Value {
    serde_json::to_value(graph.services()).unwrap()
}

#[test]
fn two_threads_draw_the_same_map_as_one() {
    let traces = traces(MANY + 1);
    let alone: Vec<&Summary> = traces.iter().map(AsRef::as_ref).collect();
    let alone = Graph::drawn(&alone, Window::ALWAYS, LAST);
    assert_eq!(json(&Graph::of(&traces, Window::ALWAYS)), json(&alone));
    assert_eq!(
        alone
            .nodes
            .iter()
            .map(|node| node.statistics.total())
            .sum::<u64>(),
        2 * traces.len() as u64
    );
}

#[test]
fn the_order_of_the_traces_does_not_matter() {
    let mut traces = traces(50);
    let forward = json(&Graph::of(&traces, Window::ALWAYS));
    traces.reverse();
    assert_eq!(json(&Graph::of(&traces, Window::ALWAYS)), forward);
}

#[test]
fn only_what_touches_the_window_counts() {
    let traces = traces(10);
    let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
    let window = |start, end| Window {
        start: at(start),
        end: at(end),
    };
    assert_eq!(Graph::of(&traces, window(13, 20)).services().len(), 0);
    // The calls end before the front end does: their targets and edges are out of the window.
    let late = json(&Graph::of(&traces, window(12, 20)));
    let names: Vec<_> = late
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["Name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["front", "front"]);
    assert_eq!(late[0]["Edges"], serde_json::json!([]));
    assert_eq!(late[0]["StartTime"], 12.0);
}

#[test]
fn services_beyond_those_that_a_map_may_have_are_one_node() {
    const SERVICES: usize = MAX_NODES + 100;
    let mut interner = Interner::default();
    let trace = |number: usize, interner: &mut Interner| {
        let id: TraceId = format!("1-5f84c7a1-{:024x}", number + 1).parse().unwrap();
        let texts = [1, 2, 3].map(|segment| {
            format!(
                r#"{{"trace_id":"{id}","id":"{segment:016x}","name":"s{}","start_time":10,"end_time":12}}"#,
                number % SERVICES
            )
        });
        let documents = texts.iter().map(|text| Document::decode(text).unwrap());
        Arc::new(Summary::new(&Trace::compile(id, documents), 3, interner))
    };
    // So many visits that two threads draw the map, each with too many services.
    let traces: Vec<_> = (0..6 * SERVICES)
        .map(|number| trace(number, &mut interner))
        .collect();
    assert!(3 * traces.len() > MANY);
    let map = json(&Graph::of(&traces, Window::ALWAYS));
    let nodes = map.as_array().unwrap();
    let shown = nodes.iter().filter(|node| node["State"] == "active");
    let total =
        |node: &serde_json::Value| node["SummaryStatistics"]["TotalCount"].as_u64().unwrap();
    let (others, named): (Vec<_>, Vec<_>) = shown.partition(|node| node["Name"] == "others");
    assert_eq!((named.len(), others.len()), (MAX_NODES, 1));
    let all: usize = nodes
        .iter()
        .filter(|node| node["State"] == "active")
        .map(|node| usize::try_from(total(node)).unwrap())
        .sum();
    assert_eq!(all, 3 * traces.len());
}

#[test]
fn edges_beyond_those_that_a_map_may_have_lead_to_one_node() {
    const CALLED: usize = 300;
    const CALLERS: usize = 2 * MAX_EDGES / CALLED;
    let mut interner = Interner::default();
    let mut trace = |number: usize| {
        let calls = (0..CALLED).map(|call| {
            let id = call + 1_000;
            format!(
                r#"{{"id":"{id:016x}","name":"host{call}","namespace":"remote","start_time":10,"end_time":11}}"#
            )
        });
        let text = format!(
            r#"{{"trace_id":"1-5f84c7a1-{:024x}","id":"000000000000000a","name":"caller{}","start_time":10,"end_time":12,"subsegments":[{}]}}"#,
            number + 1,
            number % CALLERS,
            calls.collect::<Vec<_>>().join(",")
        );
        let id: TraceId = format!("1-5f84c7a1-{:024x}", number + 1).parse().unwrap();
        let compiled = Trace::compile(id, [Document::decode(&text).unwrap()]);
        Arc::new(Summary::new(&compiled, 1, &mut interner))
    };
    // Each half of the traces has too many.
    let traces: Vec<_> = (0..2 * CALLERS).map(&mut trace).collect();
    let map = json(&Graph::of(&traces, Window::ALWAYS));
    let nodes = map.as_array().unwrap();
    let others = nodes.iter().position(|node| node["Name"] == "others");
    let others = others.unwrap();
    let edges = nodes.iter().filter(|node| node["Type"] != "client");
    let edges: Vec<_> = edges
        .flat_map(|node| node["Edges"].as_array().unwrap())
        .collect();
    let (rest, named): (Vec<_>, Vec<_>) =
        edges.iter().partition(|edge| edge["ReferenceId"] == others);
    assert!(
        (MAX_EDGES - CALLERS..=MAX_EDGES).contains(&named.len()),
        "{}",
        named.len()
    );
    assert!(rest.len() <= CALLERS);
    let total =
        |edge: &&&serde_json::Value| edge["SummaryStatistics"]["TotalCount"].as_u64().unwrap();
    let all: u64 = named.iter().chain(&rest).map(|edge| total(&edge)).sum();
    assert_eq!(all, (2 * CALLERS * CALLED) as u64);
}

#[test]
fn a_request_whose_caller_may_still_come_is_not_from_the_clients() {
    let mut interner = Interner::default();
    let mut trace = |number: usize, end: &str| {
        let id: TraceId = format!("1-5f84c7a1-{number:024x}").parse().unwrap();
        let text = format!(
            r#"{{"trace_id":"{id}","id":"000000000000000a","parent_id":"00000000000000ff","name":"stock","start_time":10{end}}}"#
        );
        let compiled = Trace::compile(id, [Document::decode(&text).unwrap()]);
        Arc::new(Summary::new(&compiled, 1, &mut interner))
    };
    let [ended, later, begun] = [
        trace(1, r#","end_time":12"#),
        trace(2, r#","end_time":21"#),
        trace(3, r#","in_progress":true"#),
    ];
    let from_clients = |traces: &[&Arc<Summary>], now: u64| {
        let traces: Vec<_> = traces.iter().copied().cloned().collect();
        let now = Time::from_nanos(now * 1_000_000_000);
        let nodes = json(&Graph::at(&traces, Window::ALWAYS, now));
        let nodes = nodes.as_array().unwrap();
        let client = nodes.iter().find(|node| node["Type"] == "client");
        assert_eq!(nodes[0]["Root"] == true, client.is_some());
        client.map_or(0, |client| {
            client["Edges"][0]["SummaryStatistics"]["TotalCount"]
                .as_u64()
                .unwrap()
        })
    };
    assert_eq!(from_clients(&[&ended], 13), 0);
    assert_eq!(from_clients(&[&begun], 1_000), 0);
    assert_eq!(from_clients(&[&ended], 22), 1);
    // Where others came from outside, so do these.
    assert_eq!(from_clients(&[&later, &ended], 22), 2);
}
