//! The service's segment around a call that no segment encloses.

use std::borrow::Cow;

use super::Draft;
use crate::{
    Document, Value,
    document::{DEFAULT_METADATA, Shared},
    mapping::{
        annotations::annotate,
        metadata::{Contents, RESOURCE_PREFIX},
        split,
        trimmed::Trimmed,
    },
    value::Members,
};

impl<'a> Draft<'_, 'a> {
    /// Makes the service's segment around a call.
    pub(super) fn split(&mut self) -> Document<'a> {
        let name = self.service_name();
        let mut segment = split::segment(self.document, name);
        let resource = self.resource;
        segment.parent_id = self.parent.id();
        segment.origin = resource.origin.map(Cow::Borrowed);
        segment.service = resource.service.as_ref().map(Shared::Borrowed);
        segment.aws = resource.aws.as_ref().map(split::aws);
        let mut candidates = split::candidates(&self.parts.candidates);
        let (metadata, annotated) = if self.has_resource() {
            let annotated = self.annotated(&mut candidates);
            (Some(&resource.metadata), annotated)
        } else {
            Default::default()
        };
        let contents = Contents {
            resource: metadata,
            annotated,
            left: self.said_of_resource(),
            operation: self.service_operation(),
            ..Contents::default()
        };
        // Annotations without room here are counted and kept with the call.
        segment.annotations = annotate(candidates, &mut Vec::new(), &mut Trimmed::default());
        contents.finish(&mut segment);
        let is_empty = segment.metadata.is_empty() && segment.shared_metadata.is_none();
        if is_empty
            && self
                .parts
                .attributes
                .list()
                .iter()
                .any(|(_, value)| *value != Value::Null)
        {
            let nothing = Value::Object(Vec::new());
            let default = Cow::Borrowed(DEFAULT_METADATA);
            segment.metadata.push((default, nothing));
        }
        segment
    }

    /// Returns the attributes of the span that describe the resource: they belong to the service's segment too.
    fn said_of_resource(&self) -> Members<'a> {
        let is_of_resource = |(key, _): &&(Cow<'_, str>, _)| key.starts_with(RESOURCE_PREFIX);
        let left = self.parts.attributes.list().iter();
        left.filter(is_of_resource).cloned().collect()
    }
}
