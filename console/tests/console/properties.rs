//! What holds for any documents, any expression and any bytes.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use console::{
    filter::Filter,
    graph::{Graph, Window},
    intake::Intake,
    store::{Key, Limits, Store},
    summary::{Interner, Summary},
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use segment::{Document, Form, Time, TraceId, tree::Trace};
use serde_json::{Map, Value, json};

use crate::support::Console;

const TRACE: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
const NOW: Time = Time::from_nanos(1_700_000_000_000_000_000);

/// A segment or a subsegment of a random trace, and how it is sent.
#[derive(Debug, Clone)]
struct Node {
    /// One of those before it: what it belongs to, or what called it.
    parent: Index,
    kind: Kind,
    /// What it says besides its identity.
    says: usize,
    /// Whether a subsegment is sent by itself.
    is_split: bool,
    /// Whether what is sent by itself is announced first.
    is_announced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Segment(&'static str),
    Call(&'static str, &'static str),
    Work,
}

const KINDS: [Kind; 8] = [
    Kind::Segment("front"),
    Kind::Segment("back"),
    Kind::Segment("back"),
    Kind::Call("remote", "back"),
    Kind::Call("remote", "bank"),
    Kind::Call("aws", "DynamoDB"),
    Kind::Work,
    Kind::Work,
];

fn says() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "error": true, "http": { "request": { "method": "GET", "url": "http://shop/a" }, "response": { "status": 404 } } }),
        json!({ "error": true, "throttle": true, "annotations": { "tier": "gold", "size": 7 } }),
        json!({ "fault": true, "cause": { "exceptions": [{ "type": "Bad", "message": "no cart" }] } }),
        json!({ "user": "ann", "origin": "AWS::EKS::Container", "annotations": { "tier": "silver", "vip": true, "size": 1.5 } }),
        json!({ "aws": { "account_id": "123456789012", "table_name": "scores", "ec2": { "instance_id": "i-1", "availability_zone": "a" } } }),
        json!({ "http": { "request": { "url": "http://bank/b", "traced": true }, "response": { "status": 200 } }, "sql": { "url": "db" } }),
        json!({ "links": [{ "trace_id": TRACE, "id": "0000000000000001" }], "precursor_ids": ["0000000000000002"] }),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        any::<Index>(),
        select(KINDS.to_vec()),
        0..says().len(),
        any::<bool>(),
        any::<bool>(),
    );
    let node = node.prop_map(|(parent, kind, says, is_split, is_announced)| Node {
        parent,
        kind,
        says,
        is_split,
        is_announced,
    });
    vec(node, 1..12)
}

fn id(node: usize) -> String {
    format!("{:016x}", node + 1)
}

/// Whether the first segment of a trace comes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Root {
    Comes,
    Lost,
}

/// The documents of a trace: as its nodes say, or (`plain`) one for each segment and for each subsegment
/// whose parent is lost.
fn documents(nodes: &[Node], is_plain: bool, root: Root) -> Vec<String> {
    let kind = |node: usize| {
        if node == 0 {
            Kind::Segment("front")
        } else {
            nodes[node].kind
        }
    };
    let parent = |node: usize| nodes[node].parent.index(node);
    let is_lost = |node: usize| node == 0 && root == Root::Lost;
    let is_sent = |node: usize| {
        matches!(kind(node), Kind::Segment(_))
            || nodes[node].is_split && !is_plain
            || is_lost(parent(node))
    };
    let mut parts: Vec<Map<String, Value>> = (0..nodes.len())
        .map(|node| {
            let mut part = says()[nodes[node].says].as_object().unwrap().clone();
            let (name, namespace) = match kind(node) {
                Kind::Segment(name) => (name, None),
                Kind::Call(namespace, name) => (name, Some(namespace)),
                Kind::Work => ("work", None),
            };
            let of_itself = json!({ "id": id(node), "name": name, "start_time": 10 + node, "end_time": 100.25 - f64::from(u32::try_from(node).unwrap()) });
            part.extend(of_itself.as_object().unwrap().clone());
            namespace.map(|namespace| part.insert("namespace".to_owned(), namespace.into()));
            part
        })
        .collect();
    let mut sent = Vec::new();
    // Children come behind their parents, so from the last on each one is complete when it is taken.
    for node in (0..nodes.len()).rev() {
        let mut part = std::mem::take(&mut parts[node]);
        if is_lost(node) {
            continue;
        }
        if !is_sent(node) {
            let siblings = parts[parent(node)]
                .entry("subsegments")
                .or_insert_with(|| json!([]));
            siblings.as_array_mut().unwrap().push(part.into());
            continue;
        }
        part.insert("trace_id".to_owned(), TRACE.into());
        if node > 0 {
            part.insert("parent_id".to_owned(), id(parent(node)).into());
        }
        if !matches!(kind(node), Kind::Segment(_)) {
            part.insert("type".to_owned(), "subsegment".into());
        }
        if nodes[node].is_announced && !is_plain {
            let mut announced = part.clone();
            announced.remove("subsegments");
            announced.remove("end_time");
            announced.insert("in_progress".to_owned(), true.into());
            sent.push(Value::from(announced).to_string());
        }
        sent.push(Value::from(part).to_string());
    }
    sent
}

