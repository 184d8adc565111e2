//! The same requests by X-Ray's datagrams and by OTLP, over HTTP and gRPC, give the same service map and the same traces.

use std::process::Command;

use end_to_end::{Console, Pair, Result, build_example, eventually};
use segment::Document;
use serde_json::{Value, json};

/// A request to the pair: path, and whether the back end is there.
const REQUESTS: [(&str, bool); 4] = [
    ("/api", true),
    ("/api?repeat=true", true),
    ("/nowhere", true),
    ("/api", false),
];

/// Starts the pair, which traces every request and sends its spans by OTLP.
async fn by_otlp(console: &Console) -> Result<Pair> {
    start(&[
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &console.url("")),
    ])
    .await
}

/// The same over gRPC.
async fn by_grpc(url: &str) -> Result<Pair> {
    start(&[
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
    ])
    .await
}

/// Starts the pair, which traces every request and sends datagrams.
async fn by_datagrams(console: &Console) -> Result<Pair> {
    start(&[
        ("OTEL_TRACES_EXPORTER", "xray"),
        ("AWS_XRAY_DAEMON_ADDRESS", &console.address.to_string()),
    ])
    .await
}

async fn start(exporter: &[(&str, &str)]) -> Result<Pair> {
    Pair::start(&[exporter, &[("OTEL_TRACES_SAMPLER", "always_on")]].concat()).await
}

/// Makes the requests, ends both services, and returns the map and the traces in the order of their requests.
async fn ask(console: &Console, mut pair: Pair) -> Result<(Value, Vec<Value>)> {
    let client = reqwest::Client::new();
    let mut ids = Vec::new();
    for (path, has_back) in REQUESTS {
        if !has_back {
            assert!(pair.back.terminate().await?.success());
        }
        let url = format!("http://{}{path}", pair.front_address);
        let response = client.get(url).send().await?;
        let header = response.headers().get("x-amzn-trace-id");
        let id = header.and_then(|header| header.to_str().ok()?.strip_prefix("Root="));
        ids.extend(id.map(str::to_owned));
    }
    assert!(pair.front.terminate().await?.success());
    let mut traces = Vec::new();
    for id in ids {
        let segments = eventually("a whole trace", async || {
            let segments = console.segments(&id).await?;
            let is_there = segments.iter().any(|segment| segment.parent_id.is_none());
            Ok(is_there.then_some(segments))
        });
        traces.push(shape(&segments.await?));
    }
    Ok((map(&console.services().await?), traces))
}

/// Returns the map without what differs from run to run: ids, times, and the order.
fn map(services: &[Value]) -> Value {
    let name = |id: &Value| {
        let of = |service: &&Value| service["ReferenceId"] == *id;
        let service = services.iter().find(of).unwrap();
        json!([service["Name"], service["Type"]])
    };
    let counts = |statistics: &Value| {
        let mut statistics = statistics.clone();
        statistics
            .as_object_mut()
            .unwrap()
            .remove("TotalResponseTime");
        statistics
    };
    let mut nodes: Vec<_> = services
        .iter()
        .map(|service| {
            let edges = service["Edges"].as_array().unwrap().iter();
            let mut edges: Vec<_> = edges
                .map(|edge| {
                    json!([
                        name(&edge["ReferenceId"]),
                        counts(&edge["SummaryStatistics"])
                    ])
                })
                .collect();
            edges.sort_by_key(Value::to_string);
            json!({
                "name": service["Name"], "type": service["Type"], "root": service["Root"],
                "counts": service.get("SummaryStatistics").map(counts), "edges": edges,
            })
        })
        .collect();
    nodes.sort_by_key(Value::to_string);
    nodes.into()
}

