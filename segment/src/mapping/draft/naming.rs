//! The name of a document, and where the span's own name is kept.

use std::borrow::Cow;

use super::{Draft, Shape};
use crate::{names, span::SpanKind};

impl<'a> Draft<'_, 'a> {
    /// Returns the name of a subsegment: the called service, otherwise the span's own name.
    pub(super) fn call_name(&mut self) -> Cow<'a, str> {
        let host = || self.request.as_ref()?.called(self.kind);
        let name = self.parts.called(self.kind).or_else(host);
        self.clean(name.unwrap_or_else(|| self.span_name.clone()))
    }

    /// Returns the name of a segment: that of the service, so that the service is one node of the map.
    pub(super) fn service_name(&mut self) -> Cow<'a, str> {
        if let Some(name) = self.parts.attributes.copy(self.parts.names.local) {
            return self.clean(name);
        }
        match self.resource.service_name.as_deref() {
            Some(name) => Cow::Borrowed(name),
            None => self.call_name(),
        }
    }

    /// Returns the span's name if the document would not contain it: for a segment, which has the service's name,
    /// unless the collector would use the span's; for a call, which has the name of the called service.
    pub(super) fn operation(&self) -> Option<Cow<'a, str>> {
        let is_included = match self.shape {
            Shape::Segment => self.is_named_as_by_collector(),
            Shape::Subsegment | Shape::Both => self.is_name_included(),
        };
        (!is_included).then(|| self.span_name.clone())
    }

    /// As [`Draft::operation`], for the service's segment around a call.
    pub(super) fn service_operation(&self) -> Option<Cow<'a, str>> {
        (!self.is_named_as_by_collector()).then(|| self.span_name.clone())
    }

    fn is_named_as_by_collector(&self) -> bool {
        let has_local_service = self.parts.names.local.is_set();
        let is_service = has_local_service || self.resource.service_name.is_some();
        !is_service
            || match self.kind {
                SpanKind::Server => true,
                SpanKind::Internal => self.parts.is_local_root && has_local_service,
                SpanKind::Client | SpanKind::Producer | SpanKind::Consumer => {
                    self.parts.is_local_root
                }
            }
    }

    /// Whether the document contains each word of the span's name, as it does for `GET` and `DynamoDB.GetItem`.
    fn is_name_included(&self) -> bool {
        let document = &*self.document;
        if document.name == self.span_name {
            return true;
        }
        let request = document
            .http
            .as_ref()
            .and_then(|http| http.request.as_ref());
        let sql = document.sql.as_ref();
        let texts = [
            Some(document.name.as_ref()),
            request.and_then(|request| request.method.as_deref()),
            request.and_then(|request| request.url.as_deref()),
            document
                .aws
                .as_ref()
                .and_then(|aws| aws.operation.as_deref()),
            sql.and_then(|sql| sql.url.as_deref()),
            sql.and_then(|sql| sql.sanitized_query.as_deref()),
        ];
        let left = self.parts.attributes.list();
        let is_included = |word: &str| {
            texts.iter().flatten().any(|text| text.contains(word))
                || left
                    .iter()
                    .filter_map(|(_, value)| value.as_text())
                    .any(|text| text.contains(word))
        };
        let mut words = self.span_name.split(|c: char| !c.is_alphanumeric());
        words.all(is_included)
    }

    fn clean(&mut self, name: Cow<'a, str>) -> Cow<'a, str> {
        let length = name.len();
        let clean = names::clean_cow(name, names::clean_name);
        self.trimmed.names += u32::from(clean.len() != length);
        clean
    }
}
