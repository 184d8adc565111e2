//! The trace headers of a response.

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use opentelemetry::trace::SpanContext;
use segment::TraceHeader;

use super::{
    incoming::Incoming,
    parts::{X_AMZN_TRACE_ID, ids, value},
    w3c,
};

/// The response header that names the trace, as in W3C's draft.
/// <https://www.w3.org/TR/trace-context-2/#traceresponse-header>
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// What the trace headers of the response take from those of the request.
#[derive(Debug)]
pub(crate) struct Answer(TraceHeader<'static>);

impl Incoming<'_> {
    /// Returns what the response's headers need.
    pub(crate) fn answer(&self) -> Answer {
        Answer(TraceHeader {
            root: self.header.root,
            parent: self.header.parent,
            sampled: self.header.sampled,
            extra: Vec::new(),
        })
    }
}

impl Answer {
    /// Sets the response's headers: X-Ray's in the form in which its SDKs answer, and `traceresponse`, whose flag
    /// says whether the trace is recorded. `span` is the request's.
    pub(crate) fn set(&self, span: &SpanContext, headers: &mut HeaderMap) {
        let Some((trace_id, span_id)) = ids(span) else {
            return;
        };
        let mut text = Shared::default();
        let w3c = w3c::write(trace_id, span_id, span.trace_flags());
        text.push(&w3c);
        let header = self.0.response(trace_id, span.is_sampled());
        header.encode_to(|part| text.push(part));
        let text = Bytes::from_owner(text);
        if let Some(value) = value(text.slice(w3c.len()..)) {
            headers.insert(X_AMZN_TRACE_ID, value);
        }
        if let Some(value) = value(text.slice(..w3c.len())) {
            headers.insert(TRACE_RESPONSE, value);
        }
    }
}

/// The buffer that both response headers share, so that one allocation is enough.
struct Shared {
    bytes: [u8; 136],
    length: usize,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            bytes: [0; 136],
            length: 0,
        }
    }
}

impl Shared {
    /// Appends a part, or nothing if it does not fit. Together the parts have at most 129 bytes.
    fn push(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(part);
            self.length = end;
        }
    }
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
