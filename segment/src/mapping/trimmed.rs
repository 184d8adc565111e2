//! What X-Ray's limits took away.

use std::ops::AddAssign;

/// Counts what was changed so that X-Ray accepts the documents of a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// Names that lost characters, or their end.
    pub names: u32,
    /// Texts that lost their end. The whole text is in the metadata; of a stack frame that is the whole stack
    /// trace, and of the resource the attribute, which is there anyway.
    pub texts: u32,
    /// Attributes that were to become annotations and became metadata: beyond the fiftieth, or with a key
    /// that after cleaning another one has.
    pub annotations: u32,
    /// Exceptions beyond the fiftieth. Their events are in the metadata, or the stack trace that tells of them.
    pub exceptions: u32,
    /// Stack frames beyond the fiftieth of an exception; the document says so too, in `truncated`.
    pub frames: u32,
    /// Stack traces in a form that is not read here. Their texts are in the metadata.
    pub stack_traces: u32,
    /// Links to traces that X-Ray refuses, and links beyond the twentieth, which the metadata lists.
    pub links: u32,
    /// Ends that were before their beginnings, and were moved there.
    pub ends: u32,
}

impl Trimmed {
    /// Whether everything arrived as it was.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Trimmed {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut u32, count: u32| *sum = sum.saturating_add(count);
        add(&mut self.names, other.names);
        add(&mut self.texts, other.texts);
        add(&mut self.annotations, other.annotations);
        add(&mut self.exceptions, other.exceptions);
        add(&mut self.frames, other.frames);
        add(&mut self.stack_traces, other.stack_traces);
        add(&mut self.links, other.links);
        add(&mut self.ends, other.ends);
    }
}
