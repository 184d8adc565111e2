//! A faster path for a served request without further attributes, events or links, as most segments are.

use std::borrow::Cow;

use super::{
    Mapping, Trimmed,
    draft::{LATEST, end_of},
    outcome::Outcome,
    request::Request,
    resource::Resource,
};
use crate::{
    Span,
    document::{DEFAULT_METADATA, Shared, write, write_subsegments},
    encode::{self, Object},
    span::{SpanKind, Status},
};

impl Mapping {
    /// Appends the segment of such a request: the bytes that [`Mapping::map`] and [`crate::Document::encode_with`] would
    /// produce. Appends nothing and returns `None` for any other span.
    pub fn encode_served(
        &self,
        span: &Span<'_>,
        encoded_subsegments: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Trimmed> {
        let (resource, settings) = (&self.resource, &self.settings);
        let http = span.http?;
        let name = resource.service_name.as_deref()?;
        let is_plain = says_nothing_else(span) && settings.refuse_ids_unless_recent_at.is_none();
        let end = span.end.filter(|_| is_plain)?;
        let request = Request::new(http, span, settings)?;
        let outcome = Outcome::new(request.status(), &span.status);
        let mut trimmed = Trimmed::default();
        let start = span.start.min(LATEST);

        let mut segment = Object::begin(out);
        encode::text(name, segment.member("name"));
        write(&mut segment, "id", &Some(span.id));
        write(&mut segment, "trace_id", &Some(span.trace_id));
        write(&mut segment, "parent_id", &span.parent.id());
        start.write(segment.member("start_time"));
        end_of(start, end, &mut trimmed).write(segment.member("end_time"));
        write(&mut segment, "error", &outcome.error);
        write(&mut segment, "throttle", &outcome.throttle);
        write(&mut segment, "fault", &outcome.fault);
        write(&mut segment, "origin", &resource.origin.map(Cow::Borrowed));
        request.write(segment.member("http"));
        write(
            &mut segment,
            "service",
            &resource.service.as_ref().map(Shared::Borrowed),
        );
        write(
            &mut segment,
            "aws",
            &resource.aws.as_ref().map(Shared::Borrowed),
        );
        write_metadata(&request, resource, &mut segment);
        if !encoded_subsegments.is_empty() {
            write_subsegments(&[], encoded_subsegments, segment.member("subsegments"));
        }
        segment.end();
        Some(trimmed)
    }
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

/// What the block of the request leaves, and the resource's attributes.
fn write_metadata(request: &Request<'_>, resource: &Resource, segment: &mut Object<'_>) {
    let mut left = request.left().peekable();
    let shared = resource.metadata.members();
    if left.peek().is_none() && shared.is_empty() {
        return;
    }
    let mut metadata = Object::begin(segment.member("metadata"));
    let mut default = Object::begin(metadata.member(DEFAULT_METADATA));
    for (key, value) in left {
        value.write(default.named(&key));
    }
    default.encoded(shared);
    default.end();
    metadata.end();
}
