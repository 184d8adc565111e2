//! Finds the segments with which a trace begins.

use std::collections::BTreeSet;

use crate::{Document, SegmentId};

/// Every document within a segment, with the index of that segment.
type Callers = BTreeSet<(SegmentId, usize)>;

/// Returns the indexes of the segments at which requests enter the system. Calls `callers` only if every segment has
/// a parent.
pub(super) fn entries(segments: &[Document<'_>], callers: impl FnOnce() -> Callers) -> Vec<usize> {
    let roots = indexes(segments, |_, segment| segment.parent_id.is_none());
    if !roots.is_empty() {
        return roots;
    }
    let callers = callers();
    let called_from_outside = indexes(segments, |index, segment| {
        !has_caller(&callers, index, segment)
    });
    if !called_from_outside.is_empty() {
        return called_from_outside;
    }
    let earliest = indexes(segments, |_, _| true).into_iter().next();
    earliest.into_iter().collect()
}

/// Returns the received segments that match, the earliest first.
fn indexes(segments: &[Document<'_>], wanted: impl Fn(usize, &Document<'_>) -> bool) -> Vec<usize> {
    let segments = segments.iter().enumerate();
    let came = segments.filter(|(_, segment)| !segment.is_subsegment && !segment.inferred);
    came.filter(|(index, segment)| wanted(*index, segment))
        .map(|(index, _)| index)
        .collect()
}

/// Whether the caller of a segment is in another segment.
fn has_caller(callers: &Callers, index: usize, segment: &Document<'_>) -> bool {
    segment.parent_id.is_some_and(|parent| {
        let mut of_this_id = callers.range((parent, 0)..=(parent, usize::MAX));
        of_this_id.any(|(_, caller)| *caller != index)
    })
}
