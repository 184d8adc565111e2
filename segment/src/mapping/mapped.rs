//! The result of the mapping.

use super::trimmed::Trimmed;
use crate::Document;

/// The documents of one span, made by [`crate::mapping::Mapping::map`].
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped<'a> {
    /// The span's own document, under the span's id: a segment or a subsegment.
    pub document: Document<'a>,
    /// The service's segment around it, for a local root that is a call to another service (a client or a producer).
    /// `document` is then a subsegment of it, but not in its `subsegments`, so that it can be sent by itself or
    /// embedded.
    pub segment: Option<Box<Document<'a>>>,
    /// What X-Ray's limits changed.
    pub trimmed: Trimmed,
}
