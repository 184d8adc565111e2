//! The segment of a served request without attributes other than its sampling rule, as most segments are.

use std::borrow::Cow;

use super::{fits, times, write_metadata, write_outcome};
use crate::{
    Span, Value,
    document::{Aws, Member as _, Shared, write, write_subsegments},
    encode::{self, Object, member},
    mapping::{
        Mapping, Trimmed,
        aws::{SAMPLING_RULE_NAME, sampled_by},
        outcome::Outcome,
        request::Request,
        resource::{Resource, borrow_aws},
    },
    span::{Details, SpanKind},
};

impl Mapping {
    /// Appends the segment of such a request: the bytes that [`Mapping::map`] and [`crate::Document::encode_with`] would
    /// produce. Appends nothing and returns `None` for any other span.
    pub fn try_encode_segment(
        &self,
        span: &Span<'_>,
        encoded_subsegments: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Trimmed> {
        let (resource, settings) = (&self.resource, &self.settings);
        let Some(Details::Http(http)) = span.details else {
            return None;
        };
        if span.kind != SpanKind::Server || !span.parent.makes_local_root() {
            return None;
        }
        resource.service_name.as_ref()?;
        let mut trimmed = Trimmed::default();
        let (start, end) = times(span, settings, &mut trimmed)?;
        let aws = aws(span, resource)?;
        let request = Request::new(http, span, settings)?;

        let mut segment = Object::begin(out);
        member!(segment, "name").extend_from_slice(&resource.encoded_name);
        Some(span.id).write(member!(segment, "id"));
        Some(span.trace_id).write(member!(segment, "trace_id"));
        if let Some(parent) = span.parent.id() {
            Some(parent).write(member!(segment, "parent_id"));
        }
        start.write(member!(segment, "start_time"));
        end.write(member!(segment, "end_time"));
        write_outcome(&Outcome::new(request.status(), &span.status), &mut segment);
        if let Some(origin) = resource.origin {
            encode::text(origin, member!(segment, "origin"));
        }
        request.write(member!(segment, "http"));
        if let Some(service) = &resource.service {
            Some(Shared::Borrowed(service)).write(member!(segment, "service"));
        }
        write(&mut segment, "aws", &Some(aws));
        write_metadata(request.left(), resource.metadata.members(), &mut segment);
        if !encoded_subsegments.is_empty() {
            write_subsegments(&[], encoded_subsegments, segment.member("subsegments"));
        }
        segment.end();
        Some(trimmed)
    }
}

/// Returns the resource's block, with the span's sampling rule if there is one. `None` if there are other attributes, if the
/// rule is not written as it is, or on another cloud, where a segment has no such block.
fn aws<'a>(span: &'a Span<'_>, resource: &'a Resource) -> Option<Shared<'a, Aws<'a>>> {
    let aws = resource.aws.as_ref()?;
    match span.attributes.as_slice() {
        [] => Some(Shared::Borrowed(aws)),
        [(key, Value::Text(rule))] if key == SAMPLING_RULE_NAME && fits(key, rule) => {
            Some(sampled_by(Cow::Borrowed(rule), borrow_aws(aws)).into())
        }
        _ => None,
    }
}
