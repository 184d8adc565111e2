//! The short way for a request that a service got and of which nothing else is known: no attribute, event or link.
//! It leads where [`super::draft`] does; most segments are such, and take a third of the time.

use std::borrow::Cow;

use super::{
    draft::{LATEST, end_of},
    mapped::Mapped,
    metadata::Contents,
    outcome::Outcome,
    request::Request,
    resource::Resource,
    settings::Settings,
    trimmed::Trimmed,
};
use crate::{
    Document, Span,
    document::Shared,
    span::{SpanKind, Status},
};

/// Makes the segment of such a request; `None` for any other span.
pub(super) fn map<'a>(
    resource: &'a Resource,
    settings: &Settings,
    span: &Span<'a>,
) -> Option<Mapped<'a>> {
    let http = span.http?;
    let name = resource.service_name.as_deref()?;
    let end = span.end.filter(|_| says_nothing_else(span))?;
    let request = Request::new(http, span, settings)?;
    let mut trimmed = Trimmed::default();
    let start = span.start.min(LATEST);
    let mut document = Document::new(Cow::Borrowed(name), span.id, start);
    document.trace_id = Some(span.trace_id);
    document.parent_id = span.parent.id();
    document.end_time = Some(end_of(start, end, &mut trimmed));
    let outcome = Outcome::new(request.status(), &span.status);
    document.error = outcome.error;
    document.throttle = outcome.throttle;
    document.fault = outcome.fault;
    document.origin = resource.origin.map(Cow::Borrowed);
    document.service = resource.service.as_ref().map(Shared::Lent);
    document.aws = resource.aws.as_ref().map(Shared::Lent);
    let contents = Contents {
        resource: Some(&resource.metadata),
        left: request.left().collect(),
        ..Contents::default()
    };
    contents.finish(&mut document);
    document.http = Some(request.block(None));
    Some(Mapped {
        document,
        segment: None,
        trimmed,
    })
}

fn says_nothing_else(span: &Span<'_>) -> bool {
    let is_explained = match &span.status {
        Status::Error(description) => !description.is_empty(),
        Status::Unset | Status::Ok => false,
    };
    span.kind == SpanKind::Server
        && span.parent.makes_local_root()
        && span.attributes.is_empty()
        && span.events.is_empty()
        && span.links.is_empty()
        && !is_explained
}
