//! Shorter ways to most documents: written at once, without sorting attributes and without making a document.
//!
//! Each way writes the bytes that [`Mapping::map`](super::Mapping::map) and [`Document::encode_with`](crate::Document)
//! would, or declines. What it knows of a span are its name, its times and its [`Details`](crate::span::Details); a span
//! with events, links, a reason why it failed, secrets, or texts that have to be cut takes the long way.

mod aws;
mod database;
mod known;
mod operation;
mod query;
mod segment;
mod subsegment;
#[cfg(test)]
mod tests;

use super::{
    Trimmed,
    draft::{LATEST, end_of},
    outcome::Outcome,
    settings::Settings,
};
use crate::{
    Span, Time, Value,
    document::{DEFAULT_METADATA, write},
    encode::Object,
    names, secrets,
    span::Status,
};

/// The start and the end of a span of which neither events, nor links, nor a description of its failure are kept; `None` for
/// any other.
fn times(span: &Span<'_>, settings: &Settings, trimmed: &mut Trimmed) -> Option<(Time, Time)> {
    let is_explained = match &span.status {
        Status::Error(description) => !description.is_empty(),
        Status::Unset | Status::Ok => false,
    };
    let is_short = span.events.is_empty()
        && span.links.is_empty()
        && !is_explained
        && settings.refuse_ids_unless_recent_at.is_none();
    let end = span.end.filter(|_| is_short)?;
    let start = span.start.min(LATEST);
    Some((start, end_of(start, end, trimmed)))
}

fn write_outcome(outcome: &Outcome<'_>, document: &mut Object<'_>) {
    write(document, "error", &outcome.error);
    write(document, "throttle", &outcome.throttle);
    write(document, "fault", &outcome.fault);
}

/// Writes attributes that have no place in a block, and members of the same namespace that are encoded already.
fn write_metadata<'k, 'v>(
    left: impl Iterator<Item = (&'k str, Value<'v>)>,
    encoded: &[u8],
    document: &mut Object<'_>,
) {
    let mut left = left.peekable();
    if left.peek().is_none() && encoded.is_empty() {
        return;
    }
    let mut metadata = Object::begin(document.member("metadata"));
    let mut default = Object::begin(metadata.member(DEFAULT_METADATA));
    for (key, value) in left {
        value.write(default.named(key));
    }
    default.encoded(encoded);
    default.end();
    metadata.end();
}

/// Whether an attribute can be a member of a block as it is: it is not empty, is not cut, and has no secrets.
fn fits(key: &str, text: &str) -> bool {
    (1..=names::MAX_TEXT).contains(&text.len()) && secrets::hidden(key, text).is_none()
}
