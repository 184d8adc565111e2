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

/// The copies, and how much memory they take.
#[derive(Debug)]
struct Pool<T: ?Sized> {
    known: HashSet<Arc<T>>,
    /// The bytes of all copies that were ever stored.
    stored: usize,
    /// The bytes of those that are there.
    held: usize,
    /// How many of these were stored before the next sweep.
    sweep_at: usize,
}

/// Most bytes of unused copies that are kept, or an eighth of those that were used at the last sweep if that is more.
pub(crate) const UNUSED_BYTES: usize = 1024 * 1024;
/// What a copy takes besides its own bytes: two reference counts, what the allocator adds, and its entry in a table of which up
/// to three quarters are empty.
const OVERHEAD: usize = 112;

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

    /// Returns how many bytes were taken by all copies that were ever stored. The difference of two calls is what was new
    /// in between.
    pub fn stored_bytes(&self) -> usize {
        self.texts.stored
            + self.services.stored
            + self.text_lists.stored
            + self.service_lists.stored
    }

    /// Returns how many bytes the copies take that are there, used or not.
    pub fn held_bytes(&self) -> usize {
        self.texts.held + self.services.held + self.text_lists.held + self.service_lists.held
    }

    /// Drops the copies that nobody else holds.
    pub fn sweep(&mut self) {
        // What holds others comes before them.
        self.text_lists.sweep();
        self.service_lists.sweep();
        self.services.sweep();
        self.texts.sweep();
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

    /// Stores a new copy.
    fn keep(&mut self, new: Arc<T>) -> Arc<T> {
        if self.stored >= self.sweep_at {
            self.sweep();
        }
        let bytes = size_of_val(&*new) + OVERHEAD;
        self.stored += bytes;
        self.held += bytes;
        self.known.insert(new.clone());
        new
    }

    /// Drops unused copies, and the room that they had in the table.
    fn sweep(&mut self) {
        let mut used = 0;
        self.known.retain(|known| {
            let is_used = Arc::strong_count(known) > 1;
            used += usize::from(is_used) * (size_of_val(&**known) + OVERHEAD);
            is_used
        });
        if self.known.capacity() > self.known.len() * 4 {
            self.known.shrink_to(self.known.len() * 2);
        }
        self.held = used;
        self.sweep_at = self.stored + UNUSED_BYTES.max(used / 8);
    }
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self {
            known: HashSet::new(),
            stored: 0,
            held: 0,
            sweep_at: UNUSED_BYTES,
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
            interner.service(&number.to_string(), None, None);
        }
        let most = UNUSED_BYTES / OVERHEAD;
        // Services that are unused hold their names.
        assert!(interner.texts.known.len() <= 2 * most);
        assert!(interner.services.known.len() <= most);
        assert!(interner.held_bytes() < interner.stored_bytes() / 2);
        interner.sweep();
        assert_eq!(interner.held_bytes(), "used".len() + OVERHEAD);
        assert_eq!(interner.services.known.len(), 0);
        assert_eq!(interner.texts.known.len(), 1);
        assert!(interner.texts.known.capacity() < 100);
        assert!(Arc::ptr_eq(&used, &interner.text("used")));
    }

    #[test]
    fn a_string_takes_memory_once() {
        let mut interner = Interner::default();
        let texts: Vec<_> = (0..100)
            .map(|number| interner.text(if number < 99 { "a" } else { "bc" }))
            .collect();
        assert_eq!(interner.stored_bytes(), 3 + 2 * OVERHEAD);
        interner.sweep();
        assert_eq!(interner.text("bc"), texts[99]);
        assert_eq!(interner.stored_bytes(), 3 + 2 * OVERHEAD);
    }
}