/// Returns the tree of a trace: names, namespaces, outcomes, requests, annotations.
fn shape(documents: &[Document<'_>]) -> Value {
    fn one(document: &Document<'_>) -> Value {
        let http = document.http.as_ref();
        let request = http.and_then(|http| http.request.as_ref());
        let response = http.and_then(|http| http.response.as_ref());
        json!({
            "name": document.name, "namespace": document.namespace, "inferred": document.inferred,
            "outcome": [document.error, document.throttle, document.fault],
            "method": request.and_then(|request| request.method.as_deref()),
            "path": request.and_then(|request| Some(request.url.as_deref()?.splitn(4, '/').nth(3)?.to_owned())),
            "status": response.and_then(|response| response.status),
            "has_parent": document.parent_id.is_some(),
            "is_caused": document.cause.is_some(),
            "below": shape(&document.subsegments),
        })
    }
    let mut shapes: Vec<_> = documents.iter().map(one).collect();
    shapes.sort_by_key(Value::to_string);
    shapes.into()
}

#[tokio::test]
async fn all_exporters_give_the_same_map_and_the_same_traces() -> Result<()> {
    let [first, second] = [Console::start().await?, Console::start().await?];
    let (map, traces) = ask(&first, by_datagrams(&first).await?).await?;
    let (map_by_otlp, traces_by_otlp) = ask(&second, by_otlp(&second).await?).await?;
    let (third, url) = Console::start_with_grpc().await?;
    let (map_by_grpc, traces_by_grpc) = ask(&third, by_grpc(&url).await?).await?;
    assert_eq!(map, map_by_otlp, "{map:#}\n{map_by_otlp:#}");
    assert_eq!(traces, traces_by_otlp);
    assert_eq!((map_by_otlp, traces_by_otlp), (map_by_grpc, traces_by_grpc));
    // What is alike could be alike because it is empty.
    assert_eq!(traces.len(), 3, "the page's 404 is not traced");
    let names: Vec<_> = map
        .as_array()
        .unwrap()
        .iter()
        .map(|node| &node["name"])
        .collect();
    assert!(names.contains(&&json!("x-ray-sample-back-k8s")), "{map:#}");
    Ok(())
}

#[tokio::test]
async fn what_carries_spans_makes_none() -> Result<()> {
    let console = Console::start().await?;
    makes_none(&console, by_otlp(&console).await?).await?;
    let (console, url) = Console::start_with_grpc().await?;
    makes_none(&console, by_grpc(&url).await?).await
}

async fn makes_none(console: &Console, pair: Pair) -> Result<()> {
    // Each request is sent by itself, so that what a request to the collector made would come with the next.
    for count in 1..=3 {
        reqwest::get(format!("http://{}/api", pair.front_address)).await?;
        eventually("four spans a request", async || {
            let status = console.status().await?;
            Ok((status["documents"]["accepted"] == 4 * count).then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// The spans that `otlp-exporter` sends, and the id of their trace.
const EXPORTED: usize = 602;
const EXPORTED_ID: &str = "1-69200000-0102030405060708090a0b0c";

#[tokio::test]
async fn what_the_exporter_for_rust_sends_is_whole_by_grpc_as_by_http() -> Result<()> {
    let exporter = build_example("otlp-exporter")?;
    let mut taken = Vec::new();
    for (protocol, compression) in [("http", None), ("grpc", None), ("grpc", Some("gzip"))] {
        let (console, grpc) = Console::start_with_grpc().await?;
        let endpoint = match protocol {
            "grpc" => grpc,
            _ => console.url("/v1/traces"),
        };
        let mut command = Command::new(&exporter);
        command.args([protocol, &endpoint]).env_clear();
        command.envs(compression.map(|coding| ("OTEL_EXPORTER_OTLP_COMPRESSION", coding)));
        let ended = tokio::task::spawn_blocking(move || command.output()).await??;
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}");
        let status = console.status().await?;
        assert_eq!(status["documents"]["accepted"], EXPORTED, "{protocol}");
        assert_eq!(status["documents"]["warned"], json!({}), "{protocol}");
        let answer = reqwest::get(console.url(&format!("/documents/{EXPORTED_ID}"))).await?;
        let answer: Value = answer.json().await?;
        let texts = answer["documents"].as_array().into_iter().flatten();
        let documents: Vec<Value> = texts
            .filter_map(|text| serde_json::from_str(text.as_str()?).ok())
            .collect();
        assert_eq!(documents.len(), EXPORTED, "{protocol}");
        taken.push(documents);
    }
    let [by_http, by_grpc, by_gzip] = &taken[..] else {
        return Err("not three ways".into());
    };
    for (number, by_http) in by_http.iter().enumerate() {
        assert_eq!(by_http, &by_grpc[number]);
        assert_eq!(by_http, &by_gzip[number]);
    }
    let text = json!(by_http).to_string();
    for part in [
        "the bank is closed",
        "item=ä",
        "is_gift\":true",
        "1.25",
        "SELECT * FROM items",
    ] {
        assert!(text.contains(part), "{part}");
    }
    Ok(())
}