/// A store that got the documents in an order, and was asked for summaries in between.
fn store(documents: &[String], order: &[Index]) -> Store {
    let store = Store::new(Limits {
        traces: 10,
        bytes: 10_000_000,
    });
    let mut waiting: Vec<&String> = documents.iter().collect();
    for index in order.iter().cycle() {
        if waiting.is_empty() {
            break;
        }
        let text = waiting.remove(index.index(waiting.len()));
        let document = Document::decode(text).unwrap();
        store.keep(document.trace_id.unwrap(), &Key::of(&document), text, NOW);
        if index.index(3) == 0 {
            store.summaries(|_, _, _| true);
        }
    }
    store
}

fn summary_of(store: &Store) -> Arc<Summary> {
    store.summaries(|_, _, _| true).remove(0)
}

/// The compiled trace as it is answered, the map of it, and its summary but for the count of documents.
fn seen(store: &Store) -> (Vec<Value>, Value, Summary) {
    let id = TRACE.parse().unwrap();
    let segments = store.with_trace(id, |trace, _| {
        let segments = trace.segments.iter().map(|segment| {
            let mut text = Vec::new();
            segment.encode(Form::Independent, &mut text);
            serde_json::from_slice(&text).unwrap()
        });
        segments.collect()
    });
    let summary = summary_of(store);
    let graph = Graph::of(std::slice::from_ref(&summary), Window::ALWAYS);
    let summary = Summary {
        documents: 0,
        ..Summary::clone(&summary)
    };
    (
        segments.unwrap(),
        serde_json::to_value(graph.services()).unwrap(),
        summary,
    )
}

/// A summary made at once of the raw documents, without store, order or earlier summaries.
fn fresh(documents: &[String]) -> Summary {
    let id: TraceId = TRACE.parse().unwrap();
    let decoded = documents.iter().map(|text| Document::decode(text).unwrap());
    Summary::new(
        &Trace::compile(id, decoded),
        documents.len(),
        &mut Interner::default(),
    )
}

