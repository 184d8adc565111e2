//! The keys of annotations and metadata, with the prefixes by which the mapping knows them.

use std::{cell::RefCell, sync::Arc};

use opentelemetry::Key;

/// How many keys a thread keeps, and how long they may be: handlers set the same few in every request, and to put one
/// together takes a third of what setting it does.
const KEPT: usize = 16;
const MAX_KEPT_BYTES: usize = 64;

thread_local! {
    static KNOWN: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
}

/// Returns the key of the attribute that stands for `key`.
pub(super) fn prefixed(prefix: &'static str, key: &str) -> Key {
    let new = || [prefix, key].concat();
    if key.len() > MAX_KEPT_BYTES {
        return new().into();
    }
    // A key has one place, by its length and its last letter; there it replaces another.
    let last = key.bytes().last().unwrap_or_default();
    let place = (key.len() + usize::from(last)) % KEPT;
    let found = KNOWN.try_with(|known| {
        let known = &mut known.borrow_mut()[place];
        match known {
            Some(kept) if kept.strip_prefix(prefix) == Some(key) => Arc::clone(kept),
            _ => Arc::clone(known.insert(new().into())),
        }
    });
    // While the thread is being destroyed, none is kept.
    found.map_or_else(|_| new().into(), Key::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_own_whatever_is_kept_in_its_place() {
        let long = "k".repeat(MAX_KEPT_BYTES + 1);
        for _ in 0..2 {
            for prefix in ["annotation.", "metadata."] {
                for key in ["tier", "r", "", "q", "é", "oiur", &long] {
                    assert_eq!(prefixed(prefix, key).as_str(), [prefix, key].concat());
                }
            }
        }
    }
}
