//! Segment documents, sent as datagrams as services do.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use end_to_end::{Console, Result};
use serde_json::{Value, json};

/// What stands before each document.
const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
/// Datagrams that any receive buffer holds.
const AT_ONCE: usize = 100;

/// The time in seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64()
}

/// A new id of a segment.
pub(crate) fn id() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0x00c0_ffee_0000_0000);
    format!("{:016x}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// A new id of a trace that began at a time.
pub(crate) fn trace_id(start: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "seconds"
    )]
    let seconds = start as u64;
    format!("1-{seconds:08x}-00000000{}", id())
}

/// A segment or subsegment of `seconds` from `start` on, with what else it says.
pub(crate) fn part(name: &str, start: f64, seconds: f64, more: &Value) -> Value {
    let mut part =
        json!({ "id": id(), "name": name, "start_time": start, "end_time": start + seconds });
    merge(&mut part, more);
    part
}

/// A segment of a new trace.
pub(crate) fn segment(name: &str, start: f64, seconds: f64, more: &Value) -> Value {
    let mut segment = part(name, start, seconds, more);
    if segment["trace_id"].is_null() {
        segment["trace_id"] = trace_id(start).into();
    }
    segment
}

/// The call of another service, as the caller sees it.
pub(crate) fn call(name: &str, start: f64, seconds: f64, url: &str, status: u16) -> Value {
    let remote = json!({ "namespace": "remote" });
    part(
        name,
        start,
        seconds,
        &with(http("GET", url, status), &remote),
    )
}

/// A write of 50 ms to a table of DynamoDB.
pub(crate) fn put_item(start: f64) -> Value {
    let aws = json!({ "operation": "PutItem", "table_name": "orders", "region": "eu-central-1" });
    part(
        "DynamoDB",
        start,
        0.05,
        &json!({ "namespace": "aws", "aws": aws }),
    )
}

/// The segment of the service that the first subsegment of `caller` called.
pub(crate) fn called(caller: &Value, name: &str, start: f64, seconds: f64, more: &Value) -> Value {
    let place =
        json!({ "trace_id": caller["trace_id"], "parent_id": caller["subsegments"][0]["id"] });
    segment(name, start, seconds, &with(place, more))
}

/// What a segment says of its request and how it was answered.
pub(crate) fn http(method: &str, url: &str, status: u16) -> Value {
    let mut http = json!({ "http": {
        "request": { "method": method, "url": url, "client_ip": "192.0.2.7", "user_agent": "tests/1" },
        "response": { "status": status } } });
    match status {
        429 => merge(&mut http, &json!({ "error": true, "throttle": true })),
        400..=499 => http["error"] = true.into(),
        500.. => http["fault"] = true.into(),
        _ => {}
    }
    http
}

/// Adds members to an object.
pub(crate) fn merge(object: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        object[key] = value.clone();
    }
}

/// Both objects in one.
pub(crate) fn with(mut object: Value, more: &Value) -> Value {
    merge(&mut object, more);
    object
}

/// Sends each document in a datagram of its own and waits until the console has read them all.
pub(crate) async fn send(console: &Console, documents: &[Value]) -> Result<()> {
    let status = console.status().await?;
    let mut count = status["datagrams"]["received"].as_u64().unwrap_or(0);
    for some in documents.chunks(AT_ONCE) {
        for document in some {
            console.send(format!("{HEADER}{document}").as_bytes())?;
        }
        count += some.len() as u64;
        console.received(count).await?;
    }
    Ok(())
}
