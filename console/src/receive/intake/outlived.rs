//! What earlier consoles kept on disk, back in memory: the newest on start, and a trace when somebody asks for it.

use std::collections::HashSet;

use segment::{Time, TraceId};
use traces::graph::Window;

use super::{Intake, envelope::known};

impl Intake {
    /// Takes back the newest documents that are on disk, of `bytes` together at most, and returns how many.
    pub fn take_back(&mut self, bytes: usize) -> usize {
        let Some(disk) = &self.disk else { return 0 };
        let (mut documents, mut first) = (0, None);
        disk.newest(bytes, |record| {
            if let Some((key, _)) = known(record.text) {
                first.get_or_insert(record.at);
                self.store.keep(record.id, &key, record.text, record.at);
                documents += 1;
            }
        });
        let (found, last) = disk.found();
        self.is_whole = documents as u64 == found;
        if !self.is_whole
            && let Some(time) = first.or(last)
        {
            self.store.lacks_before(time);
        }
        documents
    }

    /// Takes back what is on disk of these traces, unless memory has all of it.
    pub fn recall(&self, ids: &[TraceId]) {
        let Some(disk) = &self.disk else { return };
        for id in ids {
            if self.is_whole && self.store.is_whole(*id) {
                continue;
            }
            let mut documents: Vec<(Time, String)> = Vec::new();
            disk.of_traces(&HashSet::from([*id]), &|| true, |record| {
                documents.push((record.at, record.text.to_owned()));
            });
            let Some((arrived, _)) = documents.first() else {
                continue;
            };
            let older = documents
                .iter()
                .filter_map(|(_, text)| Some((known(text)?.0, text.as_str())));
            self.store.restore(*id, *arrived, older);
        }
    }

    /// Whether a part of a time range is on disk alone.
    pub fn has_past(&self, window: Window) -> bool {
        let before = self.store.fill().incomplete_before;
        self.disk.is_some() && before.is_some_and(|before| window.start < before)
    }

    /// Reads the part of a time range that is on disk alone, for as long as `go_on` allows. It is in [`Self::past`] until
    /// somebody asks about another range.
    pub fn look_back(&self, window: Window, go_on: &dyn Fn() -> bool) {
        let before = self.store.fill().incomplete_before;
        if let (Some(disk), Some(before)) = (&self.disk, before)
            && window.start < before
        {
            self.past.look_back(disk, window, before, go_on);
        }
    }

    /// Forgets every trace.
    pub fn clear(&self) {
        self.store.clear();
        if let Some(disk) = &self.disk {
            disk.clear();
        }
        self.past.clear();
    }
}
