//! Events for clients that listen for news.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use segment::TraceId;
use serde::Serialize;
use tokio::sync::watch;

/// Most trace ids in one event.
const MAX_IDS: usize = 100;
/// How many updates are kept for listeners.
const REMEMBERED: usize = 1_000;

/// The state behind the events.
#[derive(Debug)]
pub struct Events {
    log: Mutex<Log>,
    /// `None` when the console ends.
    revision: watch::Sender<Option<u64>>,
}

#[derive(Debug, Default)]
struct Log {
    revision: u64,
    refused: u64,
    /// Traces that received documents, each with the revision of the update.
    touched: VecDeque<(u64, TraceId)>,
    /// Up to this revision, the updated traces are no longer known.
    forgotten: u64,
}

/// What happened since a listener's last event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Increases with everything that arrives.
    pub revision: u64,
    /// The traces that received documents, at most 100.
    pub traces: Vec<String>,
    /// Whether there were more.
    pub more: bool,
    /// How many datagrams and documents were refused since the start.
    pub refused: u64,
}

impl Events {
    /// Records that a document of a trace arrived; [`Events::notify`] announces it.
    pub fn touch(&self, id: TraceId) {
        let mut log = self.log();
        log.revision += 1;
        let revision = log.revision;
        if log.touched.len() == REMEMBERED
            && let Some((oldest, _)) = log.touched.pop_front()
        {
            log.forgotten = oldest;
        }
        log.touched.push_back((revision, id));
    }

    /// Records that something was refused.
    pub fn refuse(&self) {
        let mut log = self.log();
        log.revision += 1;
        log.refused += 1;
    }

    /// Records that everything may have changed.
    pub fn invalidate(&self) {
        let mut log = self.log();
        log.revision += 1;
        log.forgotten = log.revision;
        log.touched.clear();
    }

    /// Wakes the listeners. Called after a batch, because waking costs more than handling a document.
    pub fn notify(&self) {
        let revision = self.log().revision;
        self.revision.send_replace(Some(revision));
    }

    /// Ends the listeners' connections.
    pub fn close(&self) {
        self.revision.send_replace(None);
    }

    /// Returns the current revision, and a receiver of later ones; `None` when the console ends.
    pub fn subscribe(&self) -> (u64, watch::Receiver<Option<u64>>) {
        (self.log().revision, self.revision.subscribe())
    }

    /// Returns what happened after a revision.
    pub fn since(&self, revision: u64) -> Change {
        let log = self.log();
        let new = log
            .touched
            .iter()
            .rev()
            .take_while(|(touch, _)| *touch > revision);
        let mut known = HashSet::new();
        let ids: Vec<_> = new
            .map(|(_, id)| *id)
            .filter(|id| known.insert(*id))
            .collect();
        Change {
            revision: log.revision,
            more: ids.len() > MAX_IDS || revision < log.forgotten,
            traces: ids.iter().take(MAX_IDS).map(TraceId::to_string).collect(),
            refused: log.refused,
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Events {
    fn default() -> Self {
        Self {
            log: Mutex::default(),
            revision: watch::Sender::new(Some(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> TraceId {
        format!("1-5f84c7a1-{number:024x}").parse().unwrap()
    }

    #[test]
    fn a_change_names_each_trace_once_and_only_what_is_new() {
        let events = Events::default();
        for number in [1, 2, 2] {
            events.touch(id(number));
        }
        events.refuse();
        let change = events.since(0);
        assert_eq!(change.traces, [id(2).to_string(), id(1).to_string()]);
        assert_eq!(
            (change.revision, change.refused, change.more),
            (4, 1, false)
        );
        events.touch(id(3));
        assert_eq!(events.since(4).traces, [id(3).to_string()]);
    }

    #[test]
    fn what_was_forgotten_is_told_as_more() {
        let events = Events::default();
        for number in 0..101 {
            events.touch(id(number));
        }
        assert_eq!(
            (events.since(0).traces.len(), events.since(0).more),
            (100, true)
        );
        for _ in 0..2_000 {
            events.touch(id(1));
        }
        assert!(events.since(0).more);
        assert!(!events.since(1_900).more);
        events.invalidate();
        assert!(events.since(2_101).more);
    }
}
