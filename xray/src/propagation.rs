//! Trace headers: reads them from incoming requests, and writes them into outgoing requests and responses.
//!
//! X-Ray's header with a `Parent` takes precedence; then W3C's `traceparent`; then X-Ray's header with only a `Root`,
//! which is what a load balancer sends.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>,
//! <https://www.w3.org/TR/trace-context-2/>

mod w3c;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceId},
};
use segment::{Sampled, SegmentId, TRACE_HEADER, TraceHeader};
use w3c::{Beside, TRACE_PARENT, TRACE_STATE};

/// The response header that names the trace, as in W3C's draft.
/// <https://www.w3.org/TR/trace-context-2/#traceresponse-header>
pub(crate) const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");
/// X-Ray's header, in requests and responses.
pub(crate) const X_AMZN_TRACE_ID: HeaderName = HeaderName::from_static(TRACE_HEADER);

/// The system attribute of an SQS message that holds the sender's trace header.
///
/// SQS takes it from the trace header of the request that sends the message, or from its `MessageSystemAttributes`.
/// `ReceiveMessage` returns it if the request names it.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
pub const AWS_TRACE_HEADER: &str = "AWSTraceHeader";

/// What a request says of its trace.
#[derive(Debug, Default)]
pub(crate) struct Incoming<'a> {
    /// X-Ray's header as it was received.
    header: TraceHeader<'a>,
    /// The calling span, if the request names one.
    pub(crate) parent: Option<SpanContext>,
    /// The caller's sampling decision.
    pub(crate) sampled: Option<Sampled>,
}

/// What the trace headers of the response take from those of the request.
#[derive(Debug)]
pub(crate) struct Answer(TraceHeader<'static>);

/// The parts of X-Ray's header that are passed on as they are, each with a semicolon in front.
#[derive(Debug, Clone)]
pub(crate) struct Forwarded(Arc<str>);

impl<'a> Incoming<'a> {
    /// Reads the headers of a request. An invalid header counts as absent.
    pub(crate) fn read(headers: &'a HeaderMap) -> Self {
        let mut lines = headers.get_all(X_AMZN_TRACE_ID).into_iter();
        let header = match (lines.next(), lines.next()) {
            (None, _) => TraceHeader::default(),
            (Some(line), None) => TraceHeader::parse_lines([line.as_bytes()]),
            _ => {
                let lines = headers.get_all(X_AMZN_TRACE_ID).into_iter();
                TraceHeader::parse_lines(lines.map(HeaderValue::as_bytes))
            }
        };
        if let Some((trace_id, parent_id)) = header.remote_parent() {
            return Self::of_x_ray(header, trace_id, parent_id, w3c::beside(headers, trace_id));
        }
        let parent = w3c::parent(headers);
        let sampled = parent
            .as_ref()
            .map(|parent| parent.is_sampled().into())
            .or(header.sampled);
        Self {
            header,
            parent,
            sampled,
        }
    }

    /// Reads X-Ray's header as a text that did not come by HTTP. An invalid one counts as absent.
    pub(crate) fn parse(header: &'a str) -> Self {
        let header = TraceHeader::parse(header);
        match header.remote_parent() {
            Some((trace_id, parent_id)) => Self::of_x_ray(header, trace_id, parent_id, None),
            None => Self {
                sampled: header.sampled,
                header,
                parent: None,
            },
        }
    }

    /// X-Ray's header names the caller. What W3C's says of the same trace is not lost: its decision, where X-Ray's
    /// has none, its other flags and its state.
    fn of_x_ray(
        header: TraceHeader<'a>,
        trace_id: segment::TraceId,
        parent_id: SegmentId,
        beside: Option<Beside>,
    ) -> Self {
        let said = beside
            .as_ref()
            .map(|beside| beside.flags.is_sampled().into());
        let sampled = header.sampled.or(said);
        let (flags, state) = match beside {
            Some(Beside { flags, state }) => (flags, state),
            None => Default::default(),
        };
        let parent = SpanContext::new(
            otel_trace_id(trace_id),
            SpanId::from_bytes(parent_id.to_bytes()),
            flags.with_sampled(sampled == Some(Sampled::Yes)),
            true,
            state,
        );
        Self {
            header,
            parent: Some(parent),
            sampled,
        }
    }

    /// Returns the trace that the request belongs to, if it names one.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        self.parent
            .as_ref()
            .map(SpanContext::trace_id)
            .or_else(|| self.header.root.map(otel_trace_id))
    }

    /// Returns `context` with the fields to pass on to called services.
    pub(crate) fn forward(&self, context: Context) -> Context {
        match self.forwarded() {
            Some(forwarded) => context.with_value(forwarded),
            None => context,
        }
    }

    /// Returns what is to be passed on to callees, if there is anything.
    pub(crate) fn forwarded(&self) -> Option<Forwarded> {
        if self.header.extra.is_empty() {
            return None;
        }
        let extra: String = self
            .header
            .extra
            .iter()
            .flat_map(|(key, value)| [";", key, "=", value])
            .collect();
        Some(Forwarded(extra.into()))
    }

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
        headers.reserve(2);
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

/// Writes X-Ray's header and W3C's into a request that is made within `context`. Without a trace in the
/// context nothing is written.
///
/// [`crate::Client`] does this; it is public for clients of other kinds.
pub fn inject(context: &Context, headers: &mut HeaderMap) {
    let span = context.span();
    let span = span.span_context();
    let Some((trace_id, span_id)) = ids(span) else {
        return;
    };
    let header = x_ray(context, (trace_id, span_id), span.is_sampled());
    if let Some(value) = value(header.into()) {
        headers.insert(X_AMZN_TRACE_ID, value);
    }
    // OpenTelemetry's propagator writes the same header, but through the slower formatter.
    let w3c = w3c::write(trace_id, span_id, span.trace_flags());
    if let Ok(value) = HeaderValue::from_bytes(&w3c) {
        headers.insert(TRACE_PARENT, value);
    }
    let state = span.trace_state().header();
    match value(state.into()).filter(|state| !state.is_empty()) {
        Some(value) => headers.insert(TRACE_STATE, value),
        // A header copied from another request does not belong to this trace.
        None => headers.remove(TRACE_STATE),
    };
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
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        let header = x_ray(context, ids(span)?, span.is_sampled());
        String::from_utf8(header).ok()
    })
}

