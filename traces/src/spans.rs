//! A trace in the form of X-Ray's trace retrieval: span by span, in X-Ray's format or in OpenTelemetry's.

mod otel;

use segment::{Form, SegmentId, TraceId, document::SUBSEGMENT, tree::Trace};
use serde::Serialize;
use serde_json::Value;

/// Longest document of one span, in bytes: X-Ray's limit.
pub const MAX_SPAN: usize = 204_800;

/// X-Ray's `Span`: a span of a trace, or a segment with its subsegments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Span {
    /// Its id.
    pub id: String,
    /// Its document, JSON of at most [`MAX_SPAN`] bytes, or more if it cannot be divided.
    pub document: String,
}

/// The format of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Segment documents, assembled as in `BatchGetTraces`. A segment that is too long is followed by its
    /// subsegments.
    XRay,
    /// The spans of the segments and subsegments, as in CloudWatch Logs: OpenTelemetry's names, and attributes as an
    /// object. Inferred segments are left out.
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

/// Appends a segment or an independent subsegment, and the parts that do not fit into one document.
fn push(id: SegmentId, text: String, trace: TraceId, spans: &mut Vec<Span>) {
    let id = id.to_string();
    let parsed = (text.len() > MAX_SPAN).then(|| serde_json::from_str(&text));
    // A document that is too deep for the JSON parser is not divided.
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
