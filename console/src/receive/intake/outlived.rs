//! What earlier consoles kept on disk, back in memory: the newest on start, and a trace when somebody asks for it.

use segment::{Document, Time, TraceId};
use traces::store::Key;

use super::{Intake, envelope::Envelope};

impl Intake {
    /// Takes back the newest documents that are on disk, of `bytes` together at most, and returns how many.
    pub fn take_back(&mut self, bytes: usize) -> usize {
        let Some(disk) = &self.disk else { return 0 };
        let (mut documents, mut first) = (0, None);
        disk.newest(bytes, |record| {
            if let Some(key) = key(record.text) {
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
            disk.documents(*id, |record| {
                documents.push((record.at, record.text.to_owned()));
            });
            let Some((arrived, _)) = documents.first() else {
                continue;
            };
            let older = documents
                .iter()
                .filter_map(|(_, text)| Some((key(text)?, text.as_str())));
            self.store.restore(*id, *arrived, older);
        }
    }

    /// Forgets every trace.
    pub fn clear(&self) {
        self.store.clear();
        if let Some(disk) = &self.disk {
            disk.clear();
        }
    }
}

/// Reads what has to be known of a document that was taken before.
fn key(text: &str) -> Option<Key> {
    if let Some(envelope) = Envelope::read(text) {
        return Some(envelope.arrival().key);
    }
    Document::decode(text)
        .ok()
        .map(|document| Key::of(&document))
}
