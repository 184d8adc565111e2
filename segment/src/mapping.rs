//! A span becomes a segment document, or two.
//!
//! The rules are those of the OpenTelemetry collector's X-Ray exporter, so that a service looks the same
//! whichever way its spans take; where that exporter loses or misnames something, this does better
//! (`vectors/span-*.json` holds both answers and the reason). In short:
//!
//! - a local root is a segment, everything below it a subsegment, whatever their kinds;
//! - a local root that is itself a call to something else becomes two documents: the service's segment,
//!   and the call in it;
//! - every segment bears the service's name, every call the name of what it calls;
//! - what has a place in X-Ray's document goes there, everything else into the metadata;
//! - nothing is refused for its length or its characters: it is cleaned or cut, and [`Trimmed`] counts it.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod annotations;
mod attributes;
mod aws;
mod draft;
mod http;
mod metadata;
mod name;
mod outcome;
mod plain;
mod resource;
mod split;
mod sql;
mod stack;
#[cfg(test)]
mod tests;
mod text;
mod trimmed;
mod url;

use std::borrow::Cow;

use crate::{Document, Form, Span, Time, TraceId, span::SpanKind, value::Members};
use resource::Resource;

pub use annotations::{ANNOTATION_PREFIX, METADATA_PREFIX};
pub use aws::SAMPLING_RULE_NAME;
pub use stack::MAX_FRAMES;
pub use trimmed::Trimmed;

/// Turns the spans of one resource into documents.
///
/// What all spans of a resource have in common is prepared once; documents borrow it.
///
/// ```
/// use segment::{Form, Span, Time, mapping::{Mapping, Settings}, span::{Parent, SpanKind}};
///
/// let resource = vec![("service.name".into(), "shop".into())];
/// let mapping = Mapping::new(resource, Settings::default());
/// let mapped = mapping.map(Span {
///     trace_id: "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse()?,
///     id: "df6d4ea37eb22ed0".parse()?,
///     parent: Parent::None,
///     name: "GET /items/{id}".into(),
///     kind: SpanKind::Server,
///     start: Time::from_nanos(1_602_534_561_100_000_000),
///     end: Some(Time::from_nanos(1_602_534_561_350_500_000)),
///     status: segment::span::Status::Unset,
///     attributes: vec![("http.response.status_code".into(), 200.into())],
///     events: vec![],
///     links: vec![],
/// })?;
/// assert_eq!(mapped.document.name, "shop");
/// let mut json = Vec::new();
/// mapped.document.encode(Form::Independent, &mut json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Mapping {
    resource: Resource,
    settings: Settings,
}

/// What a user may decide about the mapping. The defaults are the OpenTelemetry collector's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Attributes that become annotations, even if a block of the document holds them as well. A
    /// resource's attribute is named `otel.resource.<key>`. Default: none.
    pub indexed_attributes: Vec<String>,
    /// Whether every attribute that no block of the document holds becomes an annotation, as far as
    /// there is room for it (50). Default: no, they become metadata.
    pub index_all_attributes: bool,
    /// The service's CloudWatch log groups, for a resource that names none. Default: none.
    pub log_groups: Vec<String>,
    /// The time by which trace ids are judged: one whose first four bytes, read as seconds since 1970,
    /// are more than 28 days before or five minutes after it is refused, as X-Ray itself did until
    /// October 2023. Default: none, all ids are taken.
    pub refuse_ids_unless_recent_at: Option<Time>,
}

/// The documents of one span.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped<'a> {
    /// The span's own document, under the span's id: a segment or a subsegment.
    pub document: Document<'a>,
    /// The service's segment around it, for a local root that is a call to something else (a client or a
    /// producer). `document` is a subsegment of it then; it is not among its `subsegments`, so that it may
    /// be sent by itself or embedded.
    pub segment: Option<Box<Document<'a>>>,
    /// What X-Ray's limits changed.
    pub trimmed: Trimmed,
}

/// A span that makes no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "trace id {trace_id} says that its trace began more than 28 days before or 5 minutes after {now:?}; \
     make ids with X-Ray's generator, or leave `refuse_ids_unless_recent_at` unset"
)]
pub struct RefusedSpan {
    /// The id that was refused.
    pub trace_id: TraceId,
    /// The time by which it was judged.
    pub now: Time,
}

impl Mapping {
    /// Prepares what the resource's attributes say.
    pub fn new(resource: Members<'static>, settings: Settings) -> Self {
        Self {
            resource: Resource::new(resource, &settings.log_groups),
            settings,
        }
    }

    /// Returns the name of the service's segments: `service.name`, cleaned; `span` without one.
    pub fn service_name(&self) -> &str {
        let name = self.resource.service_name.as_deref();
        name.unwrap_or(crate::names::NAMELESS)
    }

    /// Returns what X-Ray's limits changed in the resource itself, once for all its documents.
    pub fn trimmed(&self) -> Trimmed {
        self.resource.trimmed
    }

    /// Makes the documents of one span, each able to stand alone.
    ///
    /// # Errors
    ///
    /// If `refuse_ids_unless_recent_at` is set and the trace id is not recent.
    pub fn map<'a>(&'a self, span: Span<'a>) -> Result<Mapped<'a>, RefusedSpan> {
        self.map_as(span, Form::Independent)
    }

    /// Makes the documents of one span, the subsegment without what the segment around it says already
    /// of the resource: for [`Form::Embedded`], where it would only make datagrams larger.
    ///
    /// # Errors
    ///
    /// As [`Mapping::map`].
    pub fn map_embedded<'a>(&'a self, span: Span<'a>) -> Result<Mapped<'a>, RefusedSpan> {
        self.map_as(span, Form::Embedded)
    }

    fn map_as<'a>(&'a self, span: Span<'a>, form: Form) -> Result<Mapped<'a>, RefusedSpan> {
        self.settings.check(span.trace_id)?;
        Ok(draft::map(self, span, form))
    }
}

/// Returns the name that the subsegment of a call would have by its attributes: whom it calls. `None` if they
/// do not say; then its subsegment is named by the span.
pub fn callee(kind: SpanKind, attributes: Members<'_>) -> Option<Cow<'_, str>> {
    let mut sorted = attributes::Sorted::default();
    sorted.sort(attributes, &Settings::default());
    sorted.called(kind)
}

impl Settings {
    /// Refuses an id that is not recent.
    fn check(&self, trace_id: TraceId) -> Result<(), RefusedSpan> {
        const BEFORE: u64 = 28 * 24 * 60 * 60;
        const AFTER: u64 = 5 * 60;
        let Some(now) = self.refuse_ids_unless_recent_at else {
            return Ok(());
        };
        let seconds = now.as_nanos() / 1_000_000_000;
        let recent = seconds.saturating_sub(BEFORE)..=seconds + AFTER;
        if recent.contains(&u64::from(trace_id.epoch_seconds())) {
            Ok(())
        } else {
            Err(RefusedSpan { trace_id, now })
        }
    }
}
