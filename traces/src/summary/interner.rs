//! Interning: one copy of everything that summaries share.

use std::{collections::HashSet, hash::Hash, sync::Arc};

use super::Service;

/// Returns one shared copy of equal strings and services, and of equal lists of them: most traces have the same services as
/// many others.
#[derive(Debug, Default)]
pub struct Interner {
    texts: Pool<str>,
    services: Pool<Service>,
    text_lists: Pool<[Arc<str>]>,
    service_lists: Pool<[Arc<Service>]>,
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
        self.texts.shared(text)
    }

    /// Returns the shared copy of a list of texts.
    pub(super) fn texts(&mut self, list: &[Arc<str>]) -> Arc<[Arc<str>]> {
        self.text_lists.shared(list)
    }

    /// Returns the shared copy of a list of services.
    pub(super) fn services(&mut self, list: &[Arc<Service>]) -> Arc<[Arc<Service>]> {
        self.service_lists.shared(list)
    }

    /// Returns how many texts there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
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
    /// Returns the copy of what is equal.
    fn shared<'t>(&mut self, one: &'t T) -> Arc<T>
    where
        Arc<T>: From<&'t T>,
    {
        let known = self.known.get(one).cloned();
        known.unwrap_or_else(|| self.keep(one.into()))
    }

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
    fn equal_lists_are_one() {
        let mut interner = Interner::default();
        let list = [interner.text("a"), interner.text("b")];
        let first = interner.texts(&list);
        assert!(Arc::ptr_eq(&first, &interner.texts(&list)));
        assert!(!Arc::ptr_eq(&first, &interner.texts(&list[1..])));
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
