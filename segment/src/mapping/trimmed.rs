//! Counts of what X-Ray's limits changed.

use std::ops::AddAssign;

/// Counts what was changed so that X-Ray accepts the documents of a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trimmed {
    /// Names from which characters were removed, or whose end was cut off.
    pub names: u32,
    /// Strings whose end was cut off. The metadata has the whole string: for a stack frame the whole stack trace, for
    /// the resource the attribute.
    pub texts: u32,
    /// Annotations that became metadata: those after the fiftieth, and those whose cleaned key another annotation
    /// has.
    pub annotations: u32,
    /// Exceptions after the fiftieth. The metadata has their events, or the stack trace that contains them.
    pub exceptions: u32,
    /// Stack frames after the fiftieth of an exception; `truncated` in the document has their number.
    pub frames: u32,
    /// Stack traces in an unknown format. The metadata has their text.
    pub stack_traces: u32,
    /// Links to traces that X-Ray refuses, and links after the twentieth, which the metadata lists.
    pub links: u32,
    /// End times that were before the start time, and were set to it.
    pub ends: u32,
}

impl Trimmed {
    /// Whether nothing was changed.
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
