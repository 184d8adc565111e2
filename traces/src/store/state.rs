//! The traces that a store holds: the oldest are evicted for others.

use std::{collections::BTreeSet, sync::Arc};

use segment::{Time, TraceId};

use super::{
    Fill, Kept, Limits, MAX_SUBSEGMENT_BYTES, MAX_TRACE_BYTES,
    arrivals::Arrivals,
    batch::{Batch, Stale},
    held::{Held, Key, Made},
    strings::Strings,
};

#[derive(Debug)]
pub(super) struct State {
    pub(super) traces: Arrivals,
    /// The stored traces whose summary is out of date.
    pub(super) stale: BTreeSet<TraceId>,
    /// Without what [`Strings`] counts.
    bytes: usize,
    /// Documents that were kept since the start.
    pub(super) documents: u64,
    unindexed_annotations: usize,
    pub(super) evicted: u64,
    incomplete_before: Option<Time>,
    strings: Arc<Strings>,
}

impl State {
    pub(super) fn new(strings: Arc<Strings>) -> Self {
        Self {
            traces: Arrivals::default(),
            stale: BTreeSet::new(),
            bytes: 0,
            documents: 0,
            unindexed_annotations: 0,
            evicted: 0,
            incomplete_before: None,
            strings,
        }
    }

    fn bytes(&self) -> usize {
        self.bytes + self.strings.ownerless()
    }

    /// Keeps a document, see [`super::Store::keep`].
    pub(super) fn keep(
        &mut self,
        id: TraceId,
        key: &Key,
        text: &str,
        now: Time,
        limits: Limits,
    ) -> Kept {
        let (held, is_new) = self.traces.get_or_add(id, now);
        if is_new {
            self.bytes += Arrivals::BYTES;
        }
        let room = if key.is_subsegment {
            MAX_SUBSEGMENT_BYTES
        } else {
            MAX_TRACE_BYTES
        };
        if held.document_bytes() + text.len() > room {
            held.is_full = true;
            return Kept::TraceFull;
        }
        let bytes = held.bytes();
        let documents = held.len();
        let kept = held.add(*key, text);
        let is_first = held.len() == 1 && kept == Kept::New;
        let bytes_after = held.bytes();
        if held.len() > documents {
            self.stale.insert(id);
            self.documents += 1;
        }
        self.bytes = self.bytes - bytes + bytes_after;
        self.make_room(limits);
        if is_first { Kept::NewTrace } else { kept }
    }

    /// Keeps documents that are older than those that are held, see [`super::Store::restore`].
    pub(super) fn restore<'t>(
        &mut self,
        id: TraceId,
        arrived: Time,
        older: impl IntoIterator<Item = (Key, &'t str)>,
        limits: Limits,
    ) {
        let (held, is_new) = self.traces.get_or_add(id, arrived);
        if is_new {
            self.bytes += Arrivals::BYTES;
        }
        self.bytes -= held.bytes();
        self.unindexed_annotations -= held.unindexed_annotations();
        held.restore(arrived, older);
        self.bytes += held.bytes();
        self.stale.insert(id);
        self.make_room(limits);
    }

    /// Forgets every trace.
    pub(super) fn clear(&mut self) {
        let owned = self.traces.iter().map(Held::text_bytes).sum();
        self.strings.release(owned, self.bytes);
        *self = Self {
            evicted: self.evicted,
            documents: self.documents,
            ..Self::new(self.strings.clone())
        };
    }

    /// Returns how full it is.
    pub(super) fn fill(&self, limits: Limits) -> Fill {
        Fill {
            traces: self.traces.len(),
            traces_limit: limits.traces,
            bytes: self.bytes(),
            bytes_limit: limits.bytes,
            evicted_traces: self.evicted,
            stale: self.stale.len(),
            unindexed_annotations: self.unindexed_annotations,
            oldest: self.traces.oldest().map(|held| held.arrived),
            incomplete_before: self.incomplete_before,
        }
    }

    /// Takes the newest traces whose summary is out of date.
    pub(super) fn newest_stale(&mut self, most: usize) -> Vec<Stale> {
        let mut batch = Batch::new(most);
        while batch.has_room()
            && let Some(id) = self.stale.pop_last()
        {
            batch.add(id, &self.traces);
        }
        batch.stale
    }

    /// Takes traces from the end of `ids` whose summary is still out of date.
    pub(super) fn stale_of(&mut self, ids: &mut Vec<TraceId>, most: usize) -> Vec<Stale> {
        let mut batch = Batch::new(most);
        while batch.has_room()
            && let Some(id) = ids.pop()
        {
            if self.stale.remove(&id) {
                batch.add(id, &self.traces);
            }
        }
        batch.stale
    }

    /// Stores a summary; if another document arrived meanwhile, the trace is stale again.
    pub(super) fn put_summary(&mut self, made: Made) {
        let id = made.summary.id;
        let held = self.traces.get_mut(id);
        // A trace with another arrival time is a different one: the store was cleared meanwhile.
        if let Some(held) = held.filter(|held| held.arrived == made.arrived) {
            let bytes = held.bytes();
            self.strings.own(made.new_text_bytes);
            self.unindexed_annotations -= held.unindexed_annotations();
            held.put_summary(made);
            self.unindexed_annotations += held.unindexed_annotations();
            let is_stale = held.is_stale();
            self.bytes = self.bytes - bytes + held.bytes();
            if is_stale {
                self.stale.insert(id);
            }
        }
    }

    pub(super) fn make_room(&mut self, limits: Limits) {
        while self.traces.len() > limits.traces || self.bytes() > limits.bytes {
            let Some(oldest) = self.traces.pop_oldest() else {
                return;
            };
            self.stale.remove(&oldest.id);
            let bytes = oldest.bytes() + Arrivals::BYTES;
            self.bytes -= bytes;
            self.strings.release(oldest.text_bytes(), bytes);
            self.unindexed_annotations -= oldest.unindexed_annotations();
            self.evicted += 1;
            self.lacks_before(oldest.arrived);
        }
    }

    pub(super) fn lacks_before(&mut self, time: Time) {
        self.incomplete_before = self.incomplete_before.max(Some(time));
    }
}
