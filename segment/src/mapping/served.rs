//! A fast path for a served request without further attributes, events or links, as most segments are. It gives the
//! same document as the mapping of any span (`draft.rs`).

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

/// Returns the segment of such a request; `None` for any other span.
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
    document.service = resource.service.as_ref().map(Shared::Borrowed);
    document.aws = resource.aws.as_ref().map(Shared::Borrowed);
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
