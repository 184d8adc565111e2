//! Traces whose summaries are made together.

use std::sync::Arc;

use segment::{Document, Time, TraceId, tree::Trace};

use super::{arrivals::Arrivals, held::Made};
use crate::summary::{Interner, Summary};

/// Most bytes of documents in a batch, except for a single larger trace: this memory is not counted elsewhere.
/// How long a batch takes is how much later than `go_on` says a question ends, so there is a quarter of a megabyte.
const BATCH_BYTES: usize = 256 * 1024;

/// A trace whose summary must be made.
pub(super) struct Stale {
    pub(super) id: TraceId,
    pub(super) arrived: Time,
    pub(super) texts: Vec<Arc<str>>,
}

impl Stale {
    /// Makes its summary.
    pub(super) fn summarise(&self, interner: &mut Interner) -> Made {
        let stored_before = interner.stored_bytes();
        let trace = compile(self.id, &self.texts);
        let summary = Summary::new(&trace, self.texts.len(), interner);
        Made {
            arrived: self.arrived,
            summary: Arc::new(summary),
            new_text_bytes: interner.stored_bytes() - stored_before,
        }
    }
}

/// Traces whose summaries are made together.
pub(super) struct Batch {
    pub(super) stale: Vec<Stale>,
    bytes: usize,
    most: usize,
}

impl Batch {
    pub(super) fn new(most: usize) -> Self {
        Self {
            stale: Vec::new(),
            bytes: 0,
            most,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.stale.len() < self.most && self.bytes < BATCH_BYTES
    }

    pub(super) fn add(&mut self, id: TraceId, traces: &Arrivals) {
        let Some(held) = traces.get(id).filter(|held| held.is_stale()) else {
            return;
        };
        self.bytes += held.document_bytes();
        self.stale.push(Stale {
            id,
            arrived: held.arrived,
            texts: held.texts(),
        });
    }
}

/// Puts a trace together.
pub(super) fn compile(id: TraceId, texts: &[Arc<str>]) -> Trace<'_> {
    // They were decoded once on arrival; invalid ones were refused then.
    let documents = texts
        .iter()
        .filter_map(|text| Document::decode_borrowed(text).ok());
    Trace::compile(id, documents)
}
