//! Converts a span of either format to the neutral span that is mapped to documents.

use segment::{
    SegmentId, Span, Time, TraceId, Value,
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

use super::ResourceSpans;

/// Kinds of spans whose parent is in another process, if the span itself does not say.
pub const REMOTE_PARENT_KINDS: [SpanKind; 2] = [SpanKind::Server, SpanKind::Consumer];

/// Flags of a span: whether it says where its parent is, and whether the parent is in another process.
const KNOWS_PARENT: u64 = 0x100;
const PARENT_IS_REMOTE: u64 = 0x200;

/// An unchecked span.
#[derive(Debug, Default)]
pub(super) struct RawSpan {
    /// What is there and cannot be read.
    pub(super) unreadable: Option<String>,
    pub(super) trace_id: Vec<u8>,
    pub(super) span_id: Vec<u8>,
    pub(super) parent_span_id: Vec<u8>,
    pub(super) name: String,
    pub(super) kind: u64,
    /// Nanoseconds since 1970.
    pub(super) start: u64,
    /// Nanoseconds since 1970.
    pub(super) end: u64,
    pub(super) flags: u64,
    /// Code and message.
    pub(super) status: (u64, String),
    pub(super) attributes: Members<'static>,
    pub(super) events: Vec<(u64, String, Members<'static>)>,
    /// Trace id, span id, attributes.
    pub(super) links: Vec<(Vec<u8>, Vec<u8>, Members<'static>)>,
}

impl ResourceSpans {
    /// Adds a span, or the reason why it is refused.
    pub(super) fn add(&mut self, raw: RawSpan) {
        match raw.into_span() {
            Ok(span) => self.spans.push(span),
            Err(reason) => self.refused.push(reason),
        }
    }
}

impl RawSpan {
    fn into_span(self) -> Result<Span<'static>, String> {
        let name = self.name;
        if let Some(problem) = self.unreadable {
            return Err(format!("span {name}: {problem}"));
        }
        if self.start == 0 {
            return Err(format!(
                "span {name}: startTimeUnixNano is missing, or no number of nanoseconds"
            ));
        }
        let trace = trace_id(&self.trace_id).ok_or_else(|| {
            format!(
                "span {name}: traceId has {} bytes, not 16 that are not all zero",
                self.trace_id.len()
            )
        })?;
        let id = segment_id(&self.span_id).ok_or_else(|| {
            format!(
                "span {name}: spanId has {} bytes, not 8 that are not all zero",
                self.span_id.len()
            )
        })?;
        let kind = match self.kind {
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Internal,
        };
        let status = match self.status {
            (1, _) => Status::Ok,
            (2, message) => Status::Error(message.into()),
            _ => Status::Unset,
        };
        let events = self
            .events
            .into_iter()
            .map(|(nanos, name, attributes)| Event {
                name: name.into(),
                time: Time::from_nanos(nanos),
                attributes,
            });
        let links = self
            .links
            .into_iter()
            .filter_map(|(trace, span, attributes)| {
                Some(SpanLink {
                    trace_id: trace_id(&trace)?,
                    id: segment_id(&span)?,
                    attributes,
                })
            });
        Ok(Span {
            trace_id: trace,
            id,
            parent: parent(
                segment_id(&self.parent_span_id),
                self.flags,
                kind,
                &self.attributes,
            ),
            name: name.into(),
            kind,
            start: Time::from_nanos(self.start),
            end: (self.end != 0).then(|| Time::from_nanos(self.end)),
            status,
            details: None,
            attributes: self.attributes,
            events: events.collect(),
            links: links.collect(),
        })
    }
}

fn parent(id: Option<SegmentId>, flags: u64, kind: SpanKind, attributes: &Members<'_>) -> Parent {
    let Some(id) = id else { return Parent::None };
    // AWS's distributions of OpenTelemetry mark the first span of a process like this.
    let is_marked = attributes
        .iter()
        .any(|(key, value)| key == "aws.span.kind" && value.as_text() == Some("LOCAL_ROOT"));
    let is_remote = if flags & KNOWS_PARENT != 0 {
        flags & PARENT_IS_REMOTE != 0
    } else {
        REMOTE_PARENT_KINDS.contains(&kind)
    };
    if is_remote || is_marked {
        Parent::Remote(id)
    } else {
        Parent::Local(id)
    }
}

fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    TraceId::from_bytes(bytes.try_into().ok()?)
}

fn segment_id(bytes: &[u8]) -> Option<SegmentId> {
    SegmentId::from_bytes(bytes.try_into().ok()?)
}

/// Writes bytes as JSON can hold them.
pub(super) fn bytes(bytes: &[u8]) -> Value<'static> {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    STANDARD.encode(bytes).into()
}
