//! Traces of the largest size that the console accepts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use end_to_end::{Console, PATIENCE, Result, eventually};
use serde_json::json;
use tokio::task::JoinSet;
use xray::{Config, SamplerKind, Tracing};

use super::{
    MIB,
    clients::{post, silent},
    console, survives, while_alive,
};

const TRACE: &str = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
/// How long a probe may take, in a pod 1 s: here tests run beside each other.
const PROBE: Duration = Duration::from_secs(5);

/// Fills a trace with independent subsegments until the console refuses more, and returns how many were sent.
async fn fill(console: &Console) -> Result<usize> {
    const A_CALL: usize = 900;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let client = reqwest::Client::new();
    for first in (1..).step_by(A_CALL) {
        let documents: Vec<String> = (first..first + A_CALL)
            .map(|id| {
                json!({
                    "trace_id": TRACE, "id": format!("{id:016x}"), "parent_id": "ffffffffffffffff", "type": "subsegment",
                    "name": "part", "start_time": now, "end_time": now + 1,
                })
                .to_string()
            })
            .collect();
        let body = json!({ "TraceSegmentDocuments": documents }).to_string();
        let response = client
            .post(console.url("/TraceSegments"))
            .body(body)
            .send()
            .await?;
        let answer = response.error_for_status()?.text().await?;
        if answer.contains("TraceTooLarge") {
            return Ok(first + A_CALL - 1);
        }
    }
    Err("the trace takes any number".into())
}

/// Sends the segment, after its subsegments have filled the trace, and checks that it joins them.
async fn root_is_kept(console: &Console) -> Result<()> {
    let segment = json!({
        "trace_id": TRACE, "id": "ffffffffffffffff", "name": "shop", "start_time": 1_600_440_225, "end_time": 1_600_440_226,
    });
    console.put(&[segment.to_string()]).await?;
    let answer = console
        .call("/Traces", json!({ "TraceIds": [TRACE] }))
        .await?;
    let trace = &answer["Traces"][0];
    assert_eq!(
        (
            &trace["LimitExceeded"],
            trace["Segments"].as_array().map(Vec::len)
        ),
        (&json!(true), Some(1))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_trace_is_asked_for_thirty_times_at_once() -> Result<()> {
    const TIMES: usize = 30;
    let (mut console, limit) = console().await?;
    let sent = fill(&console).await?;
    let client = reqwest::Client::new();
    let asked = async {
        let mut requests = JoinSet::new();
        for index in 0..TIMES {
            // Two questions; those that are equal share a text.
            let request = if index % 2 == 0 {
                client
                    .post(console.url("/Traces"))
                    .body(json!({ "TraceIds": [TRACE] }).to_string())
            } else {
                client.get(console.url(&format!("/documents/{TRACE}")))
            };
            requests.spawn(async move {
                let response = request.send().await?.error_for_status()?;
                Ok::<_, reqwest::Error>(response.bytes().await?.len() as u64)
            });
        }
        requests
            .join_all()
            .await
            .into_iter()
            .collect::<std::result::Result<Vec<_>, _>>()
    };
    let (lengths, longest) = while_alive(&console, asked).await?;
    let lengths = lengths?;
    assert!(
        lengths.iter().all(|length| *length > 4 * MIB),
        "{lengths:?}"
    );
    assert!(longest < PROBE, "/livez took {longest:?}");
    root_is_kept(&console).await?;
    let figures = format!("a trace of {sent} documents, /livez within {longest:?}");
    survives(
        "a full trace, 30 times at once",
        &mut console,
        &limit,
        &figures,
    )
    .await
}

/// The segment is emitted after its subsegments have filled the emitter's ring, and arrives after they have filled the trace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_a_hundred_thousand_subsegments_is_in_its_trace() -> Result<()> {
    const SUBSEGMENTS: u32 = 100_000;
    let (mut console, limit) = console().await?;
    let tracing = Tracing::new(&Config {
        daemon: console.address.to_string().parse()?,
        sampler: SamplerKind::AlwaysOn,
        ..Config::new("shop")
    })?;
    let work = async {
        for _ in 0..SUBSEGMENTS {
            xray::in_subsegment("part", || ());
        }
    };
    tracing.segment("large", work).await;
    tracing.shutdown(PATIENCE);
    let delivery = tracing.delivery();
    let summary = eventually("the trace", async || Ok(console.summaries().await?.pop())).await?;
    let answer = console
        .call("/Traces", json!({ "TraceIds": [summary["Id"]] }))
        .await?;
    let segments = answer["Traces"][0]["Segments"].as_array().map(Vec::len);
    let figures = format!("{} documents sent, {} shed", delivery.sent, delivery.shed);
    assert_eq!(segments, Some(1), "orphans; {figures}");
    survives("100,000 subsegments", &mut console, &limit, &figures).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_read_nothing_hold_one_text_and_are_cut_off() -> Result<()> {
    const CLIENTS: usize = 100;
    let (mut console, limit) = console().await?;
    fill(&console).await?;
    let request = post("/Traces", &json!({ "TraceIds": [TRACE] }).to_string());
    let mut held = Vec::new();
    for _ in 0..CLIENTS {
        held.push(silent(console.address, &request).await?);
    }
    let cut_off = eventually("clients that are cut off", async || {
        let metrics = reqwest::get(console.url("/metrics")).await?.text().await?;
        let counter = metrics
            .lines()
            .find_map(|line| line.split_once("reason=\"not_reading\"} "));
        let cut_off: usize = counter.ok_or("no counter")?.1.parse()?;
        Ok((cut_off > 0).then_some(cut_off))
    })
    .await?;
    // Their places are free again.
    root_is_kept(&console).await?;
    drop(held);
    let figures = format!("{cut_off} cut off so far");
    survives(
        "100 clients that read nothing",
        &mut console,
        &limit,
        &figures,
    )
    .await
}
