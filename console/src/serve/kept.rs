//! Summaries as they were written, kept for the next answer that has them: a client that polls reads most of a page again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use traces::summary::Summary;

/// Most bytes of kept texts: more than a usual page.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// What a text takes besides itself: its entries in two tables, and the memory of a summary that is gone.
const OVERHEAD: usize = 512;

/// The kept texts. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct KeptTexts(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// By the address of the summary, which is nobody else's for as long as `summary` is there.
    texts: HashMap<usize, Entry>,
    /// The addresses, the oldest first.
    order: VecDeque<usize>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    text: Arc<[u8]>,
    _summary: Weak<Summary>,
}

impl KeptTexts {
    /// Returns the texts of summaries that are there, in the order of the summaries.
    pub(super) fn known(&self, summaries: &[Arc<Summary>]) -> Vec<Option<Arc<[u8]>>> {
        let kept = self.lock();
        summaries.iter().map(|summary| kept.text(summary)).collect()
    }

    /// Keeps the text of a summary.
    pub(super) fn keep(&self, summary: &Arc<Summary>, text: Vec<u8>) -> Arc<[u8]> {
        let text: Arc<[u8]> = text.into();
        self.lock().keep(summary, text.clone());
        text
    }

    /// Nothing is half done when a panic unlocks it.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn text(&self, summary: &Arc<Summary>) -> Option<Arc<[u8]>> {
        let entry = self.texts.get(&Arc::as_ptr(summary).addr())?;
        Some(entry.text.clone())
    }

    fn keep(&mut self, summary: &Arc<Summary>, text: Arc<[u8]>) {
        let address = Arc::as_ptr(summary).addr();
        self.bytes += text.len() + OVERHEAD;
        let entry = Entry {
            text,
            _summary: Arc::downgrade(summary),
        };
        match self.texts.insert(address, entry) {
            // Another question wrote it meanwhile.
            Some(same) => self.bytes -= same.text.len() + OVERHEAD,
            None => self.order.push_back(address),
        }
        while self.bytes > MAX_BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(oldest) = self.texts.remove(&oldest) {
                self.bytes -= oldest.text.len() + OVERHEAD;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use segment::{Document, tree::Trace};
    use traces::summary::Interner;

    use super::*;

    fn summary(number: usize, interner: &mut Interner) -> Arc<Summary> {
        let id = format!("1-5f84c7a1-{number:024x}");
        let text = format!(
            r#"{{"trace_id":"{id}","id":"00000000000000aa","name":"shop","start_time":1000,"end_time":1002}}"#
        );
        let document = Document::decode(&text).unwrap();
        let trace = Trace::compile(id.parse().unwrap(), [document]);
        Arc::new(Summary::new(&trace, 1, interner))
    }

    fn text(summary: &Summary) -> Vec<u8> {
        summary.id.to_string().repeat(20).into_bytes()
    }

    #[test]
    fn a_text_is_known_once_it_was_written() {
        let texts = KeptTexts::default();
        let mut interner = Interner::default();
        let summaries = [1, 2, 3].map(|number| summary(number, &mut interner));
        for written in [&summaries[2], &summaries[0]] {
            assert_eq!(*texts.keep(written, text(written)), *text(written));
        }
        let known = texts.known(&summaries);
        let expected = [Some(&summaries[0]), None, Some(&summaries[2])];
        for (known, expected) in known.iter().zip(expected) {
            assert_eq!(known.as_deref(), expected.map(|one| text(one)).as_deref());
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_summary_that_is_gone_is_no_other() {
        let texts = KeptTexts::default();
        let mut interner = Interner::default();
        for number in 0..20_000 {
            // Each is gone at once; an allocator gives the next one the same memory if it may.
            let summary = [summary(number, &mut interner)];
            assert_eq!(texts.known(&summary), [None]);
            texts.keep(&summary[0], text(&summary[0]));
        }
        let kept = texts.lock();
        assert!(kept.bytes <= MAX_BYTES && kept.bytes > MAX_BYTES / 2);
        assert_eq!(kept.texts.len(), kept.order.len());
        let entries = kept.texts.values();
        let all: usize = entries.map(|entry| entry.text.len() + OVERHEAD).sum();
        assert_eq!(kept.bytes, all);
    }
}
