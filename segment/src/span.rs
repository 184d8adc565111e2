//! A span in a neutral, borrowed form, from which documents are made.
//!
//! The service makes it from the recorder's or OpenTelemetry SDK's span, the console from OTLP.
//! <https://opentelemetry.io/docs/specs/otel/trace/api/#span>

mod aws;
mod details;
mod http;
mod query;

use std::borrow::Cow;

use crate::{SegmentId, Time, TraceId, value::Members};

pub use aws::{Asked, AwsCall};
pub use details::Details;
pub use http::Http;
pub use query::Query;

/// A span; [`crate::mapping::Mapping`] has an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Span<'a> {
    /// The trace id.
    pub trace_id: TraceId,
    /// The span id.
    pub id: SegmentId,
    /// The parent span.
    pub parent: Parent,
    /// The operation, for example `GET /items/{id}`.
    pub name: Cow<'a, str>,
    /// The role of the span in a call.
    pub kind: SpanKind,
    /// When it began.
    pub start: Time,
    /// When it ended; `None` while it is in progress.
    pub end: Option<Time>,
    /// Whether it failed, as its code says. The HTTP status, if there is one, counts more.
    /// <https://opentelemetry.io/docs/specs/otel/trace/api/#set-status>
    pub status: Status<'a>,
    /// What it is about, if that is known by its parts; the attributes do not repeat them.
    pub details: Option<Details<&'a str>>,
    /// What is known of it, by OpenTelemetry's names, old or new. Of two with one key the last counts.
    /// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/>
    pub attributes: Members<'a>,
    /// What happened in it, of which `exception` becomes an exception; all others become metadata.
    pub events: Vec<Event<'a>>,
    /// Other spans that it is related to: at most 20 become links of the document.
    pub links: Vec<SpanLink<'a>>,
}

/// The parent of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// No parent: the trace begins here.
    None,
    /// A span of another process: this span is a *local root*.
    Remote(SegmentId),
    /// A span of this process.
    Local(SegmentId),
}

/// The role of a span in a call. <https://opentelemetry.io/docs/specs/otel/trace/api/#spankind>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Local work.
    Internal,
    /// A request that is handled.
    Server,
    /// A request that is made.
    Client,
    /// A message that is sent.
    Producer,
    /// A message that is handled.
    Consumer,
}

/// The status of a span, which its code sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status<'a> {
    /// Not set.
    Unset,
    /// Successful.
    Ok,
    /// Failed, with a description that may be empty.
    Error(Cow<'a, str>),
}

/// An event of a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// The event's name, for example `exception`.
    pub name: Cow<'a, str>,
    /// The time of the event.
    pub time: Time,
    /// The event's attributes.
    pub attributes: Members<'a>,
}

/// A link to another span.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanLink<'a> {
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub id: SegmentId,
    /// The link's attributes.
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

    /// Whether a span with this parent is a *local root*, the first of its trace in this process, which becomes a segment.
    pub fn makes_local_root(self) -> bool {
        !matches!(self, Self::Local(_))
    }
}