fn expression() -> impl Strategy<Value = String> {
    let of_all = select(vec![
        "ok",
        "error",
        "throttle",
        "fault",
        "partial",
        "inferred",
        "remote",
        "root",
        "responsetime > 50",
        "duration <= 90.25",
        "http.status = 404",
        r#"http.url CONTAINS "shop""#,
        r#"http.method = "GET""#,
        r#"user = "ann""#,
        r#"type = "AWS::EKS::Container""#,
        r#"name = "bank""#,
        r#"account.id = "123456789012""#,
    ]);
    let of_service = prop_oneof![
        of_all.clone(),
        select(vec![
            "error = false",
            r#"name ENDSWITH "k""#,
            r#"instance.id = "i-1""#,
            r#"message CONTAINS """#,
            r#"availabilityzone = "a""#,
        ])
    ];
    let on_edge = select(vec![
        "ok",
        "error",
        "fault",
        "throttle",
        "responsetime >= 60",
        "partial",
        "root",
        "inferred",
        "http.status = 404",
        r#"http.url CONTAINS "bank""#,
        r#"user = "ann""#,
        r#"message = "no cart""#,
    ]);
    let of_part = select(vec![
        "first",
        "last",
        "remote",
        "inferred",
        "index > 0",
        r#"name = "back""#,
    ]);
    let name = select(vec!["front", "back", "bank", "scores"]);
    let leaf = prop_oneof![
        of_all.prop_map(str::to_owned),
        select(vec![
            r#"annotation.tier = "gold""#,
            "annotation.vip",
            "annotation[size] < 5",
            r#"annotation.tier != "gold""#,
            r#"annotation.tier > "gold""#,
            r#"annotation.size CONTAINS """#,
            r#"resource.arn CONTAINS """#,
            r#"availabilityzone = "a""#,
            r#"instance.id BEGINSWITH "i""#,
            r#"message = "no cart""#,
        ])
        .prop_map(str::to_owned),
        (name.clone(), of_service)
            .prop_map(|(name, inner)| format!(r#"service("{name}") {{ {inner} }}"#)),
        (name.clone(), name, on_edge)
            .prop_map(|(from, to, inner)| format!(r#"edge("{from}", "{to}") {{ {inner} }}"#)),
        (
            select(vec!["fault", "error", "responsetime"]),
            select(vec!["service", "entity"]),
            of_part
        )
            .prop_map(|(cause, element, inner)| format!(
                "rootcause.{cause}.{element} {{ {inner} }}"
            )),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("({left}) AND ({right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|inner| format!("!({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_order_and_any_split_give_the_same_trace_map_and_summary(
        nodes in nodes(),
        root in select(vec![Root::Comes, Root::Lost]),
        order in vec(any::<Index>(), 24),
    ) {
        let plain = documents(&nodes, true, root);
        if !plain.is_empty() {
            let plain = store(&plain, &order[..1]);
            let split = store(&documents(&nodes, false, root), &order);
            prop_assert_eq!(seen(&split), seen(&plain));
            let summary = summary_of(&split);
            prop_assert!(summary.visits.is_empty() || summary.root().is_some());
        }
    }

    /// There is no index: what is kept of a trace is its summary, made anew when documents arrive.
    #[test]
    fn a_filter_says_the_same_of_the_kept_summary_and_of_the_raw_documents(
        nodes in nodes(),
        order in vec(any::<Index>(), 24),
        (left, right) in (expression(), expression()),
    ) {
        let takes = |expression: &str, trace: &Summary| {
            Filter::parse(expression).map(|filter| filter.matches(trace)).map_err(|error| format!("{expression}: {error}"))
        };
        let kept = summary_of(&store(&documents(&nodes, false, Root::Comes), &order));
        let raw = fresh(&documents(&nodes, true, Root::Comes));
        let (in_left, in_right) = (takes(&left, &kept).unwrap(), takes(&right, &kept).unwrap());
        prop_assert_eq!(in_left, takes(&left, &raw).unwrap(), "{}", left);
        for (expression, expected) in [
            (format!("!({left})"), !in_left),
            (format!("({left}) ({right})"), in_left && in_right),
            (format!("{left} or {right}"), in_left || in_right),
            (format!("!(!({left}) OR !({right}))"), in_left && in_right),
        ] {
            prop_assert_eq!(takes(&expression, &kept).unwrap(), expected, "{}", expression);
        }
    }

    #[test]
    fn no_datagram_makes_anything_panic(
        nodes in nodes(),
        at in any::<Index>(),
        cut in 0..8_usize,
        put in vec(any::<u8>(), 0..4),
        garbage in vec(any::<u8>(), 0..100),
    ) {
        let intake = Intake::new(Store::new(Limits { traces: 10, bytes: 10_000_000 }));
        let sent = documents(&nodes, false, Root::Comes);
        let mut datagram = format!("{{\"format\":\"json\",\"version\":1}}\n{}", sent[at.index(sent.len())]).into_bytes();
        let from = at.index(datagram.len());
        let to = (from + cut).min(datagram.len());
        datagram.splice(from..to, put);
        for datagram in [&datagram, &garbage] {
            intake.datagram(datagram, ([127, 0, 0, 1], 1).into(), NOW);
        }
        // Whatever was taken can be listed, drawn and shown.
        let kept = intake.store.summaries(|_, _, _| true);
        serde_json::to_value(Graph::of(&kept, Window::ALWAYS).services()).unwrap();
        for trace in &kept {
            prop_assert!(intake.store.with_trace(trace.id, |trace, _| trace.segments.len()).unwrap() > 0);
        }
        let counts = &intake.counts;
        let refused: u64 = counts.refused_datagrams.all().values().sum();
        prop_assert_eq!(
            counts.received_datagrams.load(Relaxed),
            counts.accepted_datagrams.load(Relaxed) + refused
        );
    }
}

/// Every route that takes a body, with one that it takes.
fn requests() -> Vec<(&'static str, &'static str, Value)> {
    let json = "application/json";
    let range = || {
        json!({ "StartTime": 0, "EndTime": 4_000_000_000_u64, "FilterExpression": "service(\"front\") { fault } OR ok", "TimeRangeType": "Event",
        "Sampling": true, "SamplingStrategy": { "Name": "FixedRate", "Value": 0.5 }, "NextToken": "0123456789abcdef", "GroupName": "Default",
        "EntitySelectorExpression": "edge(id(name: \"front\"), )", "Period": 60, "States": ["ACTIVE"] })
    };
    let ids = json!({ "TraceIds": [TRACE, "5f84c7a1e7d1852db8c4fd35d88bf49a"] });
    let rule = json!({ "RuleName": "r", "RuleARN": "a", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*", "Host": "*",
        "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1, "Attributes": { "k": "v" } });
    let group = json!({ "GroupName": "g", "GroupARN": "a", "FilterExpression": "fault", "InsightsConfiguration": { "InsightsEnabled": true } });
    let reports = json!({ "SamplingStatisticsDocuments": [{ "RuleName": "Default", "ClientID": "a".repeat(24), "Timestamp": 1.5, "RequestCount": 1, "SampledCount": 1, "BorrowCount": 1 }] });
    let spans = json!({ "resourceSpans": [{ "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeSpans": [{ "spans": [{ "traceId": "5f84c7a10102030405060708090a0b0c", "spanId": "0101010101010101", "name": "GET /", "kind": 2,
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000", "status": { "code": 2 }, "flags": 257,
            "attributes": [{ "key": "http.response.status_code", "value": { "intValue": "503" } }, { "key": "url.full", "value": { "stringValue": "http://a/b?c" } }],
            "events": [{ "name": "exception", "timeUnixNano": "1", "attributes": [{ "key": "exception.stacktrace", "value": { "stringValue": "at a (b:1)" } }] }] }] }] }] });
    let segment = r#"{"name":"shop","id":"000000000000000a","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":1,"end_time":2}"#;
    vec![
        (
            "/TraceSegments",
            json,
            json!({ "TraceSegmentDocuments": [segment, "[{}]", "T1SCg=="] }),
        ),
        (
            "/TelemetryRecords",
            json,
            json!({ "TelemetryRecords": [{ "Timestamp": "2026-11-22T00:00:00Z" }] }),
        ),
        ("/TraceSummaries", json, range()),
        ("/Traces", json, ids.clone()),
        ("/ServiceGraph", json, range()),
        ("/TraceGraph", json, ids),
        ("/TimeSeriesServiceStatistics", json, range()),
        ("/GetSamplingRules", json, json!({ "NextToken": null })),
        ("/CreateSamplingRule", json, json!({ "SamplingRule": rule })),
        (
            "/UpdateSamplingRule",
            json,
            json!({ "SamplingRuleUpdate": rule }),
        ),
        ("/DeleteSamplingRule", json, json!({ "RuleName": "r" })),
        ("/SamplingTargets", json, reports),
        ("/SamplingStatisticSummaries", json, json!({})),
        ("/Groups", json, json!({})),
        ("/GetGroup", json, group.clone()),
        ("/CreateGroup", json, group.clone()),
        ("/UpdateGroup", json, group.clone()),
        ("/DeleteGroup", json, group),
        ("/InsightSummaries", json, range()),
        ("/Insight", json, json!({ "InsightId": "i" })),
        ("/v1/traces", json, spans.clone()),
        ("/v1/traces", "application/x-protobuf", spans),
    ]
}

#[test]
fn no_body_makes_an_operation_panic() {
    let console = Console::start();
    let cases = (
        select(requests()),
        vec(
            (
                any::<Index>(),
                0..6_usize,
                select(vec!["", "0", "\"", "}", "[", "-", "e9", "null", "\\u", "ü"]),
            ),
            0..3,
        ),
        prop_oneof![9 => Just(None), 1 => vec(any::<u8>(), 0..60).prop_map(Some)],
    );
    let mut runner = TestRunner::new(Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&cases, |((path, kind, body), damages, garbage)| {
        let mut body = body.to_string().into_bytes();
        for (at, cut, put) in damages {
            let from = at.index(body.len() + 1);
            let to = (from + cut).min(body.len());
            body.splice(from..to, put.bytes());
        }
        let body = garbage.unwrap_or(body);
        let answer = console.ask("POST", path, &[("Content-Type", kind)], &body);
        // A panic would be answered with 500.
        prop_assert!(
            [200, 400].contains(&answer.status),
            "{path} {}: {}",
            String::from_utf8_lossy(&body),
            answer.text()
        );
        Ok(())
    });
    outcome.unwrap();
    // Whatever of all that was kept can be looked at.
    console.graph();
    assert_eq!(console.get("/completions").status, 200);
}
