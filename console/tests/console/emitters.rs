//! What others send, recorded from services that were run: Envoy, AWS's SDKs with plugins of frameworks and databases,
//! Powertools, natchez, zipkin-aws, knex, xraysink (`end-to-end/documents/emitters`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Console, always, edge, node, repository};

const EMITTERS: [&str; 18] = [
    "envoy",
    "go-sdk-v2",
    "java-sdk",
    "java-sdk-oversize",
    "natchez",
    "node-aws",
    "node-core",
    "node-fastify",
    "node-fetch",
    "node-knex",
    "node-pg",
    "powertools-python",
    "python-aiohttp-middleware",
    "python-core",
    "python-infinite-annotation",
    "python-sqlalchemy",
    "python-xraysink",
    "zipkin-aws",
];
/// The one whose document is no JSON.
const NO_JSON: &str = "python-infinite-annotation";

fn recorded(emitter: &str) -> Vec<String> {
    let lines = repository(&format!("end-to-end/documents/emitters/{emitter}.jsonl"));
    let datagram = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["datagram"].as_str().unwrap().to_owned()
    };
    lines.lines().map(datagram).collect()
}

fn documents(emitter: &str) -> Vec<Value> {
    let datagrams = recorded(emitter);
    let document =
        |datagram: &String| serde_json::from_str(datagram.split_once('\n').unwrap().1).unwrap();
    datagrams.iter().map(document).collect()
}

/// Sends what an emitter sent, as it sent it.
fn replay(console: &Console, emitter: &str) {
    let received = |console: &Console| {
        console.get("/status").json()["datagrams"]["received"]
            .as_u64()
            .unwrap()
    };
    for datagram in recorded(emitter) {
        let before = received(console);
        console.send(datagram.as_bytes());
        console.wait_for(|console| received(console) > before && is_settled(console));
    }
}

/// Whether everything that was received is accepted or refused.
fn is_settled(console: &Console) -> bool {
    let status = console.get("/status").json();
    let refused = status["documents"]["refused"].as_object().unwrap().values();
    let refused: u64 = refused.map(|count| count.as_u64().unwrap()).sum();
    status["datagrams"]["received"] == status["documents"]["accepted"].as_u64().unwrap() + refused
}

/// A trace as `BatchGetTraces` has it.
fn segments(console: &Console, trace: &str) -> Vec<Value> {
    let traces = console.call("Traces", &json!({ "TraceIds": [trace] }));
    let segments = traces["Traces"][0]["Segments"].as_array().unwrap();
    let document =
        |segment: &Value| serde_json::from_str(segment["Document"].as_str().unwrap()).unwrap();
    segments.iter().map(document).collect()
}

/// The ids of a document and of all that is embedded in it, with their names.
fn parts(document: &Value, into: &mut BTreeMap<String, Value>) {
    into.insert(
        document["id"].as_str().unwrap().to_owned(),
        document["name"].clone(),
    );
    for subsegment in document["subsegments"].as_array().into_iter().flatten() {
        parts(subsegment, into);
    }
}

#[test]
fn every_document_of_every_emitter_is_whole_in_its_trace_and_on_the_map() {
    let folder = format!(
        "{}/../end-to-end/documents/emitters",
        env!("CARGO_MANIFEST_DIR")
    );
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), EMITTERS.len());
    let console = Console::start();
    for emitter in EMITTERS {
        replay(&console, emitter);
    }
    let status = console.get("/status").json();
    assert_eq!(
        status["documents"]["refused"],
        json!({ "InvalidJson": 1 }),
        "{status:#}"
    );
    let graph = console.graph();
    let services = graph["Services"].as_array().unwrap();
    let nodes: BTreeSet<_> = services
        .iter()
        .map(|service| service["Name"].as_str().unwrap())
        .collect();
    for emitter in EMITTERS.into_iter().filter(|emitter| *emitter != NO_JSON) {
        for document in documents(emitter) {
            let trace = document["trace_id"].as_str().unwrap();
            let (mut sent, mut shown) = (BTreeMap::new(), BTreeMap::new());
            parts(&document, &mut sent);
            for segment in segments(&console, trace) {
                parts(&segment, &mut shown);
            }
            for (id, name) in sent {
                let shown = shown
                    .get(&id)
                    .unwrap_or_else(|| panic!("{emitter}: {id} is lost"));
                assert!(
                    name.is_null() || *shown == name,
                    "{emitter}: {id} is {shown} and not {name}"
                );
            }
            let name = document["name"].as_str().unwrap();
            assert!(
                document["type"] == "subsegment" || nodes.contains(name),
                "{emitter}: {name}"
            );
        }
    }
}

