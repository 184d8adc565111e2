//! Which segments a trace begins with.

use std::collections::BTreeSet;

use super::Trace;
use crate::{Document, SegmentId};

/// Returns the indexes of the segments where requests come in from outside.
pub(super) fn entries(trace: &Trace<'_>) -> Vec<usize> {
    let roots = indexes(trace, |_, segment| segment.parent_id.is_none());
    if !roots.is_empty() {
        return roots;
    }
    let callers = Callers::of(trace);
    let called_from_outside = indexes(trace, |index, segment| !callers.has(index, segment));
    if !called_from_outside.is_empty() {
        return called_from_outside;
    }
    let earliest = indexes(trace, |_, _| true).into_iter().next();
    earliest.into_iter().collect()
}

/// The segments that came and are as wanted, the earliest first.
fn indexes(trace: &Trace<'_>, wanted: impl Fn(usize, &Document<'_>) -> bool) -> Vec<usize> {
    let segments = trace.segments.iter().enumerate();
    let came = segments.filter(|(_, segment)| !segment.is_subsegment && !segment.inferred);
    came.filter(|(index, segment)| wanted(*index, segment))
        .map(|(index, _)| index)
        .collect()
}

/// Everything that lies in a segment, with the index of that segment; orphans lie in none.
struct Callers(BTreeSet<(SegmentId, usize)>);

impl Callers {
    fn of(trace: &Trace<'_>) -> Self {
        let places = trace.walk();
        let places = places.filter(|place| !trace.segments[place.segment].is_subsegment);
        Self(
            places
                .map(|place| (place.document.id, place.segment))
                .collect(),
        )
    }

    /// Whether what called a segment lies in another one.
    fn has(&self, index: usize, segment: &Document<'_>) -> bool {
        segment.parent_id.is_some_and(|parent| {
            let mut of_this_id = self.0.range((parent, 0)..=(parent, usize::MAX));
            of_this_id.any(|(_, caller)| *caller != index)
        })
    }
}
