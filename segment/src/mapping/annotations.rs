//! Annotations: the strings, numbers and booleans that filter expressions can search for.

use std::borrow::Cow;

use super::{
    settings::Settings,
    text::{fit_to, strip},
    trimmed::Trimmed,
};
use crate::{Value, names, value::Members};

/// The prefix of an attribute that becomes an annotation: `annotation.tier` becomes `tier`.
pub const ANNOTATION_PREFIX: &str = "annotation.";
/// The prefix of an attribute that becomes metadata: `metadata.cart` becomes `cart` in the namespace `default`.
/// Attributes without another place become metadata without this prefix too.
pub const METADATA_PREFIX: &str = "metadata.";

/// An attribute that is to become an annotation.
#[derive(Clone)]
pub(super) struct Candidate<'a> {
    pub(super) rank: Rank,
    /// The attribute's key, with its prefix.
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
}

/// The order of preference if there is no room for all annotations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// `annotation.…`
    Explicit,
    /// Listed on the span or in the settings.
    Listed,
    /// All attributes, by the settings.
    All,
    /// An attribute of the resource.
    Resource,
}

/// Which attributes without the prefix become annotations.
pub(super) struct Index<'s, 'a> {
    pub(super) settings: &'s Settings,
    pub(super) listed: &'s [Cow<'a, str>],
}

impl Index<'_, '_> {
    /// Whether only attributes with the prefix become annotations.
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && !self.settings.is_indexing()
    }

    /// Returns the rank of an attribute that becomes an annotation.
    pub(super) fn rank(&self, key: &str, value: &Value<'_>) -> Option<Rank> {
        if !is_scalar(value) {
            return None;
        }
        let indexed = &self.settings.indexed_attributes;
        if self.listed.iter().any(|listed| listed == key) || indexed.iter().any(|one| one == key) {
            Some(Rank::Listed)
        } else {
            self.settings.index_all_attributes.then_some(Rank::All)
        }
    }

    /// Moves what becomes an annotation from `left` to `candidates`. A null keeps its place.
    pub(super) fn extract<'a>(&self, left: &mut Members<'a>, candidates: &mut Vec<Candidate<'a>>) {
        if self.is_empty() {
            return;
        }
        for (key, value) in left {
            if let Some(rank) = self.rank(key, value) {
                candidates.push(Candidate {
                    rank,
                    key: std::mem::take(key),
                    value: std::mem::replace(value, Value::Null),
                });
            }
        }
    }
}

/// Makes the annotations.
///
/// At most [`names::MAX_ANNOTATIONS`], with unique keys after cleaning; the others are moved to `left` under their
/// own keys. A string that had to be cut is also kept there in full.
pub(super) fn annotate<'a>(
    mut candidates: Vec<Candidate<'a>>,
    left: &mut Members<'a>,
    trimmed: &mut Trimmed,
) -> Members<'a> {
    candidates.sort_by_key(|candidate| candidate.rank);
    let mut kept: Vec<(Cow<'a, str>, Candidate<'a>)> = Vec::new();
    for candidate in candidates {
        let name = strip(&candidate.key, ANNOTATION_PREFIX)
            .filter(|_| candidate.rank == Rank::Explicit)
            .unwrap_or_else(|| candidate.key.clone());
        let name = names::clean_cow(name, names::clean_annotation_key);
        let has_room = kept.len() < names::MAX_ANNOTATIONS && !name.is_empty();
        match kept.iter_mut().find(|(taken, _)| *taken == name) {
            // If an attribute was set again, its last value counts.
            Some((_, same)) if same.key == candidate.key => same.value = candidate.value,
            None if has_room => kept.push((name, candidate)),
            _ => {
                trimmed.annotations += 1;
                left.push((candidate.key, candidate.value));
            }
        }
    }
    kept.into_iter()
        .map(|(name, candidate)| (name, fit_value(candidate, left, trimmed)))
        .collect()
}

fn fit_value<'a>(
    candidate: Candidate<'a>,
    left: &mut Members<'a>,
    trimmed: &mut Trimmed,
) -> Value<'a> {
    match candidate.value {
        Value::Text(text) if text.len() > names::MAX_ANNOTATION_VALUE => {
            left.push((candidate.key, Value::Text(text.clone())));
            Value::Text(fit_to(text, names::MAX_ANNOTATION_VALUE, trimmed))
        }
        value => value,
    }
}

/// Whether a value is possible in an annotation.
pub(super) fn is_scalar(value: &Value<'_>) -> bool {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) | Value::Text(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}
