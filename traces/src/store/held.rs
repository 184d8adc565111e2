//! One stored trace.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use segment::{Document, SegmentId, Time, TraceId};

use super::{Kept, MAX_TRACE_BYTES};
use crate::summary::Summary;

/// A trace: its documents, and its summary once made.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: TraceId,
    /// When its first document arrived.
    pub(super) arrived: Time,
    /// Whether documents were refused because it has too many bytes.
    pub(super) is_full: bool,
    documents: Vec<Text>,
    /// The position of the last document with each key, if there are at least [`MANY`].
    #[expect(clippy::box_collection, reason = "nearly all traces have none")]
    index: Option<Box<HashMap<Key, usize>>>,
    summary: Option<Arc<Summary>>,
    /// The first and the last time of the summary. A question about a few of many traces does not read the others.
    time: (Time, Time),
    bytes: usize,
    /// With its strings.
    summary_bytes: usize,
    /// Of these the strings that were new with one of its summaries.
    text_bytes: usize,
}

/// A summary that was made.
#[derive(Debug)]
pub(super) struct Made {
    /// When its trace arrived.
    pub(super) arrived: Time,
    pub(super) summary: Arc<Summary>,
    /// The bytes of its strings that no summary had before it.
    pub(super) new_text_bytes: usize,
}

/// From this many documents on, a table is used: nearly all traces have a few, for which searching is faster and
/// needs no memory.
const MANY: usize = 32;

#[derive(Debug)]
struct Text {
    text: Arc<str>,
    key: Key,
}

impl Text {
    /// What it takes besides its bytes: two reference counts, what the allocator adds, and its entry in a list that is half
    /// empty after it has grown.
    const OVERHEAD: usize = 32 + 2 * size_of::<Self>();
}

/// The key by which a document replaces another: the later of two with the same key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its id.
    pub id: SegmentId,
    /// A segment and a subsegment may have the same id.
    pub is_subsegment: bool,
    /// A complete document does not replace the one in progress, but makes it unnecessary.
    pub is_complete: bool,
}

impl Key {
    /// Returns the key of a document.
    pub fn of(document: &Document<'_>) -> Self {
        Self {
            id: document.id,
            is_subsegment: document.is_subsegment,
            is_complete: !document.in_progress,
        }
    }
}

impl Held {
    pub(super) fn new(id: TraceId, now: Time) -> Self {
        Self {
            id,
            arrived: now,
            is_full: false,
            documents: Vec::new(),
            index: None,
            summary: None,
            time: <_>::default(),
            bytes: 0,
            summary_bytes: 0,
            text_bytes: 0,
        }
    }

    /// Begins anew, with documents that were kept elsewhere and then those that are held now.
    pub(super) fn restore<'t>(
        &mut self,
        arrived: Time,
        older: impl IntoIterator<Item = (Key, &'t str)>,
    ) {
        let mut restored = Self::new(self.id, arrived);
        let older = older.into_iter().map(|(key, text)| (key, Arc::from(text)));
        restored.text_bytes = self.text_bytes;
        let held = std::mem::take(&mut self.documents).into_iter();
        let held = held.map(|document| (document.key, document.text));
        let mut known = HashSet::new();
        for (key, text) in older.chain(held) {
            if restored.bytes + text.len() > MAX_TRACE_BYTES {
                restored.is_full = true;
            } else if known.insert(text.clone()) {
                restored.add(key, &text);
            }
        }
        *self = restored;
    }

    /// Keeps a document. One that is there already, to the letter, is not kept twice.
    pub(super) fn add(&mut self, key: Key, text: &str) -> Kept {
        let known = self.last(key);
        let (is_duplicate, is_same) = match known {
            Some(known) => (true, *known.text == *text),
            None => (false, false),
        };
        if !is_same {
            self.bytes += text.len() + Text::OVERHEAD;
            // One is usual, and a list that doubles would begin with room for four.
            if self.documents.len() == self.documents.capacity() {
                self.documents.reserve_exact(self.documents.len() / 2 + 1);
            }
            self.documents.push(Text {
                text: text.into(),
                key,
            });
            self.index_last();
        }
        if is_duplicate {
            Kept::Duplicate
        } else {
            Kept::New
        }
    }

    /// Finds the last document with a key.
    fn last(&self, key: Key) -> Option<&Text> {
        if self.documents.len() < MANY {
            return self.documents.iter().rev().find(|known| known.key == key);
        }
        let place = self.index.as_ref()?.get(&key)?;
        Some(&self.documents[*place])
    }

    fn index_last(&mut self) {
        let from = match self.documents.len() {
            ..MANY => return,
            MANY => 0,
            more => more - 1,
        };
        let index = self.index.get_or_insert_default();
        for (place, document) in self.documents.iter().enumerate().skip(from) {
            if index.insert(document.key, place).is_none() {
                // A table is half empty after it has grown.
                self.bytes += 2 * size_of::<(Key, usize)>();
            }
        }
    }

    pub(super) fn texts(&self) -> Vec<Arc<str>> {
        self.documents
            .iter()
            .map(|document| document.text.clone())
            .collect()
    }

    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn document_bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.summary_bytes
    }

    /// Returns how many of them are strings that were new with its summaries.
    pub(super) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Whether a document arrived after the summary was made.
    pub(super) fn is_stale(&self) -> bool {
        self.summary
            .as_ref()
            .is_none_or(|summary| summary.documents != self.documents.len())
    }

    pub(super) fn summary(&self) -> Option<&Arc<Summary>> {
        self.summary.as_ref()
    }

    /// Returns the summary if its first and last time are wanted.
    pub(super) fn summary_if(&self, wanted: impl Fn(Time, Time) -> bool) -> Option<&Arc<Summary>> {
        let (first, last) = self.time;
        self.summary.as_ref().filter(|_| wanted(first, last))
    }

    /// Returns how many of its annotations filters cannot find.
    pub(super) fn unindexed_annotations(&self) -> usize {
        self.summary
            .as_ref()
            .map_or(0, |summary| summary.unindexed_annotations)
    }

    pub(super) fn put_summary(&mut self, made: Made) {
        // A summary that is made again finds most of its strings stored by the one before it.
        self.text_bytes += made.new_text_bytes;
        self.summary_bytes = made.summary.bytes() + self.text_bytes;
        self.time = (made.summary.start, made.summary.end);
        self.summary = Some(made.summary);
    }
}
