//! What memory has no room for any more, read back from disk for questions about a time range.
//!
//! It has a store of its own beside that of what arrives, so that no question evicts what comes now. What a question read
//! stays for the next ones: a page asks about nearly the same range again and again, and then only what memory evicted
//! since is read.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use segment::{Time, TraceId};
use traces::{
    graph::Window,
    store::{Limits, Store},
};

use super::envelope::known;
use crate::disk::{Disk, Times};

/// What was read back.
#[derive(Debug)]
pub struct Past {
    /// The traces.
    pub store: Store,
    /// Which ones these are; locked while more are read.
    read: Mutex<Option<Read>>,
    /// How many bytes of documents are read at a time.
    bytes: usize,
}

/// Traces with documents of a time range that arrived before a time.
#[derive(Debug, Clone, Copy)]
struct Read {
    window: Window,
    before: Time,
}

impl Past {
    /// Makes one that has room for nothing.
    pub fn beside(store: &Store) -> Self {
        Self::new(
            store,
            Limits {
                traces: 0,
                bytes: 0,
            },
        )
    }

    /// Makes one with limits of its own, beside the traces in memory.
    pub fn new(store: &Store, limits: Limits) -> Self {
        Self {
            store: store.beside(limits),
            read: Mutex::default(),
            // Summaries and tables take the rest.
            bytes: limits.bytes / 2,
        }
    }

    /// Reads what there is of a time range that arrived before a time, the newest of it, for as long as `go_on` allows.
    pub(super) fn look_back(
        &self,
        disk: &Disk,
        window: Window,
        before: Time,
        go_on: &dyn Fn() -> bool,
    ) {
        let mut read = lock(&self.read);
        // What memory evicts from now on is of the same range if that goes up to now.
        let end = if window.end < before {
            window.end
        } else {
            Window::ALWAYS.end
        };
        let window = Window { end, ..window };
        let lacks_before = self.store.fill().incomplete_before;
        let known = read.take().filter(|read| read.serves(window, lacks_before));
        if known.is_none() {
            self.store.clear();
            if let Some(time) = disk.lacks_before() {
                self.store.lacks_before(time);
            }
        }
        let window = known.map_or(window, |known| known.window);
        let since = known.map_or(Time::default(), |known| known.before);
        // What memory has evicted in its first half second is not written yet.
        let before = disk.last().min(before);
        if since < before {
            let times = Times {
                happened: window.start..=window.end,
                arrived: since..=before,
            };
            self.read(disk, &times, go_on);
        }
        // Whoever left has not read all.
        *read = go_on().then_some(Read { window, before });
    }

    /// Returns before which time traces of the range that was read may be missing, of those that arrived before a time.
    pub fn incomplete_before(&self, before: Time) -> Option<Time> {
        let is_read = lock(&self.read).is_some_and(|read| read.before >= before);
        let behind = (!is_read).then_some(before);
        self.store.fill().incomplete_before.max(behind)
    }

    /// Forgets all.
    pub(super) fn clear(&self) {
        let mut read = lock(&self.read);
        *read = None;
        self.store.clear();
    }
}

impl Read {
    /// Whether a question about a time range needs nothing else from before.
    fn serves(self, window: Window, lacks_before: Option<Time>) -> bool {
        let is_within = self.window.start <= window.start && window.end <= self.window.end;
        // There was no room for all of it, but there may be for a part.
        let is_cut = lacks_before.is_some_and(|before| window.start < before);
        is_within && (!is_cut || window.end == self.window.end)
    }
}

impl Past {
    fn read(&self, disk: &Disk, times: &Times, go_on: &dyn Fn() -> bool) {
        let ids = self.newest(disk, times, go_on);
        if ids.is_empty() {
            return;
        }
        // Those of which a part was read before are put together anew: the order of their documents counts.
        let is_held = |id: &&TraceId| self.store.version(**id).is_some();
        let mut held: HashMap<TraceId, Vec<_>> = ids
            .iter()
            .filter(is_held)
            .map(|id| (*id, Vec::new()))
            .collect();
        // A part of a trace may be of another time.
        disk.of_traces(&ids, go_on, |record| {
            let Some((key, _)) = known(record.text) else {
                return;
            };
            if let Some(documents) = held.get_mut(&record.id) {
                documents.push((record.at, key, record.text.to_owned()));
            } else {
                self.store.keep(record.id, &key, record.text, record.at);
            }
        });
        for (id, documents) in held {
            let Some((arrived, ..)) = documents.first() else {
                continue;
            };
            let all = documents.iter().map(|(_, key, text)| (*key, text.as_str()));
            self.store.restore(id, *arrived, all);
        }
    }

    /// Returns the newest traces that have documents of some times, as many as there is room for.
    fn newest(&self, disk: &Disk, times: &Times, go_on: &dyn Fn() -> bool) -> HashSet<TraceId> {
        let mut ids = HashSet::new();
        let (bytes, mut oldest) = (Cell::new(0), times.arrived.end().to_owned());
        let has_room = || bytes.get() < self.bytes;
        disk.of_times(times, &|| has_room() && go_on(), |record| {
            if !times.arrived.contains(&record.at) {
                return;
            }
            oldest = oldest.min(record.at);
            let is_of_range = known(record.text)
                .is_some_and(|(_, happened)| Times::of(happened, record.at).touches(times));
            if is_of_range {
                bytes.set(bytes.get() + record.text.len());
                ids.insert(record.id);
            }
        });
        if !has_room() {
            self.store.lacks_before(oldest);
        }
        ids
    }
}

/// A panic while the lock was held leaves `None`, after which all is read anew.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
