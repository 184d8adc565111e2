//! A trace as X-Ray's retrieval hands it out: span by span, in X-Ray's form or in OpenTelemetry's.

mod otel;

use segment::{Form, SegmentId, TraceId, document::SUBSEGMENT, tree::Trace};
use serde_json::Value;

/// Longest document of one span, in bytes: X-Ray's.
pub const MAX_SPAN: usize = 204_800;

/// A span of a trace, or a segment with its subsegments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its id.
    pub id: String,
    /// Its document, JSON of [`MAX_SPAN`] bytes; more only where it cannot be divided.
    pub document: String,
}

/// Which form a span has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Segment documents, put together as `BatchGetTraces` has them. A segment that is too long is followed by its
    /// subsegments.
    XRay,
    /// The spans that the segments and subsegments stand for, as CloudWatch Logs has them: OpenTelemetry's names, and
    /// attributes as an object. Segments that were deduced from calls to them are no spans.
    OpenTelemetry,
}

impl Format {
    /// Returns the spans of a trace, parents before their children.
    pub fn spans(self, trace: &Trace<'_>) -> Vec<Span> {
        match self {
            Self::XRay => {
                let mut spans = Vec::new();
                for segment in &trace.segments {
                    let mut text = Vec::new();
                    segment.encode(Form::Independent, &mut text);
                    let text = String::from_utf8_lossy(&text).into_owned();
                    push(segment.id, text, trace.id, &mut spans);
                }
                spans
            }
            Self::OpenTelemetry => otel::spans(trace),
        }
    }
}

/// Appends a segment, or an independent subsegment, and whatever of it does not fit into the same document.
fn push(id: SegmentId, text: String, trace: TraceId, spans: &mut Vec<Span>) {
    let id = id.to_string();
    let parsed = (text.len() > MAX_SPAN).then(|| serde_json::from_str(&text));
    // What is too deep for a reader of JSON stays whole.
    let Some(Ok(Value::Object(mut document))) = parsed else {
        spans.push(Span { id, document: text });
        return;
    };
    let subsegments = document.remove("subsegments").unwrap_or_default();
    let alone = Value::Object(document).to_string();
    spans.push(Span {
        id: id.clone(),
        document: alone,
    });
    let Value::Array(subsegments) = subsegments else {
        return;
    };
    for mut subsegment in subsegments {
        let own = subsegment["id"].as_str().and_then(|id| id.parse().ok());
        let Some(own) = own else { continue };
        subsegment["type"] = SUBSEGMENT.into();
        subsegment["trace_id"] = trace.to_string().into();
        subsegment["parent_id"] = id.clone().into();
        push(own, subsegment.to_string(), trace, spans);
    }
}

#[cfg(test)]
mod tests;
