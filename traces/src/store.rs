//! The stored traces: bounded in number and bytes; the oldest are evicted.
//!
//! A document is kept as its text. A trace's summary is made when it is needed, and kept until another document of
//! the trace arrives.

mod arrivals;
mod batch;
mod held;
mod state;
mod strings;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use segment::{Time, TraceId, tree::Trace};

use crate::summary::Summary;
use batch::{Stale, compile};
use held::Held;
pub use held::Key;
use state::State;
use strings::Strings;

/// Most bytes of documents of one trace: 8 MiB, sixteen times X-Ray's limit.
pub const MAX_TRACE_BYTES: usize = 8 * 1024 * 1024;
/// The most of those bytes that independent subsegments may fill. The rest is for their segments, which arrive last.
const MAX_SUBSEGMENT_BYTES: usize = MAX_TRACE_BYTES / 8 * 7;
/// How many traces are put together before the lock on the store is taken again.
const BATCH: usize = 1_024;
/// A batch that is small enough not to delay datagrams.
const SMALL_BATCH: usize = 64;

/// The limits of the store.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most traces.
    pub traces: usize,
    /// Most bytes of documents and of all data derived from them.
    pub bytes: usize,
}

/// The traces.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    state: Mutex<State>,
    /// Locked while summaries are made, so that a second caller finds them made.
    making: Mutex<()>,
    strings: Arc<Strings>,
    /// How many questions make summaries or wait to do so.
    asking: AtomicUsize,
}

/// The result of storing a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The first document of its trace.
    NewTrace,
    /// Another document of its trace.
    New,
    /// A document with this id and as complete was already stored; the later one counts.
    Duplicate,
    /// The trace has [`MAX_TRACE_BYTES`] already, of which an eighth is for segments.
    TraceFull,
}

/// Identifies the documents of a trace at one time: two versions are equal if no document arrived in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    arrived: Time,
    documents: usize,
    /// The bytes of its documents.
    pub bytes: usize,
}

/// How full the store is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Traces held.
    pub traces: usize,
    /// Most traces.
    pub traces_limit: usize,
    /// Bytes taken.
    pub bytes: usize,
    /// Most bytes.
    pub bytes_limit: usize,
    /// Traces that were evicted for others.
    pub evicted_traces: u64,
    /// Annotations of stored traces beyond the number that X-Ray indexes per trace.
    pub unindexed_annotations: usize,
    /// Traces whose summary is missing or out of date.
    pub stale: usize,
    /// When the oldest trace arrived.
    pub oldest: Option<Time>,
    /// Of the traces that arrived before this time some are not held; `None` if all that ever arrived are.
    pub incomplete_before: Option<Time>,
}

