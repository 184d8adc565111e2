//! A span, neutral and borrowed: what both ends turn into documents.
//!
//! The service makes it from the OpenTelemetry SDK's span, the console from OTLP.
//! <https://opentelemetry.io/docs/specs/otel/trace/api/#span>

mod http;

use std::borrow::Cow;

use crate::{SegmentId, Time, TraceId, value::Members};

pub use http::Http;

/// A span.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<'a> {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub id: SegmentId,
    /// What it belongs to.
    pub parent: Parent,
    /// The operation, `GET /items/{id}`.
    pub name: Cow<'a, str>,
    /// Which side of a call it is.
    pub kind: SpanKind,
    /// When it began.
    pub start: Time,
    /// When it ended; `None` while it is in progress.
    pub end: Option<Time>,
    /// What its code said of its outcome.
    pub status: Status<'a>,
    /// The HTTP request that it served or made, if its parts are known without attributes; these say nothing of it then.
    pub http: Option<Http<'a>>,
    /// What is known of it.
    pub attributes: Members<'a>,
    /// What happened in it.
    pub events: Vec<Event<'a>>,
    /// Other spans that it has to do with.
    pub links: Vec<SpanLink<'a>>,
}

/// The parent of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// None: the trace begins here.
    None,
    /// A span of another process: a *local root* begins here.
    Remote(SegmentId),
    /// A span of this process.
    Local(SegmentId),
}

/// Which side of a call a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Local work.
    Internal,
    /// A request that is served.
    Server,
    /// A request that is made.
    Client,
    /// A message that is sent.
    Producer,
    /// A message that is handled.
    Consumer,
}

/// What the code said of a span's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status<'a> {
    /// Nothing.
    Unset,
    /// It went well.
    Ok,
    /// It failed, with a description that may be empty.
    Error(Cow<'a, str>),
}

/// Something that happened in a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// What happened, `exception`.
    pub name: Cow<'a, str>,
    /// When.
    pub time: Time,
    /// What is known of it.
    pub attributes: Members<'a>,
}

/// A span that another one has to do with.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanLink<'a> {
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub id: SegmentId,
    /// What is known of the link.
    pub attributes: Members<'a>,
}

impl Parent {
    /// Returns the parent's id.
    pub fn id(self) -> Option<SegmentId> {
        match self {
            Self::None => None,
            Self::Remote(id) | Self::Local(id) => Some(id),
        }
    }

    /// Whether a span with this parent is a *local root*: the first of its trace in this process.
    pub fn makes_local_root(self) -> bool {
        !matches!(self, Self::Local(_))
    }
}
