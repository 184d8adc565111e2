//! The test segment.

use segment::{Document, Form, SegmentId, Time, TraceId, datagram};
use serde_json::{Value, json};

/// Its name, and its node on the service map.
const NAME: &str = "console-doctor";

/// A segment that contains only its name and times.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    pub(super) trace: TraceId,
    /// The datagram: header line and document.
    pub(super) datagram: Vec<u8>,
    /// The same as a span, in OTLP's JSON.
    pub(super) spans: Value,
}

impl Canary {
    /// Makes a canary from random bytes; the trace id begins with the time, as X-Ray's own do.
    pub(super) fn new(mut trace: [u8; 16], segment: [u8; 8], now: Time) -> Self {
        let seconds = now.as_nanos() / 1_000_000_000;
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX).max(1);
        trace[..4].copy_from_slice(&seconds.to_be_bytes());
        let trace = TraceId::from_bytes(trace).expect("it begins with a time that is not 0");
        // An id of all zeros is invalid.
        let segment = SegmentId::from_bytes(segment.map(|byte| byte | 1));
        let segment = segment.expect("each of its bytes is odd");
        let mut document = Document::new(NAME.into(), segment, now);
        document.trace_id = Some(trace);
        document.end_time = Some(now);
        let mut bytes = datagram::HEADER.to_vec();
        document.encode(Form::Independent, &mut bytes);
        Self {
            trace,
            datagram: bytes,
            spans: spans(trace, segment, now),
        }
    }

    /// Whether an entry of the console's `/wire` is this canary, even if the document is damaged: its ids are near
    /// its start.
    pub(super) fn is(&self, entry: &Value) -> bool {
        let id = self.trace.to_string();
        let text = |member: &str| entry[member].as_str().unwrap_or_default();
        text("trace_id") == id || text("excerpt").contains(&id)
    }
}

/// Returns an `ExportTraceServiceRequest`. <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>
fn spans(trace: TraceId, segment: SegmentId, now: Time) -> Value {
    const SERVER: u8 = 2;
    let nanoseconds = now.as_nanos().to_string();
    let service = json!({ "key": "service.name", "value": { "stringValue": NAME } });
    json!({ "resourceSpans": [{
        "resource": { "attributes": [service] },
        "scopeSpans": [{ "spans": [{
            "traceId": trace.to_hex(),
            "spanId": segment.to_string(),
            "name": NAME,
            "kind": SERVER,
            "startTimeUnixNano": nanoseconds,
            "endTimeUnixNano": nanoseconds,
        }] }],
    }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_a_valid_segment_of_now_and_known_by_its_trace() {
        let now = Time::from_nanos(1_795_376_630_250_000_000);
        let canary = Canary::new([0; 16], [0; 8], now);
        assert_eq!(canary.trace.epoch_seconds(), 1_795_376_630);
        let document = datagram::document(&canary.datagram).unwrap();
        let document = std::str::from_utf8(document).unwrap();
        assert!(Document::decode(document).unwrap().trace_id == Some(canary.trace));
        assert!(canary.is(&json!({ "trace_id": canary.trace.to_string() })));
        assert!(canary.is(&json!({ "trace_id": null, "excerpt": &document[..150] })));
        assert!(!canary.is(&json!({ "trace_id": "1-x", "excerpt": "{}" })));
    }
}