impl Store {
    /// Makes an empty store.
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, Arc::default())
    }

    /// Makes an empty store for other traces: a question may be about the summaries of both.
    #[must_use]
    pub fn beside(&self, limits: Limits) -> Self {
        Self::with(limits, self.strings.clone())
    }

    fn with(limits: Limits, strings: Arc<Strings>) -> Self {
        Self {
            limits,
            state: Mutex::new(State::new(strings.clone())),
            making: Mutex::default(),
            strings,
            asking: AtomicUsize::new(0),
        }
    }

    /// Stores the text of a document that arrived at the time `now`.
    pub fn keep(&self, id: TraceId, key: &Key, text: &str, now: Time) -> Kept {
        let kept = lock(&self.state).keep(id, key, text, now, self.limits);
        self.strings.drop_unused();
        kept
    }

    /// Keeps documents of a trace that were kept elsewhere, in the order in which they came, before those of it that are
    /// held. The first of them arrived at the time `arrived`.
    pub fn restore<'t>(
        &self,
        id: TraceId,
        arrived: Time,
        older: impl IntoIterator<Item = (Key, &'t str)>,
    ) {
        lock(&self.state).restore(id, arrived, older, self.limits);
    }

    /// Notes that some traces that arrived before `time` are kept elsewhere alone.
    pub fn lacks_before(&self, time: Time) {
        lock(&self.state).lacks_before(time);
    }

    /// Whether all documents of a trace that ever came may be held: it is held, and none was ever evicted.
    pub fn is_whole(&self, id: TraceId) -> bool {
        let state = lock(&self.state);
        state.evicted == 0 && state.traces.get(id).is_some()
    }

    /// Returns the summaries of the traces that `wanted` takes, by their first and last time; in the order of their addresses,
    /// in which many are read in half of the time. What the doctor sends is found by its id alone: no list, map or average is of that.
    pub fn summaries(&self, wanted: impl Fn(TraceId, Time, Time) -> bool) -> Vec<Arc<Summary>> {
        self.summaries_while(|_| true, wanted)
    }

    /// Returns the same, but of the summaries that are missing or out of date makes only as many, the newest first, as
    /// `go_on` allows. It is asked every few milliseconds, with whether documents came since the call began.
    pub fn summaries_while(
        &self,
        go_on: impl Fn(bool) -> bool,
        wanted: impl Fn(TraceId, Time, Time) -> bool,
    ) -> Vec<Arc<Summary>> {
        let ids = lock(&self.state).stale.iter().copied().collect();
        self.refresh(ids, go_on);
        let state = lock(&self.state);
        let summaries = state
            .traces
            .iter()
            .filter_map(|held| held.summary_if(|first, last| wanted(held.id, first, last)));
        let mut summaries: Vec<_> = summaries
            .filter(|summary| !summary.is_canary())
            .cloned()
            .collect();
        drop(state);
        summaries.sort_unstable_by_key(|summary| Arc::as_ptr(summary).addr());
        summaries
    }

    /// Returns the summaries of those of the given traces that are stored. Makes those that are missing or out of date for as
    /// long as `go_on` allows.
    pub fn summaries_of(&self, ids: &[TraceId], go_on: impl Fn() -> bool) -> Vec<Arc<Summary>> {
        self.refresh(ids.to_vec(), |_| go_on());
        let state = lock(&self.state);
        let held = ids.iter().filter_map(|id| state.traces.get(*id));
        held.filter_map(Held::summary).cloned().collect()
    }

    /// Returns the documents of a trace as received, in order of arrival.
    pub fn documents(&self, id: TraceId) -> Option<Vec<Arc<str>>> {
        lock(&self.state).traces.get(id).map(Held::texts)
    }

    /// Returns which version of a trace is held.
    pub fn version(&self, id: TraceId) -> Option<Version> {
        let state = lock(&self.state);
        let held = state.traces.get(id)?;
        Some(Version {
            arrived: held.arrived,
            documents: held.len(),
            bytes: held.document_bytes(),
        })
    }

    /// Puts a trace together and hands it over, with whether documents of it were refused because it is full.
    pub fn with_trace<T>(
        &self,
        id: TraceId,
        take: impl FnOnce(&Trace<'_>, bool) -> T,
    ) -> Option<T> {
        let (texts, is_full) = {
            let state = lock(&self.state);
            let held = state.traces.get(id)?;
            (held.texts(), held.is_full)
        };
        Some(take(&compile(id, &texts), is_full))
    }

    /// Forgets every trace. Waits for the summaries that are being made.
    pub fn clear(&self) {
        let mut interner = self.strings.lock();
        lock(&self.state).clear();
        self.strings.sweep(&mut interner);
    }

    /// Returns how full the store is.
    pub fn fill(&self) -> Fill {
        lock(&self.state).fill(self.limits)
    }

    /// Makes some of the missing summaries, unless another thread is doing so; `false` if none are missing.
    pub fn refresh_some(&self) -> bool {
        if self.asking.load(Relaxed) > 0 {
            return false;
        }
        let Ok(_making) = self.making.try_lock() else {
            return false;
        };
        let batch = lock(&self.state).newest_stale(SMALL_BATCH);
        self.make(batch)
    }

    /// Makes the summaries that are missing or out of date of these traces, from the end on, for as long as `go_on` allows.
    ///
    /// What comes meanwhile is for the next question: one that waited until nothing is left to do would get no answer
    /// for as long as documents come faster than summaries are made.
    fn refresh(&self, mut ids: Vec<TraceId>, go_on: impl Fn(bool) -> bool) {
        self.asking.fetch_add(1, Relaxed);
        let _making = lock(&self.making);
        let before = lock(&self.state).documents;
        loop {
            let (batch, is_growing) = {
                let mut state = lock(&self.state);
                (state.stale_of(&mut ids, BATCH), state.documents > before)
            };
            if !self.make(batch) || !go_on(is_growing) {
                break;
            }
        }
        self.asking.fetch_sub(1, Relaxed);
    }

    /// Makes summaries without locking the traces meanwhile; `false` if there are none to make.
    fn make(&self, batch: Vec<Stale>) -> bool {
        if batch.is_empty() {
            return false;
        }
        // For one batch: the store beside this one has its turn then.
        let mut interner = self.strings.lock();
        let made: Vec<_> = batch
            .into_iter()
            .map(|stale| stale.summarise(&mut interner))
            .collect();
        let strings = interner.held_bytes();
        drop(interner);
        let mut state = lock(&self.state);
        for made in made {
            state.put_summary(made);
        }
        self.strings.note(strings);
        state.make_room(self.limits);
        true
    }
}

/// A panic while the lock is held leaves nothing half done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
