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
//! - what has a place in X-Ray's document goes there, everything else into the metadata: an attribute is left
//!   over until a block takes it, so nothing vanishes ([`Trimmed`] says which texts are cut besides);
//! - what is secret is hidden before anything else is done with it ([`secrets`](crate::secrets));
//! - nothing is refused for its length or its characters: it is cleaned or cut, and [`Trimmed`] counts it.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod annotations;
mod attributes;
mod aws;
mod callee;
mod collector;
mod draft;
mod exception;
mod http;
mod link;
mod mapped;
mod metadata;
mod name;
mod outcome;
mod parts;
mod plain;
mod request;
mod resource;
mod settings;
mod split;
mod sql;
mod stack;
#[cfg(test)]
mod tests;
mod text;
mod trimmed;
mod url;

use std::borrow::Cow;

use crate::{Form, Span, span::SpanKind, value::Members};
use resource::Resource;

pub use annotations::{ANNOTATION_PREFIX, METADATA_PREFIX};
pub use aws::SAMPLING_RULE_NAME;
pub use collector::for_collector;
pub use mapped::Mapped;
pub use settings::{RefusedSpan, Settings};
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
///     http: None,
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
        Ok(draft::map(&self.resource, &self.settings, span, form))
    }
}

/// Returns the name that the subsegment of a call would have by its attributes: whom it calls. `None` if they
/// do not say; then its subsegment is named by the span.
pub fn callee(kind: SpanKind, attributes: Members<'_>) -> Option<Cow<'_, str>> {
    let mut parts = parts::Parts::default();
    parts.sort(attributes, &Settings::default());
    parts.called(kind)
}
