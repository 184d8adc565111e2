//! Links to other traces.

use std::borrow::Cow;

use super::metadata::settle;
use crate::{Value, document::Link, span::SpanLink};

/// Makes one of `links`.
pub(super) fn link(link: SpanLink<'_>) -> Link<'_> {
    let mut attributes = link.attributes;
    settle(&mut attributes);
    Link {
        trace_id: Some(link.trace_id),
        id: Some(link.id),
        attributes,
        ..Link::default()
    }
}

/// A link as the metadata lists it.
pub(super) fn listed(link: Link<'_>) -> Value<'_> {
    let id = |id: Option<String>| id.map_or(Value::Null, Value::from);
    let mut members = vec![
        (
            Cow::Borrowed("trace_id"),
            id(link.trace_id.map(|id| id.to_string())),
        ),
        (Cow::Borrowed("id"), id(link.id.map(|id| id.to_string()))),
    ];
    if !link.attributes.is_empty() {
        members.push((Cow::Borrowed("attributes"), Value::Object(link.attributes)));
    }
    Value::Object(members)
}
