//! What calls that are often made have in common, looked at and encoded once.

use std::{cell::RefCell, rc::Rc, thread::LocalKey};

use crate::encode::{self, Object};

/// What the last few kinds of calls on a thread have in common.
pub(super) struct Known<T, const AT_MOST: usize>(RefCell<Vec<Rc<T>>>);

impl<T, const AT_MOST: usize> Known<T, AT_MOST> {
    pub(super) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// Returns what is known already, or makes it and remembers it.
    pub(super) fn get(
        of_thread: &'static LocalKey<Self>,
        is_it: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<Rc<T>> {
        // While the thread is being destroyed, nothing is remembered.
        let known = of_thread.try_with(|Self(known)| {
            let known = known.borrow();
            known.iter().find(|known| is_it(known)).cloned()
        });
        known.ok().flatten().or_else(|| {
            let new = Rc::new(make()?);
            let _ = of_thread.try_with(|Self(known)| {
                let mut known = known.borrow_mut();
                known.truncate(AT_MOST - 1);
                known.insert(0, Rc::clone(&new));
            });
            Some(new)
        })
    }
}

/// Encodes a text.
pub(super) fn string(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    encode::text(text, &mut out);
    out
}

/// Encodes members, separated by commas.
pub(super) fn members<const N: usize>(members: [(&'static str, Option<&str>); N]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    for (name, text) in members {
        if let Some(text) = text {
            encode::text(text, object.member(name));
        }
    }
    object.end();
    // Without the braces.
    out.pop();
    out.drain(..1);
    out
}
