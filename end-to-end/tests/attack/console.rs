//! Request bodies that need far more memory than their bytes, or that never end, at the console with 256 MiB.

use std::time::Duration;

use end_to_end::{Console, Result};
use tokio::{io::AsyncWriteExt as _, task::JoinSet, time::timeout};

use super::{
    clients::{allow_many_files, begun, post},
    console, survives, while_alive,
};

/// A little less than the console reads of a body.
const BODY: usize = 8 * 1024 * 1024 - 256;
/// Requests at once.
const AT_ONCE: usize = 20;
/// How long a probe may take, in a pod 1 s: here tests run beside each other.
const PROBE: Duration = Duration::from_secs(5);

/// Sends the same body several times at once; returns the statuses.
async fn at_once(
    console: &Console,
    path: &str,
    kind: &'static str,
    body: &[u8],
) -> Result<Vec<u16>> {
    let client = reqwest::Client::new();
    let mut requests = JoinSet::new();
    for _ in 0..AT_ONCE {
        let request = client
            .post(console.url(path))
            .header("Content-Type", kind)
            .body(body.to_vec());
        requests.spawn(async move {
            request
                .send()
                .await
                .map(|response| response.status().as_u16())
        });
    }
    let statuses = requests.join_all().await;
    Ok(statuses
        .into_iter()
        .collect::<std::result::Result<_, _>>()?)
}

/// Sends the same body several times at once to a new console, which refuses each and answers others meanwhile.
async fn is_refused_at_once(what: &str, path: &str, kind: &'static str, body: &[u8]) -> Result<()> {
    let (mut console, limit) = console().await?;
    let asked = at_once(&console, path, kind, body);
    let (statuses, longest) = while_alive(&console, asked).await?;
    are_refused(what, &statuses?);
    assert!(longest < PROBE, "{what}: /livez took {longest:?}");
    let figures = format!("/livez within {longest:?}");
    survives(what, &mut console, &limit, &figures).await
}

/// Each is refused for its content, or answered 429 if it had to wait too long on a slow machine.
fn are_refused(what: &str, statuses: &[u16]) {
    assert_eq!(statuses.len(), AT_ONCE, "{what}");
    assert!(statuses.contains(&400), "{what}: {statuses:?}");
    let is_refused = |status: &u16| matches!(status, 400 | 429);
    assert!(statuses.iter().all(is_refused), "{what}: {statuses:?}");
}

/// Returns a list with as many copies of an element as fit into a body.
fn list(before: &str, element: &str, after: &str) -> String {
    let count = BODY / (element.len() + 1);
    format!("{before}{}{after}", vec![element; count].join(","))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_of_millions_of_small_values_are_refused() -> Result<()> {
    let documents = "{\"TraceSegmentDocuments\":[";
    for (what, path, body) in [
        (
            "20 x 2.7 million empty documents",
            "/TraceSegments",
            list(documents, "\"\"", "]}"),
        ),
        (
            "20 x 1 million objects",
            "/TraceSegments",
            list(documents, "{\"a\":0}", "]}"),
        ),
        (
            "20 x 2.7 million lists",
            "/SamplingTargets",
            list("[", "[]", "]"),
        ),
    ] {
        is_refused_at_once(what, path, "application/json", body.as_bytes()).await?;
    }
    Ok(())
}

/// `bytes` as a field of a message.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    field.push(length.to_le_bytes()[0]);
    field.extend_from_slice(bytes);
    field
}

/// <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto>
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn otlp_of_millions_of_empty_elements_is_refused() -> Result<()> {
    const EVENT: u8 = 11;
    const LINK: u8 = 13;
    const SPAN: u8 = 2;
    for (what, element) in [
        ("20 x 4 million events", EVENT),
        ("20 x 4 million links", LINK),
    ] {
        let span = [element << 3 | 2, 0].repeat(BODY / 2 - 64);
        let body = field(1, &field(2, &field(SPAN, &span)));
        is_refused_at_once(what, "/v1/traces", "application/x-protobuf", &body).await?;
    }
    Ok(())
}

/// Large bodies that never end are not read to their end, and do not delay small ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_bodies_that_do_not_end_hold_no_other_request() -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(2);
    allow_many_files()?;
    let (mut console, limit) = console().await?;
    let whole = post("/TraceSegments", &"a".repeat(BODY));
    let mut held = JoinSet::new();
    for _ in 0..60 {
        let (address, most) = (console.address, whole[..whole.len() - 1].to_vec());
        held.spawn(async move {
            let mut stream = begun(address, b"").await.ok()?;
            // The console stops reading long before.
            let _ = timeout(PATIENCE, stream.write_all(&most)).await;
            Some(stream)
        });
    }
    let held = held.join_all().await;
    console.put(&[]).await?;
    let figures = format!(
        "{} open, and a small one is answered",
        held.iter().flatten().count()
    );
    survives(
        "60 bodies of 8 MB that do not end",
        &mut console,
        &limit,
        &figures,
    )
    .await
}
