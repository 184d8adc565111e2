//! Interning: one copy of every string that summaries share.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use super::Service;

/// Returns one shared copy of equal strings and services.
#[derive(Debug, Default)]
pub struct Interner {
    texts: Pool<str>,
    services: Pool<Service>,
}

#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashSet<Arc<T>>,
    sweep_at: usize,
}

/// Below this many strings, unused ones are kept.
const SWEEP_FROM: usize = 4_096;

impl Interner {
    /// Returns the shared copy of `text`.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.known.get(text) {
            return known.clone();
        }
        self.texts.keep(text.into())
    }

    /// Returns how many texts there are.
    #[cfg(test)]
    pub(super) fn texts(&self) -> usize {
        self.texts.known.len()
    }

    /// Returns the shared copy of a service.
    pub fn service(
        &mut self,
        name: &str,
        kind: Option<&str>,
        account: Option<&str>,
    ) -> Arc<Service> {
        let service = Service {
            name: self.text(name),
            kind: kind.map(|kind| self.text(kind)),
            account: account.map(|account| self.text(account)),
        };
        if let Some(known) = self.services.known.get(&service) {
            return known.clone();
        }
        self.services.keep(Arc::new(service))
    }
}

impl<T: ?Sized + Hash + Eq> Pool<T> {
    /// Stores a new copy. When the pool has doubled, unused copies are dropped.
    fn keep(&mut self, new: Arc<T>) -> Arc<T> {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|known| Arc::strong_count(known) > 1);
            self.sweep_at = (self.known.len() * 2).max(SWEEP_FROM);
        }
        self.known.insert(new.clone());
        new
    }
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self {
            known: HashSet::new(),
            sweep_at: SWEEP_FROM,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_and_services_are_one() {
        let mut interner = Interner::default();
        let (first, second) = (interner.text("a"), interner.text("a"));
        assert!(Arc::ptr_eq(&first, &second));
        let first = interner.service("a", Some("t"), None);
        assert!(Arc::ptr_eq(&first, &interner.service("a", Some("t"), None)));
        assert!(!Arc::ptr_eq(&first, &interner.service("a", None, None)));
    }

    #[test]
    fn unused_strings_are_dropped() {
        let mut interner = Interner::default();
        let used = interner.text("used");
        for number in 0..50_000 {
            interner.text(&number.to_string());
        }
        assert!(interner.texts.known.len() <= SWEEP_FROM);
        assert!(Arc::ptr_eq(&used, &interner.text("used")));
    }
}
