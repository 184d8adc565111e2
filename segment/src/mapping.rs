//! Maps a span to one or two segment documents.
//!
//! The rules are those of the OpenTelemetry collector's X-Ray exporter, so that a service looks the same whichever
//! way its spans are sent. Where that exporter loses or misnames something, this mapping does not
//! (`vectors/span-*.json` holds both results and the reason). In short:
//!
//! - a local root becomes a segment, every span below it a subsegment, whatever their kinds;
//! - a local root that is itself a call to another service becomes two documents: the service's segment, and the call
//!   in it;
//! - every segment has the service's name, every call the name of the service that it calls;
//! - an attribute that has a place in X-Ray's document is put there; all others become metadata, so none is lost
//!   ([`Trimmed`] counts the strings that are cut);
//! - secrets are hidden first ([`secrets`](crate::secrets));
//! - nothing is refused because of its length or its characters: it is cleaned or cut, and [`Trimmed`] counts it.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

mod annotations;
mod attributes;
mod aws;
mod callee;
mod collector;
mod direct;
mod draft;
mod exception;
mod grpc;
mod http;
mod link;
mod mapped;
mod metadata;
mod name;
mod outcome;
mod parts;
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

/// Maps the spans of one resource to documents.
///
/// The data that all spans of a resource share is prepared once; documents borrow it.
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
///     details: None,
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
    /// Prepares the resource's attributes, which OpenTelemetry's conventions name: `service.name`, `cloud.platform`, ….
    /// <https://opentelemetry.io/docs/specs/semconv/resource/>
    pub fn new(resource: Members<'static>, settings: Settings) -> Self {
        Self {
            resource: Resource::new(resource, &settings.log_groups),
            settings,
        }
    }

    /// Returns the name of the service's segments: `service.name`, cleaned; `span` if there is none.
    pub fn service_name(&self) -> &str {
        let name = self.resource.service_name.as_deref();
        name.unwrap_or(crate::names::NAMELESS)
    }

    /// Returns what X-Ray's limits changed in the resource, counted once for all documents.
    pub fn trimmed(&self) -> Trimmed {
        self.resource.trimmed
    }

    /// Maps one span to independent documents.
    ///
    /// # Errors
    ///
    /// Returns an error if `refuse_ids_unless_recent_at` is set and the trace id is not recent.
    pub fn map<'a>(&'a self, span: Span<'a>) -> Result<Mapped<'a>, RefusedSpan> {
        self.map_as(span, Form::Independent)
    }

    /// Maps one span for [`Form::Embedded`]: the subsegment leaves out the resource's data, which its segment has
    /// already.
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

/// Returns the name of a call's subsegment, which is the name of the called service in its attributes. `None` if they
/// do not name it; then the subsegment has the span's name.
///
/// ```
/// use segment::{mapping::callee, span::SpanKind};
///
/// let call = vec![("url.full".into(), "https://stock.example/items/7".into())];
/// assert_eq!(callee(SpanKind::Client, call).as_deref(), Some("stock.example"));
///
/// let query = vec![
///     ("db.system.name".into(), "postgresql".into()),
///     ("db.namespace".into(), "shop".into()),
///     ("server.address".into(), "db.internal".into()),
/// ];
/// assert_eq!(callee(SpanKind::Client, query).as_deref(), Some("shop@db.internal"));
/// ```
pub fn callee(kind: SpanKind, attributes: Members<'_>) -> Option<Cow<'_, str>> {
    let mut parts = parts::Parts::default();
    parts.sort(attributes, &Settings::default());
    parts.called(kind)
}
