//! Assembles a trace from its documents, which may arrive in any order and in any number of pieces.
//!
//! The rules are X-Ray's, as far as they are published: a complete document replaces the one in progress, an
//! independent subsegment belongs below its `parent_id`, and a call to a service without documents gets an *inferred*
//! segment. <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html>

mod entry;
mod infer;
mod join;

use std::{collections::BTreeSet, time::Duration};

use crate::{Document, SegmentId, Time, TraceId};

pub use join::MAX_DEPTH;

/// An assembled trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace<'a> {
    /// The trace's id.
    pub id: TraceId,
    /// Its segments by start time: received ones, inferred ones (`inferred`), and subsegments whose parent was never
    /// received (`is_subsegment`). Subsegments are embedded, by start time.
    pub segments: Vec<Document<'a>>,
    ids: BTreeSet<SegmentId>,
    entries: Vec<usize>,
}

/// A document of a trace, and its position.
#[derive(Debug, Clone, Copy)]
pub struct Place<'t, 'a> {
    /// The document: a segment or a subsegment.
    pub document: &'t Document<'a>,
    /// The index in [`Trace::segments`] of the segment that it is, or belongs to.
    pub segment: usize,
    /// 0 for a segment, 1 for its subsegments, and so on.
    pub depth: usize,
}

impl<'a> Trace<'a> {
    /// Assembles the documents of one trace, given in order of arrival.
    ///
    /// Of two documents with one id the complete one counts, then the one that ended later, then the one
    /// that was embedded, then the one received later. Subsegments that name each other as parents in a
    /// circle are kept like those whose parent never came. A segment with the id of a call, as Zipkin's joined
    /// spans have it, has that call as its parent.
    ///
    /// ```
    /// use segment::{Document, TraceId, tree::Trace};
    ///
    /// let id: TraceId = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse()?;
    /// // The subsegment arrives first.
    /// let documents = [
    ///     r#"{"name": "bank", "id": "df6d4ea37eb22ed0", "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "start_time": 2,
    ///         "end_time": 3, "type": "subsegment", "parent_id": "53995c3f42cd8ad8", "namespace": "remote"}"#,
    ///     r#"{"name": "shop", "id": "53995c3f42cd8ad8", "trace_id": "1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "start_time": 1,
    ///         "end_time": 4}"#,
    /// ];
    /// let documents = documents.map(Document::decode).into_iter().collect::<Result<Vec<_>, _>>()?;
    /// let trace = Trace::compile(id, documents);
    /// let names = trace.walk().map(|place| (place.depth, &*place.document.name));
    /// // The last one is inferred: the bank sent no segment of its own.
    /// assert_eq!(names.collect::<Vec<_>>(), [(0, "shop"), (1, "bank"), (0, "bank")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compile(id: TraceId, documents: impl IntoIterator<Item = Document<'a>>) -> Self {
        let mut segments = join::join(id, documents);
        join::answer_calls_of_one_id(&mut segments);
        infer::infer(id, &mut segments);
        segments.sort_by_key(join::order);
        let mut trace = Self {
            id,
            segments,
            ids: BTreeSet::new(),
            entries: Vec::new(),
        };
        trace.ids = trace.walk().map(|place| place.document.id).collect();
        trace.entries = entry::entries(&trace.segments, || trace.callers());
        trace
    }

    /// Returns every document within a segment, with the index of that segment; orphans are in none.
    fn callers(&self) -> BTreeSet<(SegmentId, usize)> {
        let places = self.walk();
        places
            .filter(|place| !self.segments[place.segment].is_subsegment)
            .map(|place| (place.document.id, place.segment))
            .collect()
    }

    /// Returns every segment and subsegment, parents before their children.
    pub fn walk(&self) -> impl Iterator<Item = Place<'_, 'a>> {
        let mut stack = Vec::new();
        let mut next = 0;
        std::iter::from_fn(move || {
            if stack.is_empty() && next < self.segments.len() {
                stack.push(Place {
                    document: &self.segments[next],
                    segment: next,
                    depth: 0,
                });
                next += 1;
            }
            let place: Place<'_, 'a> = stack.pop()?;
            let children = place.document.subsegments.iter().rev();
            stack.extend(children.map(|document| Place {
                document,
                segment: place.segment,
                depth: place.depth + 1,
            }));
            Some(place)
        })
    }

    /// Returns the segments that the segment or subsegment `id` called: received and inferred ones.
    pub fn callees(&self, id: SegmentId) -> impl Iterator<Item = &Document<'a>> {
        self.segments
            .iter()
            .filter(move |segment| segment.parent_id == Some(id) && !segment.is_subsegment)
    }

    /// Whether the parent of a segment is not in the trace.
    pub fn misses_parent(&self, segment: &Document<'a>) -> bool {
        segment
            .parent_id
            .is_some_and(|parent| !self.ids.contains(&parent))
    }

    /// Returns the segments at which requests enter the system: those without a parent. If all have one, those whose
    /// caller is in no other segment, which was never received; if all call each other in a circle, the earliest one.
    /// There is at least one entry if there is a segment.
    pub fn entries(&self) -> impl Iterator<Item = &Document<'a>> {
        self.entries.iter().map(|index| &self.segments[*index])
    }

    /// Returns the indexes of the [entries](Trace::entries) in [`Trace::segments`].
    pub fn entry_indexes(&self) -> &[usize] {
        &self.entries
    }

    /// Returns the start of the first segment.
    pub fn start(&self) -> Option<Time> {
        self.segments.first().map(|segment| segment.start_time)
    }

    /// Returns the end of the last segment; for segments in progress, their start is used.
    pub fn end(&self) -> Option<Time> {
        self.segments.iter().map(last_time).max()
    }

    /// Returns the time from the first start to the last end.
    pub fn duration(&self) -> Duration {
        match (self.start(), self.end()) {
            (Some(start), Some(end)) => end.since(start),
            _ => Duration::ZERO,
        }
    }

    /// Whether a part of the trace is in progress.
    pub fn is_partial(&self) -> bool {
        self.walk().any(|place| place.document.in_progress)
    }
}

fn last_time(document: &Document<'_>) -> Time {
    document.end_time.unwrap_or(document.start_time)
}

#[cfg(test)]
mod tests;
