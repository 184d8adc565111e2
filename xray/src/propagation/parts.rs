//! What all trace headers are made of.

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use opentelemetry::trace::SpanContext;
use segment::{SegmentId, TRACE_HEADER, TraceId};

/// X-Ray's header, in requests and responses.
pub(super) const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static(TRACE_HEADER);

/// Returns the ids of a span in X-Ray's types; `None` if they are invalid.
pub(super) fn ids(span: &SpanContext) -> Option<(TraceId, SegmentId)> {
    let trace_id = TraceId::from_bytes(span.trace_id().to_bytes())?;
    Some((trace_id, SegmentId::from_bytes(span.span_id().to_bytes())?))
}

/// Makes a header value without another copy.
pub(super) fn value(text: Bytes) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(text).ok()
}
