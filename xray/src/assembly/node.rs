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
    /// How much of that is finished: more is there only if writing it panicked.
    finished: usize,
    /// The offsets of the commas between direct subsegments. A single subsegment has none, and needs no allocation.
    commas: Vec<usize>,
    /// The number of subsegments on all levels.
    count: usize,
    /// The number of levels.
    depth: usize,
}

/// Whether a subsegment was appended.
pub(crate) enum Pushed<T> {
    Done(T),
    /// Whoever was to write it does not.
    Declined,
    NoRoom,
}

thread_local! {
    /// The buffer of subsegments that were sent, for reuse.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Subsegments {
    /// A single subsegment that was encoded with `inner` in it, however long.
    pub(crate) fn one(encoded: &[u8], inner: &Self) -> Self {
        Self {
            encoded: encoded.to_vec(),
            finished: encoded.len(),
            commas: Vec::new(),
            count: inner.count + 1,
            depth: inner.depth + 1,
        }
    }

    /// Returns the buffer to this thread for reuse, unless it is large.
    pub(crate) fn keep_buffer(mut self) {
        const KEPT: usize = 4096;
        let capacity = self.encoded.capacity();
        if (1..=KEPT).contains(&capacity) {
            self.encoded.clear();
            BUFFER.set(self.encoded);
        }
    }

    /// Lets `write` append a subsegment that contains `inner`. It is taken back if `write` declines, if there is no room for
    /// it, or if `may_grow` refuses that these take so many bytes more.
    pub(crate) fn push<T>(
        &mut self,
        inner: &Self,
        write: impl FnOnce(&mut Vec<u8>) -> Option<T>,
        may_grow: impl FnOnce(usize) -> bool,
    ) -> Pushed<T> {
        if self.count + inner.count >= MAX_SUBSEGMENTS || inner.depth + 1 >= MAX_DEPTH {
            return Pushed::NoRoom;
        }
        if self.encoded.capacity() == 0 {
            self.encoded = BUFFER.take();
        }
        let before = self.finished;
        self.encoded.truncate(before);
        if before > 0 {
            self.encoded.push(b',');
        }
        let Some(written) = write(&mut self.encoded) else {
            self.encoded.truncate(before);
            return Pushed::Declined;
        };
        let end = self.encoded.len();
        if end > MAX_SUBSEGMENT_BYTES || !may_grow(end - before) {
            self.encoded.truncate(before);
            return Pushed::NoRoom;
        }
        if before > 0 {
            self.commas.push(before);
        }
        self.finished = end;
        self.count += inner.count + 1;
        self.depth = self.depth.max(inner.depth + 1);
        Pushed::Done(written)
    }

    /// Returns the subsegments, separated by commas.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.encoded[..self.finished]
    }

    /// Returns the length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.finished
    }

    /// Passes each subsegment to `emit` as an independent document with the parent `parent_id`, and removes it.
    pub(crate) fn stream(
        &mut self,
        trace_id: TraceId,
        parent_id: SegmentId,
        mut emit: impl FnMut(&[u8]),
    ) {
        let Self {
            encoded,
            finished,
            commas,
            ..
        } = std::mem::take(self);
        let ends = commas.into_iter().chain([finished]);
        let (mut start, mut document) = (0, Vec::new());
        for end in ends.filter(|end| *end > 0) {
            document.clear();
            write_independent(&encoded[start..end], trace_id, parent_id, &mut document);
            emit(&document);
            start = end + 1;
        }
    }
}