#[test]
fn what_x_ray_would_not_take_or_index_of_them_is_warned_of() {
    for (emitter, warned) in [
        ("envoy", json!({ "InvalidAnnotation": 9 })),
        (
            "java-sdk",
            json!({ "InvalidAnnotation": 1, "InvalidName": 1 }),
        ),
        (
            "natchez",
            json!({ "InvalidAnnotation": 1, "InvalidParentId": 4 }),
        ),
        (
            "node-core",
            json!({ "InvalidAnnotation": 1, "InvalidName": 1 }),
        ),
        ("python-sqlalchemy", json!({ "MissingName": 1 })),
        (
            "zipkin-aws",
            json!({ "InvalidAnnotation": 1, "InvalidNamespace": 1 }),
        ),
    ] {
        let console = Console::start();
        replay(&console, emitter);
        let status = console.get("/status").json();
        assert_eq!(status["documents"]["warned"], warned, "{emitter}");
    }
}

#[test]
fn a_root_of_natchez_has_an_empty_object_for_a_parent() {
    let console = Console::start();
    replay(&console, "natchez");
    let graph = console.graph();
    for name in ["nz-service", "nz-noparent", "nz-failed", "nz-nan"] {
        edge(node(&graph, name, "client"), node(&graph, name, ""));
    }
    let root = documents("natchez").swap_remove(0);
    let shown = segments(&console, root["trace_id"].as_str().unwrap());
    let shown = shown
        .iter()
        .find(|segment| segment["id"] == root["id"])
        .unwrap();
    assert_eq!(shown.get("parent_id"), None);
}

#[test]
fn a_subsegment_without_a_name_is_named_by_its_database() {
    let console = Console::start();
    replay(&console, "python-sqlalchemy");
    let graph = console.graph();
    edge(
        node(&graph, "sacore", ""),
        node(&graph, "sqlite", "Database::SQL"),
    );
}

