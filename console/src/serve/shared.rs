//! Answers that several clients want at the same time: made once, and one text for all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use axum::response::Response;
use segment::TraceId;
use tokio::sync::OnceCell;
use traces::store::Version;

use super::{
    answer::{Answer, respond, work_alone},
    bound::{self, Counted, Place},
    error::ApiError,
    text::{self, Text},
};

/// The answers that are being made or sent. Clones are the same ones.
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

#[derive(Debug, Default)]
struct Entry(OnceCell<Made>);

/// A text, and its place among those that are being sent.
#[derive(Debug)]
struct Made {
    text: Text,
    _place: Place,
}

impl Shared {
    /// Answers with the text that others are given, or with the one that `work` makes: alone, because whole traces take
    /// many times their documents' bytes while they are put together.
    pub(super) async fn answer(
        &self,
        key: Key,
        work: impl FnOnce() -> Result<Text, ApiError> + Send + 'static,
    ) -> Answer {
        let entry = self.entry(key);
        let make = async {
            let (text, turn) = work_alone(work).await?;
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

    /// Finds the entry of a key, and forgets those that nobody is sent any more.
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
