//! An open span and the finished subsegments that wait in it.

use std::cell::Cell;

use segment::{SegmentId, Time, TraceId, document::write_independent, span::Parent};

/// Most subsegments embedded in one segment; further ones are sent by themselves, as in the X-Ray SDKs for Java,
/// Python and .NET.
pub(crate) const MAX_SUBSEGMENTS: usize = 100;
/// Most bytes of embedded subsegments in one segment; the rest of the datagram is for the segment's own members.
pub(crate) const MAX_SUBSEGMENT_BYTES: usize = if cfg!(target_os = "macos") {
    8_000
} else {
    60_000
};
/// How deep subsegments are nested. JSON readers stop at 128 levels, and each subsegment takes two.
pub(crate) const MAX_DEPTH: usize = 40;

/// An open span.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) trace_id: TraceId,
    pub(crate) parent: Parent,
    pub(crate) opened_at: Time,
    /// Whether there is nothing to announce: the span has been announced, or it does not become a segment with its
    /// own id.
    pub(crate) is_announced: bool,
    /// The user that a finished subsegment set; only segments have one.
    pub(crate) user: Option<String>,
    pub(crate) subsegments: Subsegments,
}

/// Finished subsegments, encoded to be embedded, with commas between them.
#[derive(Debug, Default)]
pub(crate) struct Subsegments {
    encoded: Vec<u8>,
    /// The offsets of the commas between direct subsegments. A single subsegment has none, and needs no allocation.
    commas: Vec<usize>,
    /// The number of subsegments on all levels.
    count: usize,
    /// The number of levels.
    depth: usize,
}

thread_local! {
    /// The buffer of subsegments that were sent, for reuse.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Subsegments {
    /// Returns the buffer to this thread for reuse, unless it is large.
    pub(crate) fn keep_buffer(mut self) {
        const KEPT: usize = 4096;
        let capacity = self.encoded.capacity();
        if (1..=KEPT).contains(&capacity) {
            self.encoded.clear();
            BUFFER.set(self.encoded);
        }
    }

    /// Whether a subsegment of `bytes` bytes that contains `inner` fits.
    pub(crate) fn has_room_for(&self, bytes: usize, inner: &Self) -> bool {
        self.encoded.len() + bytes < MAX_SUBSEGMENT_BYTES
            && self.count + inner.count < MAX_SUBSEGMENTS
            && inner.depth + 1 < MAX_DEPTH
    }

    /// Returns by how many bytes one more subsegment makes these grow: its own, and a comma.
    pub(crate) fn growth(&self, encoded: &[u8]) -> usize {
        encoded.len() + usize::from(!self.encoded.is_empty())
    }

    /// Appends a subsegment that was encoded with `inner` in it.
    pub(crate) fn push(&mut self, encoded: &[u8], inner: &Self) {
        if self.encoded.capacity() == 0 {
            self.encoded = BUFFER.take();
        }
        if !self.encoded.is_empty() {
            self.commas.push(self.encoded.len());
            self.encoded.push(b',');
        }
        self.encoded.extend_from_slice(encoded);
        self.count += inner.count + 1;
        self.depth = self.depth.max(inner.depth + 1);
    }

    /// Returns the subsegments, separated by commas.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// Returns the length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.encoded.len()
    }

    /// Passes each subsegment to `emit` as an independent document with the parent `parent_id`, and removes it.
    pub(crate) fn stream(
        &mut self,
        trace_id: TraceId,
        parent_id: SegmentId,
        mut emit: impl FnMut(&[u8]),
    ) {
        let Self {
            encoded, commas, ..
        } = std::mem::take(self);
        let ends = commas.into_iter().chain([encoded.len()]);
        let (mut start, mut document) = (0, Vec::new());
        for end in ends.filter(|end| *end > 0) {
            document.clear();
            write_independent(&encoded[start..end], trace_id, parent_id, &mut document);
            emit(&document);
            start = end + 1;
        }
    }
}
