//! A trace as X-Ray's retrieval hands it out: span by span, in X-Ray's form or in OpenTelemetry's.

mod otel;

use segment::{Document, Form, TraceId, document::write_independent, tree::Trace};

/// Longest document of one span, in bytes: X-Ray's.
pub const MAX_SPAN: usize = 204_800;

/// A span of a trace, or a segment with its subsegments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Its id.
    pub id: String,
    /// Its document, at most [`MAX_SPAN`] bytes of JSON.
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
                    push(segment, trace.id, &mut spans);
                }
                spans
            }
            Self::OpenTelemetry => otel::spans(trace),
        }
    }
}

/// Appends a segment, or an independent subsegment, and whatever of it does not fit into the same document.
fn push(document: &Document<'_>, trace: TraceId, spans: &mut Vec<Span>) {
    let mut text = Vec::new();
    document.encode(Form::Independent, &mut text);
    if text.len() <= MAX_SPAN || document.subsegments.is_empty() {
        spans.push(span(document, &text));
        return;
    }
    let alone = Document {
        subsegments: Vec::new(),
        ..document.clone()
    };
    text.clear();
    alone.encode(Form::Independent, &mut text);
    spans.push(span(&alone, &text));
    for subsegment in &document.subsegments {
        let mut independent = Vec::new();
        let mut embedded = Vec::new();
        subsegment.encode(Form::Embedded, &mut embedded);
        write_independent(&embedded, trace, document.id, &mut independent);
        if independent.len() <= MAX_SPAN || subsegment.subsegments.is_empty() {
            spans.push(span(subsegment, &independent));
            continue;
        }
        let subsegment = Document {
            trace_id: Some(trace),
            parent_id: Some(document.id),
            is_subsegment: true,
            ..subsegment.clone()
        };
        push(&subsegment, trace, spans);
    }
}

fn span(document: &Document<'_>, text: &[u8]) -> Span {
    Span {
        id: document.id.to_string(),
        document: String::from_utf8_lossy(text).into_owned(),
    }
}

#[cfg(test)]
mod tests;
