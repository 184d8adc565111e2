//! What a request says of its trace.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceId},
};
use segment::{Sampled, SegmentId, TRACE_HEADER, TraceHeader};

use super::{
    parts::X_AMZN_TRACE_ID,
    w3c::{self, Beside},
};

/// What a request says of its trace.
#[derive(Debug, Default)]
pub(crate) struct Incoming<'a> {
    /// X-Ray's header as it was received.
    pub(super) header: TraceHeader<'a>,
    /// The calling span, if the request names one.
    pub(crate) parent: Option<SpanContext>,
    /// The caller's sampling decision.
    pub(crate) sampled: Option<Sampled>,
}

/// The parts of X-Ray's header that are passed on as they are, each with a semicolon in front.
#[derive(Debug, Clone)]
pub(crate) struct Forwarded(pub(super) Arc<str>);

/// The trace headers among all headers of a request, each of which is noted in turn: to look one up its name is hashed,
/// which takes as long as passing a dozen.
#[derive(Default)]
pub(crate) struct Lines<'a> {
    x_ray: Option<&'a HeaderValue>,
    has_more_of_x_ray: bool,
    has_w3c: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn note(&mut self, name: &str, value: &'a HeaderValue) {
        match name {
            TRACE_HEADER => self.has_more_of_x_ray = self.x_ray.replace(value).is_some(),
            "traceparent" => self.has_w3c = true,
            _ => {}
        }
    }
}

impl<'a> Incoming<'a> {
    /// Reads the headers of a request, of which all were noted in `lines`. An invalid header counts as absent.
    pub(crate) fn read(headers: &'a HeaderMap, lines: &Lines<'a>) -> Self {
        let header = match lines.x_ray {
            None => TraceHeader::default(),
            Some(line) if !lines.has_more_of_x_ray => TraceHeader::parse_lines([line.as_bytes()]),
            Some(_) => {
                let lines = headers.get_all(X_AMZN_TRACE_ID).into_iter();
                TraceHeader::parse_lines(lines.map(HeaderValue::as_bytes))
            }
        };
        let w3c = Some(headers).filter(|_| lines.has_w3c);
        if let Some((trace_id, parent_id)) = header.remote_parent() {
            let beside = w3c.and_then(|headers| w3c::beside(headers, trace_id));
            return Self::of_x_ray(header, trace_id, parent_id, beside);
        }
        let parent = w3c.and_then(w3c::parent);
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
        let theirs = beside
            .as_ref()
            .map(|beside| beside.flags.is_sampled().into());
        let sampled = header.sampled.or(theirs);
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
}

fn otel_trace_id(id: segment::TraceId) -> TraceId {
    TraceId::from_bytes(id.to_bytes())
}
