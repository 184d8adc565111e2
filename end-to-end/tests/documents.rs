//! Documents that AWS's own SDKs send for this sample, through the console's UDP socket.

use std::{collections::BTreeSet, path::Path};

use end_to_end::{Console, Result};
use serde_json::{Value, json};

/// Reads the recorded datagrams of all files.
fn recorded() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("documents");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    files.sort();
    let lines = files.iter().flat_map(|file| {
        std::fs::read_to_string(file)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(&line).unwrap();
            (
                line["label"].as_str().unwrap().to_owned(),
                line["datagram"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

fn document(datagram: &str) -> Value {
    serde_json::from_str(datagram.split_once('\n').unwrap().1).unwrap()
}

#[tokio::test]
async fn no_document_of_the_aws_sdks_is_lost_and_every_trace_is_complete() -> Result<()> {
    let console = Console::start().await?;
    let recorded = recorded();
    for (_, datagram) in &recorded {
        console.send(datagram.as_bytes())?;
    }
    let status = console.received(recorded.len() as u64).await?;
    assert_eq!(status["documents"]["accepted"], recorded.len(), "{status}");

    let times = recorded.iter().flat_map(|(_, datagram)| {
        let document = document(datagram);
        [
            document["start_time"].as_f64().unwrap(),
            document["end_time"].as_f64().unwrap(),
        ]
    });
    let (first, last) = times.fold((f64::MAX, 0.0_f64), |(first, last), time| {
        (first.min(time), last.max(time))
    });
    let window =
        json!({ "StartTime": first.floor(), "EndTime": last.ceil(), "TimeRangeType": "Event" });

    let graph = console.call("/ServiceGraph", window.clone()).await?;
    let nodes: BTreeSet<_> = graph["Services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| {
            format!(
                "{} {}",
                service["Name"].as_str().unwrap(),
                service["Type"].as_str().unwrap_or_default()
            )
        })
        .collect();
    for node in [
        "x-ray-sample-front-k8s AWS::ECS::Container",
        "x-ray-sample-front-k8s client",
        "x-ray-sample-back-k8s AWS::ECS::Container",
        "x-ray-sample-back-k8s client",
        "127.0.0.1:8081 remote",
    ] {
        assert!(nodes.contains(node), "{node} in {nodes:#?}");
    }

    for trace_id in plain_api_traces(&recorded) {
        let segments = console.segments(&trace_id).await?;
        let names: Vec<_> = segments
            .iter()
            .map(|segment| segment.name.as_ref())
            .collect();
        assert_eq!(names.len(), 2, "{trace_id}: {names:?}");
        let graph = console
            .call("/TraceGraph", json!({ "TraceIds": [trace_id] }))
            .await?;
        assert_eq!(
            graph["Services"].as_array().unwrap().len(),
            3,
            "{trace_id}: {graph:#}"
        );
    }
    Ok(())
}

/// Returns the traces of the requests `GET /api` that brought no trace header.
fn plain_api_traces(recorded: &[(String, String)]) -> BTreeSet<String> {
    let plain = recorded
        .iter()
        .filter(|(label, _)| label.ends_with("front-end GET /api"));
    let traces: BTreeSet<_> = plain
        .map(|(_, datagram)| document(datagram)["trace_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(!traces.is_empty());
    traces
}

#[tokio::test]
async fn segments_whose_parent_never_came_are_segments_of_their_trace() -> Result<()> {
    let console = Console::start().await?;
    let recorded = recorded();
    let (_, datagram) = recorded
        .iter()
        .find(|(label, _)| label.contains("back-end GET /?slow=false"))
        .unwrap();
    console.send(datagram.as_bytes())?;
    console.received(1).await?;
    let document = document(datagram);
    let segments = console
        .segments(document["trace_id"].as_str().unwrap())
        .await?;
    assert_eq!(segments.len(), 1);
    assert_eq!(
        segments[0].parent_id.unwrap().to_string(),
        document["parent_id"].as_str().unwrap()
    );
    assert_eq!(segments[0].subsegments[0].name, "x-ray-sample-back-k8s-gen");
    Ok(())
}

#[tokio::test]
async fn garbage_is_counted_by_reason_and_nothing_else_is_lost() -> Result<()> {
    let console = Console::start().await?;
    let recorded = recorded();
    let good = recorded[0].1.as_bytes();
    let garbage: [&[u8]; 6] = [
        b"hello",
        b"{}\n{}",
        b"{\"format\":\"json\",\"version\":1}\n",
        b"\xff\xfe\n\xff",
        b"{\"format\":\"json\",\"version\":1}\nnot json",
        b"{\"format\":\"json\",\"version\":1}\n{\"id\":1}",
    ];
    for datagram in garbage {
        console.send(datagram)?;
    }
    console.send(good)?;
    let status = console.received(7).await?;
    assert_eq!(status["documents"]["accepted"], 1, "{status:#}");
    let refused: u64 = ["datagrams", "documents"]
        .iter()
        .flat_map(|of| status[of]["refused"].as_object().unwrap().values())
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(refused, 6, "{status:#}");
    assert!(
        status["last_refused"]["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty()),
        "{status:#}"
    );
    Ok(())
}

#[tokio::test]
async fn an_invalid_api_call_gets_the_error_of_aws() -> Result<()> {
    let console = Console::start().await?;
    let client = reqwest::Client::new();
    for (path, body) in [
        ("/TraceSummaries", "not json"),
        ("/TraceSummaries", "{}"),
        ("/ServiceGraph", "{\"StartTime\":1}"),
        ("/Traces", "[]"),
        ("/TraceSegments", "{\"TraceSegmentDocuments\":1}"),
    ] {
        let response = client.post(console.url(path)).body(body).send().await?;
        assert_eq!(response.status(), 400, "{path} {body}");
        assert_eq!(
            response.headers()["x-amzn-errortype"],
            "InvalidRequestException",
            "{path} {body}"
        );
        let error: Value = serde_json::from_str(&response.text().await?)?;
        assert!(
            error["Message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{path} {body}: {error}"
        );
    }
    Ok(())
}
