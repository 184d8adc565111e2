//! Documents that AWS's own SDKs send for this sample, and hand-made graphs.

use serde_json::{Value, json};

use crate::support::{Console, always, counts, edge, node, repository};

const CONTAINER: &str = "AWS::ECS::Container";

fn recorded(file: &str) -> Vec<(String, String)> {
    let lines = repository(&format!("end-to-end/documents/{file}.jsonl"));
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let (_, document) = line["datagram"].as_str().unwrap().split_once('\n').unwrap();
        (
            line["label"].as_str().unwrap().to_owned(),
            document.to_owned(),
        )
    };
    lines.lines().map(read).collect()
}

/// The sum of a histogram's counts.
fn sum(histogram: &Value) -> u64 {
    histogram
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["Count"].as_u64().unwrap())
        .sum()
}

/// The figures are those of the files, counted by a script of a few lines outside of this project.
#[test]
fn all_recorded_documents_make_the_map_of_the_sample() {
    let console = Console::start();
    let documents: Vec<String> = ["go-sample", "python-aiohttp"]
        .iter()
        .flat_map(|file| recorded(file))
        .map(|(_, document)| document)
        .collect();
    console.take(&documents);
    let status = console.get("/status").json();
    assert_eq!(
        status["documents"],
        json!({ "accepted": 191, "warned": {}, "refused": {}, "duplicates": 0 })
    );
    let graph = console.graph();
    assert_eq!(graph["Services"].as_array().unwrap().len(), 5, "{graph:#}");
    let front = node(&graph, "x-ray-sample-front-k8s", CONTAINER);
    let back = node(&graph, "x-ray-sample-back-k8s", CONTAINER);
    let down = node(&graph, "127.0.0.1:8081", "remote");
    assert_eq!(
        (counts(front), counts(back), counts(down)),
        ([13, 0, 0, 0], [78, 0, 0, 0], [0, 0, 0, 2])
    );
    assert_eq!(
        (counts(edge(front, back)), counts(edge(front, down))),
        ([66, 0, 0, 0], [0, 0, 0, 2])
    );
    let seconds = |node: &Value| {
        node["SummaryStatistics"]["TotalResponseTime"]
            .as_f64()
            .unwrap()
    };
    assert!(
        (seconds(back) - 0.024_805_07).abs() < 1e-4 && (seconds(front) - 0.091_463_57).abs() < 1e-4
    );
    assert_eq!(
        (
            sum(&back["ResponseTimeHistogram"]),
            sum(&front["DurationHistogram"])
        ),
        (78, 13)
    );
    let (front_clients, back_clients) = (
        node(&graph, "x-ray-sample-front-k8s", "client"),
        node(&graph, "x-ray-sample-back-k8s", "client"),
    );
    assert_eq!(
        (
            counts(edge(front_clients, front)),
            counts(edge(back_clients, back))
        ),
        ([4, 0, 0, 0], [6, 0, 0, 0])
    );
    assert_eq!(
        (&down["State"], &front["State"], &front["Root"]),
        (&json!("unknown"), &json!("active"), &json!(true))
    );
    assert!(
        front_clients.get("SummaryStatistics").is_none() && front_clients.get("Root").is_none()
    );
}

