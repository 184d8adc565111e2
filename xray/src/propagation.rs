//! Trace headers: reads them from incoming requests, and writes them into outgoing requests and responses.
//!
//! X-Ray's header with a `Parent` takes precedence; then W3C's `traceparent`; then X-Ray's header with only a `Root`,
//! which is what a load balancer sends.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>,
//! <https://www.w3.org/TR/trace-context-2/>

mod answer;
mod incoming;
mod parts;
#[cfg(test)]
mod tests;
mod w3c;

use http::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use segment::{SegmentId, TraceHeader};

use parts::{X_AMZN_TRACE_ID, ids, value};
use w3c::{TRACE_PARENT, TRACE_STATE};

pub(crate) use answer::Answer;
pub(crate) use incoming::{Forwarded, Incoming, Lines};

/// The system attribute of an SQS message that holds the sender's trace header.
///
/// SQS takes it from the trace header of the request that sends the message, or from its `MessageSystemAttributes`.
/// `ReceiveMessage` returns it if the request names it.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
pub const AWS_TRACE_HEADER: &str = "AWSTraceHeader";

/// Writes X-Ray's header and W3C's into a request that is made within `context`. Without a trace in the
/// context nothing is written.
///
/// [`crate::Client`] does this; it is public for clients of other kinds. Headers of the same names are replaced.
///
/// ```
/// use opentelemetry::trace::SpanKind;
/// use xray::{Subsegment, http::HeaderMap};
///
/// let mut headers = HeaderMap::new();
/// let call = Subsegment::begin("stock", SpanKind::Client);
/// if let Some(context) = call.context() {
///     // X-Amzn-Trace-Id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1
///     // traceparent: 00-5f84c7a1e7d1852db8c4fd35d88bf49a-53995c3f42cd8ad8-01
///     xray::inject(context, &mut headers);
/// }
/// call.end();
/// ```
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    inject_of(context.span().span_context(), context, headers);
}

/// As [`inject`], for the span of a call that was begun within `around` and is in no context.
pub(crate) fn inject_of(span: &SpanContext, around: &Context, headers: &mut HeaderMap) {
    let Some((trace_id, span_id)) = ids(span) else {
        return;
    };
    let header = x_ray(around, (trace_id, span_id), span.is_sampled());
    if let Some(value) = value(header.into()) {
        headers.insert(X_AMZN_TRACE_ID, value);
    }
    // OpenTelemetry's propagator writes the same header, but through the slower formatter.
    let w3c = w3c::write(trace_id, span_id, span.trace_flags());
    if let Ok(value) = HeaderValue::from_bytes(&w3c) {
        headers.insert(TRACE_PARENT, value);
    }
    match state(span) {
        Some(value) => headers.insert(TRACE_STATE, value),
        // A header copied from another request does not belong to this trace.
        None => headers.remove(TRACE_STATE),
    };
}

fn state(span: &SpanContext) -> Option<HeaderValue> {
    let state = span.trace_state();
    if *state == TraceState::NONE {
        return None;
    }
    value(state.header().into()).filter(|state| !state.is_empty())
}

/// Returns X-Ray's trace header of the current segment or subsegment, to send it by another way than HTTP: as a message's
/// [`AWS_TRACE_HEADER`], or as a header of Kafka. `None` outside of a trace.
///
/// The receiver gives it to [`crate::Segment::with_parent`].
///
/// ```
/// # async fn example() {
/// xray::subsegment("send", async {
///     if let Some(header) = xray::trace_header() {
///         // Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1
///         println!("{header}");
///     }
/// })
/// .await
/// # }
/// ```
pub fn trace_header() -> Option<String> {
    Context::map_current(|context| trace_header_of(context.span().span_context(), context))
}

/// Returns X-Ray's trace header of a call's span, which was begun within `around` and is in no context. For `xray-aws-sdk`; it
/// may change at any time.
#[doc(hidden)]
pub fn trace_header_of(span: &SpanContext, around: &Context) -> Option<String> {
    let header = x_ray(around, ids(span)?, span.is_sampled());
    String::from_utf8(header).ok()
}

/// Writes X-Ray's header of a span in `context`.
fn x_ray(context: &Context, span: (segment::TraceId, SegmentId), is_sampled: bool) -> Vec<u8> {
    let header = TraceHeader::of_call(span.0, span.1, is_sampled);
    // Without room to spare, for which a header value would take another allocation.
    match context.get::<Forwarded>() {
        Some(Forwarded(extra)) => [&header, extra.as_bytes()].concat(),
        None => header.to_vec(),
    }
}