/// Writes X-Ray's header of a span in `context`.
fn x_ray(context: &Context, span: (segment::TraceId, SegmentId), is_sampled: bool) -> Vec<u8> {
    let header = TraceHeader {
        root: Some(span.0),
        parent: Some(span.1),
        sampled: Some(is_sampled.into()),
        extra: Vec::new(),
    };
    let mut text = Vec::with_capacity(80);
    header.encode(&mut text);
    if let Some(Forwarded(extra)) = context.get::<Forwarded>() {
        text.extend_from_slice(extra.as_bytes());
    }
    text
}

fn otel_trace_id(id: segment::TraceId) -> TraceId {
    TraceId::from_bytes(id.to_bytes())
}

/// Returns the ids of a span in X-Ray's types; `None` if they are invalid.
fn ids(span: &SpanContext) -> Option<(segment::TraceId, SegmentId)> {
    let trace_id = segment::TraceId::from_bytes(span.trace_id().to_bytes())?;
    Some((trace_id, SegmentId::from_bytes(span.span_id().to_bytes())?))
}

/// Makes a header value without another copy.
fn value(text: Bytes) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(text).ok()
}

#[cfg(test)]
mod tests {
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_sdk::propagation::TraceContextPropagator;

    use super::*;

    const XRAY: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
    const W3C: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn x_ray_with_a_parent_takes_precedence_then_w3c_then_x_ray_with_only_a_root() {
        let with_parent = format!("{XRAY};Parent=53995c3f42cd8ad8;Sampled=0");
        let both = headers(&[("x-amzn-trace-id", &with_parent), ("traceparent", W3C)]);
        let incoming = Incoming::read(&both);
        assert_eq!(
            incoming.trace_id().unwrap().to_string(),
            "5f84c7a1e7d1852db8c4fd35d88bf49a"
        );
        assert_eq!(incoming.sampled, Some(Sampled::No));

        let both = headers(&[("x-amzn-trace-id", XRAY), ("traceparent", W3C)]);
        let incoming = Incoming::read(&both);
        assert_eq!(
            incoming.trace_id().unwrap().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(incoming.sampled, Some(Sampled::Yes));

        let root = headers(&[("x-amzn-trace-id", XRAY)]);
        let incoming = Incoming::read(&root);
        assert_eq!(
            incoming.trace_id().unwrap().to_string(),
            "5f84c7a1e7d1852db8c4fd35d88bf49a"
        );
        assert!(incoming.parent.is_none() && incoming.sampled.is_none());
    }

    #[test]
    fn garbage_names_no_trace() {
        let long = format!("{XRAY};{}", "A=b;".repeat(16_384));
        for (name, value) in [
            ("x-amzn-trace-id", "garbage"),
            ("x-amzn-trace-id", &long),
            ("traceparent", "00-0-0-0"),
        ] {
            assert!(
                Incoming::read(&headers(&[(name, value)]))
                    .trace_id()
                    .is_none(),
                "{name}"
            );
        }
    }

    #[test]
    fn w3c_headers_are_written_as_by_the_propagator_of_opentelemetry() {
        for state in ["", "a=1,b=2"] {
            let incoming_headers = headers(&[("traceparent", W3C), ("tracestate", state)]);
            let parent = Incoming::read(&incoming_headers).parent.unwrap();
            let context = Context::new().with_remote_span_context(parent);
            let (mut ours, mut theirs) = (HeaderMap::new(), HeaderMap::new());
            inject(&context, &mut ours);
            let mut injector = opentelemetry_http::HeaderInjector(&mut theirs);
            TraceContextPropagator::new().inject_context(&context, &mut injector);
            for name in [TRACE_PARENT, TRACE_STATE] {
                let theirs = theirs.get(&name).filter(|value| !value.is_empty());
                assert_eq!(ours.get(&name), theirs, "{name}");
            }
        }
    }

    #[test]
    fn unknown_parts_are_passed_on_and_self_is_not() {
        let value = format!(
            "Self=1-67891234-12456789abcdef012345678a;{XRAY};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:6e4bd1b3:3;A=b"
        );
        let incoming_headers = headers(&[("x-amzn-trace-id", &value)]);
        let incoming = Incoming::read(&incoming_headers);
        let context = incoming
            .forward(Context::new().with_remote_span_context(incoming.parent.clone().unwrap()));
        let mut outgoing = HeaderMap::new();
        inject(&context, &mut outgoing);
        assert_eq!(
            outgoing[X_AMZN_TRACE_ID],
            format!("{XRAY};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=25:6e4bd1b3:3;A=b").as_str()
        );
        assert_eq!(
            outgoing["traceparent"],
            "00-5f84c7a1e7d1852db8c4fd35d88bf49a-53995c3f42cd8ad8-01"
        );
    }
}