/// AWS's SDK for Node.js names, in the subsegments around the one that failed, that one by its id.
#[test]
fn a_cause_that_names_a_subsegment_is_that_subsegment_s_exception() {
    let console = Console::start();
    let failed = |id: &str, cause: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","name":"n{id}","start_time":1,"end_time":2,"fault":true,"cause":{cause}{more}}}"#
        )
    };
    let exception =
        r#"{"exceptions":[{"id":"00000000000000ee","message":"nested","type":"RangeError"}]}"#;
    let [own, other] = ["000000000000000b", "00000000000000ee"]
        .map(|id| format!(r#"{{"id":"{id}","exceptions":[]}}"#));
    for (index, named) in [own, other].iter().enumerate() {
        let inner = failed("000000000000000b", exception, "");
        let sibling = failed("000000000000000c", named, "");
        let identity = format!(
            r#","trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49{index}","subsegments":[{inner},{sibling}]"#
        );
        console.take(&[failed("000000000000000a", named, &identity)]);
    }
    let summaries = console.call("TraceSummaries", &always());
    let summaries = summaries["TraceSummaries"].as_array().unwrap();
    assert_eq!(summaries.len(), 2);
    for summary in summaries {
        let causes = summary["FaultRootCauses"].as_array().unwrap();
        assert_eq!(causes.len(), 2, "{summary:#}");
        for cause in causes {
            for entity in cause["Services"][0]["EntityPath"].as_array().unwrap() {
                let exceptions = &entity["Exceptions"];
                assert_eq!(
                    *exceptions,
                    json!([{ "Name": "RangeError", "Message": "nested" }]),
                    "{entity}"
                );
            }
        }
    }
}

/// Brave's default: the server's span has the id of the client's.
#[test]
fn both_sides_of_a_joined_span_of_zipkin_are_one_call() {
    let trace = r#""trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","start_time":10"#;
    let documents = [
        format!(
            r#"{{{trace},"id":"000000000000000b","parent_id":"000000000000000a","type":"subsegment","namespace":"remote","name":"shop","end_time":13}}"#
        ),
        format!(r#"{{{trace},"id":"000000000000000a","name":"front","end_time":14}}"#),
        format!(
            r#"{{{trace},"id":"000000000000000b","parent_id":"000000000000000a","name":"shop","end_time":12}}"#
        ),
    ];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let console = Console::start();
        console.take(&order.map(|index| &documents[index]));
        let graph = console.graph();
        let services = graph["Services"].as_array().unwrap();
        let names: Vec<_> = services
            .iter()
            .map(|service| (&service["Name"], &service["Type"]))
            .collect();
        assert_eq!(services.len(), 3, "{names:?}");
        let call = edge(node(&graph, "front", ""), node(&graph, "shop", ""));
        assert_eq!(
            call["SummaryStatistics"]["TotalResponseTime"], 3.0,
            "as the caller saw it"
        );
    }
}

/// AWS's SDK for Java, and OpenTelemetry's remote sampler for Java, report the time in milliseconds.
#[test]
fn statistics_in_milliseconds_get_a_target() {
    for strict in [false, true] {
        let console = Console::start_with(console::Config {
            strict,
            ..console::Config::default()
        });
        let report = |timestamp: Value| {
            let document = json!({ "RuleName": "Default", "ClientID": "0123456789abcdef01234567", "Timestamp": timestamp,
                "RequestCount": 5, "SampledCount": 1, "BorrowCount": 1 });
            json!({ "SamplingStatisticsDocuments": [document] })
        };
        for timestamp in [
            json!(1_795_917_170_758_u64),
            json!(1.795_917_170_758E12),
            json!(1_795_917_170.758),
        ] {
            let answer = console.call("SamplingTargets", &report(timestamp.clone()));
            assert_eq!(answer["UnprocessedStatistics"], json!([]), "{timestamp}");
            assert_eq!(
                answer["SamplingTargetDocuments"][0]["RuleName"], "Default",
                "{timestamp}"
            );
        }
        let summaries = console.call("SamplingStatisticSummaries", &json!({}));
        assert_eq!(
            summaries["SamplingStatisticSummaries"][0]["RequestCount"],
            15
        );
        if !strict {
            let answer = console.call("SamplingTargets", &report(json!("then")));
            assert_eq!(
                answer["UnprocessedStatistics"][0]["ErrorCode"], "400",
                "{answer}"
            );
        }
    }
}

#[test]
fn an_empty_list_is_a_document_without_an_id() {
    let console = Console::start();
    let answer = console.call(
        "TraceSegments",
        &json!({ "TraceSegmentDocuments": ["[]", " [ ]"] }),
    );
    let unprocessed = answer["UnprocessedTraceSegments"].as_array().unwrap();
    let codes: Vec<_> = unprocessed.iter().map(|one| &one["ErrorCode"]).collect();
    assert_eq!(codes, [&json!("MissingId"); 2]);
    console.take(&["[]"]);
    assert_eq!(
        console.get("/status").json()["documents"]["refused"],
        json!({ "MissingId": 3 })
    );
}
