//! A subsegment of which only a name and times are known, or a call that is known by its details.

use super::{aws::Aws, query::Sql, times, write_metadata, write_outcome};
use crate::{
    Span,
    document::{AWS, Member as _, REMOTE},
    encode::{self, Object, member},
    mapping::{Mapping, Trimmed, outcome::Outcome, request::Request},
    names, secrets,
    span::{Details, Parent, SpanKind},
};

/// What a subsegment has beside its name and times.
enum Block<'s> {
    Nothing,
    Http(Request<'s>),
    Sql(Sql<'s>),
    Aws(Aws<'s>),
}

impl Mapping {
    /// Appends the subsegment of such a span: the bytes that [`Mapping::map_embedded`] and
    /// [`crate::Document::encode_with`] would produce. Appends nothing and returns `None` for any other span.
    pub fn try_encode_subsegment(
        &self,
        span: &Span<'_>,
        encoded_subsegments: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<Trimmed> {
        if !matches!(span.parent, Parent::Local(_)) {
            return None;
        }
        let mut trimmed = Trimmed::default();
        let (start, end) = times(span, &self.settings, &mut trimmed)?;
        let block = self.block(span)?;
        // A name that must be changed may also be kept in the metadata.
        if !block.name(span).is_none_or(names::is_clean) {
            return None;
        }

        let mut subsegment = Object::begin(out);
        block.write_name(span, member!(subsegment, "name"));
        Some(span.id).write(member!(subsegment, "id"));
        start.write(member!(subsegment, "start_time"));
        end.write(member!(subsegment, "end_time"));
        write_outcome(&Outcome::new(block.status(), &span.status), &mut subsegment);
        block.write(&mut subsegment, &mut trimmed);
        if !encoded_subsegments.is_empty() {
            let subsegments = subsegment.member("subsegments");
            subsegments.push(b'[');
            subsegments.extend_from_slice(encoded_subsegments);
            subsegments.push(b']');
        }
        subsegment.end();
        Some(trimmed)
    }

    fn block<'s>(&'s self, span: &'s Span<'_>) -> Option<Block<'s>> {
        let Some(details) = &span.details else {
            let is_plain = span.kind == SpanKind::Internal
                && span.attributes.is_empty()
                && secrets::hidden("", &span.name).is_none();
            return is_plain.then_some(Block::Nothing);
        };
        if span.kind != SpanKind::Client || self.settings.is_indexing() {
            return None;
        }
        match details {
            // A call of gRPC's has attributes, and its name says more than the method.
            Details::Http(http) if span.attributes.is_empty() && span.name == http.method => {
                Request::new(*http, span, &self.settings).map(Block::Http)
            }
            Details::Query(query) if span.attributes.is_empty() => {
                Sql::new(query, &span.name).map(Block::Sql)
            }
            Details::Aws(call) => Aws::new(call, span, &self.resource).map(Block::Aws),
            Details::Http(_) | Details::Query(_) => None,
        }
    }
}

impl Block<'_> {
    /// Returns the subsegment's name, the called service, otherwise the span's own; `None` if it is known to be clean.
    fn name<'s>(&'s self, span: &'s Span<'_>) -> Option<&'s str> {
        match self {
            Self::Nothing => Some(&span.name),
            Self::Http(request) => Some(request.host()),
            Self::Sql(_) | Self::Aws(_) => None,
        }
    }

    fn write_name(&self, span: &Span<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => encode::text(&span.name, out),
            Self::Http(request) => encode::text(request.host(), out),
            Self::Sql(sql) => sql.write_name(out),
            Self::Aws(aws) => aws.write_name(out),
        }
    }

    fn status(&self) -> Option<i64> {
        match self {
            Self::Nothing | Self::Sql(_) => None,
            Self::Http(request) => request.status(),
            Self::Aws(aws) => aws.status(),
        }
    }

    fn write(&self, subsegment: &mut Object<'_>, trimmed: &mut Trimmed) {
        match self {
            Self::Nothing => {}
            Self::Http(request) => {
                encode::plain(REMOTE, member!(subsegment, "namespace"));
                request.write(member!(subsegment, "http"));
                write_metadata(request.left(), &[], subsegment);
            }
            Self::Sql(sql) => {
                encode::plain(REMOTE, member!(subsegment, "namespace"));
                sql.write(subsegment, trimmed);
                write_metadata(sql.left(), &[], subsegment);
            }
            Self::Aws(aws) => {
                encode::plain(AWS, member!(subsegment, "namespace"));
                aws.write(subsegment);
            }
        }
    }
}