#[test]
fn one_request_through_the_pair_makes_three_nodes_in_either_order() {
    for reverse in [false, true] {
        let console = Console::start();
        let mut pair: Vec<String> = recorded("go-sample")
            .into_iter()
            .filter(|(label, _)| label == "v2 front-end GET /api")
            .map(|(_, document)| document)
            .collect();
        if reverse {
            pair.reverse();
        }
        console.take(&pair);
        let graph = console.graph();
        assert_eq!(graph["Services"].as_array().unwrap().len(), 3, "{graph:#}");
        let summaries = console.call("TraceSummaries", &always());
        let summary = &summaries["TraceSummaries"][0];
        assert_eq!(summary["EntryPoint"]["Name"], "x-ray-sample-front-k8s");
        assert_eq!(summary["Http"]["HttpStatus"], 200);
        let traces = console.call("Traces", &json!({ "TraceIds": [summary["Id"]] }));
        let documents: Vec<Value> = traces["Traces"][0]["Segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|segment| serde_json::from_str(segment["Document"].as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(documents.len(), 2);
        let call = documents[0]["subsegments"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["namespace"] == "remote")
            .unwrap();
        assert_eq!(call["id"], documents[1]["parent_id"]);
        assert_eq!(
            documents[1]["subsegments"][0]["name"],
            "x-ray-sample-back-k8s-gen"
        );
        assert_eq!(
            console.call("TraceGraph", &json!({ "TraceIds": [summary["Id"]] }))["Services"]
                .as_array()
                .unwrap()
                .len(),
            3
        );
    }
}

/// A front end that calls whatever there is.
fn made_by_hand(number: u32) -> [String; 2] {
    let flags = match number {
        0..60 => "",
        60..80 => r#""error":true,"#,
        80..90 => r#""error":true,"throttle":true,"#,
        _ => r#""fault":true,"#,
    };
    let trace = format!("1-5f84c7a1-{number:024x}");
    let other = format!("1-5f84c7a2-{number:024x}");
    let call = |id: u32, name: &str, more: &str| {
        format!(
            r#"{{"id":"{id:08x}{number:08x}","name":"{name}","start_time":10.1,"end_time":10.2,{flags}{more}}}"#
        )
    };
    let calls = [
        call(
            2,
            "SQS",
            r#""namespace":"aws","aws":{"queue_url":"https://sqs/orders","operation":"SendMessage"}"#,
        ),
        call(
            3,
            "DynamoDB",
            r#""namespace":"aws","aws":{"table_name":"scores","operation":"GetItem"}"#,
        ),
        call(
            4,
            "shop@db",
            r#""namespace":"remote","sql":{"database_type":"postgresql"}"#,
        ),
        call(
            5,
            "Lambda",
            r#""namespace":"aws","aws":{"function_name":"thumb","operation":"Invoke"}"#,
        ),
    ];
    let front = format!(
        r#"{{"trace_id":"{trace}","id":"{:08x}{number:08x}","name":"front","origin":"AWS::EKS::Container","start_time":10,"end_time":10.5,{flags}"subsegments":[{}]}}"#,
        1,
        calls.join(",")
    );
    let worker = format!(
        r#"{{"trace_id":"{other}","id":"{:08x}{number:08x}","name":"worker","start_time":12,"end_time":12.25,"links":[{{"trace_id":"{trace}","id":"{:08x}{number:08x}"}}]}}"#,
        6, 2
    );
    [front, worker]
}

#[test]
fn a_graph_made_by_hand_has_exactly_its_statistics() {
    let console = Console::start();
    let documents: Vec<String> = (0..100).flat_map(made_by_hand).collect();
    console.take(&documents);
    let graph = console.graph();
    let expected = [60, 20, 10, 10];
    let front = node(&graph, "front", "AWS::EKS::Container");
    assert_eq!(counts(front), expected);
    assert_eq!(
        front["ResponseTimeHistogram"],
        json!([{ "Value": 0.5, "Count": 100 }])
    );
    assert!(
        (front["SummaryStatistics"]["TotalResponseTime"]
            .as_f64()
            .unwrap()
            - 50.0)
            .abs()
            < 1e-6
    );
    for (name, kind) in [
        ("https://sqs/orders", "AWS::SQS::Queue"),
        ("scores", "AWS::DynamoDB::Table"),
        ("shop@db", "Database::SQL"),
        ("thumb", "AWS::Lambda"),
    ] {
        let callee = node(&graph, name, kind);
        assert_eq!(
            (counts(callee), counts(edge(front, callee))),
            (expected, expected),
            "{name}"
        );
        assert_eq!(
            edge(front, callee)["ResponseTimeHistogram"],
            json!([{ "Value": 0.1, "Count": 100 }])
        );
        assert!(edge(front, callee).get("EdgeType").is_none());
        assert_eq!(callee["State"], "unknown");
    }
    let queue = node(&graph, "https://sqs/orders", "AWS::SQS::Queue");
    let worker = node(&graph, "worker", "");
    assert_eq!(edge(queue, worker)["EdgeType"], "link");
    assert_eq!(
        (counts(worker), counts(edge(queue, worker))),
        ([100, 0, 0, 0], [100, 0, 0, 0])
    );
    assert!(worker.get("Type").is_none());
    let faults = console.call(
        "ServiceGraph",
        &json!({ "StartTime": 0, "EndTime": 100, "FilterExpression": "fault" }),
    );
    assert_eq!(
        counts(node(&faults, "front", "AWS::EKS::Container")),
        [0, 0, 0, 10]
    );
}

#[test]
fn a_lambda_is_two_nodes_of_one_name() {
    let console = Console::start();
    let segment = |id: &str, parent: &str, origin: &str| {
        format!(
            r#"{{"trace_id":"1-5f84c7a1-e7d1852db8c4fd35d88bf49a","id":"{id}",{parent}"name":"thumb","origin":"{origin}","start_time":1,"end_time":2}}"#
        )
    };
    console.take(&[
        segment("000000000000000a", "", "AWS::Lambda"),
        segment(
            "000000000000000b",
            r#""parent_id":"000000000000000a","#,
            "AWS::Lambda::Function",
        ),
    ]);
    let graph = console.graph();
    let (service, function) = (
        node(&graph, "thumb", "AWS::Lambda"),
        node(&graph, "thumb", "AWS::Lambda::Function"),
    );
    assert_eq!(counts(edge(service, function)), [1, 0, 0, 0]);
    assert_eq!(graph["Services"].as_array().unwrap().len(), 3);
}
