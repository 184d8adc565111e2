//! Answers that several clients ask for at the same time: computed once, and held in memory once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use axum::response::Response;
use segment::TraceId;
use tokio::sync::OnceCell;
use traces::store::Version;

use super::{
    answer::{Answer, compute_text, respond},
    bound::{self, ALL_QUESTIONS, Counted, Place},
    error::ApiError,
    text::{self, Text},
};

/// The answers that are being computed or sent. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<HashMap<Key, Weak<Entry>>>>);

/// What an answer is about. Requests with the same key have the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Which question it is.
    pub(super) question: &'static str,
    /// The traces, as they are now.
    pub(super) traces: Vec<(TraceId, Option<Version>)>,
    /// What else the answer says.
    pub(super) token: Option<String>,
}

impl Key {
    /// How many questions it counts for while it is answered.
    fn turns(&self) -> u32 {
        const LARGE: usize = 1024 * 1024;
        let versions = self.traces.iter().filter_map(|(_, version)| *version);
        let bytes: usize = versions.map(|version| version.bytes).sum();
        if bytes < LARGE { 1 } else { ALL_QUESTIONS }
    }
}

#[derive(Debug, Default)]
struct Entry(OnceCell<Made>);

/// A text and the room that it takes among those being sent.
#[derive(Debug)]
struct Made {
    text: Text,
    _place: Place,
}

impl Shared {
    /// Answers with the text that other clients are sent, or else with the one that `work` makes. Large traces are assembled
    /// one at a time, because that takes many times the bytes of their documents.
    pub(super) async fn answer(
        &self,
        key: Key,
        work: impl FnOnce() -> Result<Text, ApiError> + Send + 'static,
    ) -> Answer {
        let turns = key.turns();
        let entry = self.entry(key);
        let make = async {
            let (text, turn) = compute_text(turns, work).await?;
            let place = bound::place(text.bytes()).await;
            drop(turn);
            Ok::<_, ApiError>(Made {
                text,
                _place: place,
            })
        };
        entry.0.get_or_try_init(|| make).await?;
        let mut response: Response = respond(text::body(entry));
        response.extensions_mut().insert(Counted);
        Ok(response)
    }

    /// Finds or adds the entry of a key, and removes those that nobody uses any more.
    fn entry(&self, key: Key) -> Arc<Entry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&key).and_then(Weak::upgrade) {
            return entry;
        }
        entries.retain(|_, entry| entry.strong_count() > 0);
        let entry = Arc::default();
        entries.insert(key, Arc::downgrade(&entry));
        entry
    }
}

impl AsRef<Text> for Entry {
    fn as_ref(&self) -> &Text {
        const NONE: &Text = &Text::NONE;
        self.0.get().map_or(NONE, |made| &made.text)
    }
}
