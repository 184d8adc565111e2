//! The strings of the summaries of all stores that answer questions together, and what they take.
//!
//! A trace counts the strings that were new with its summary. When it is gone, others may use them still, or nobody does until
//! unused ones are dropped: those have no owner, and count too.

use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::lock;
use crate::summary::{Interner, UNUSED_BYTES};

#[derive(Debug, Default)]
pub(super) struct Strings {
    interner: Mutex<Interner>,
    /// The bytes that traces count.
    owned: AtomicUsize,
    /// The bytes that no trace counts.
    ownerless: AtomicUsize,
    /// The bytes of the traces that went since unused strings were dropped.
    gone: AtomicUsize,
}

impl Strings {
    pub(super) fn lock(&self) -> MutexGuard<'_, Interner> {
        lock(&self.interner)
    }

    /// Notes that a trace counts some.
    pub(super) fn own(&self, bytes: usize) {
        self.owned.fetch_add(bytes, Relaxed);
    }

    /// Notes that a trace of `all` bytes is gone, which counted some.
    pub(super) fn release(&self, bytes: usize, all: usize) {
        self.owned.fetch_sub(bytes, Relaxed);
        self.ownerless.fetch_add(bytes, Relaxed);
        self.gone.fetch_add(all, Relaxed);
    }

    /// Notes how many bytes all have together.
    pub(super) fn note(&self, held: usize) {
        let owned = self.owned.load(Relaxed);
        self.ownerless.store(held.saturating_sub(owned), Relaxed);
    }

    /// Returns how many bytes no trace counts.
    pub(super) fn ownerless(&self) -> usize {
        self.ownerless.load(Relaxed)
    }

    /// Drops the strings that no summary has, if there may be many and nobody else is using them.
    pub(super) fn drop_unused(&self) {
        let ownerless = self.ownerless();
        let all = self.owned.load(Relaxed) + ownerless;
        if ownerless >= UNUSED_BYTES
            && self.gone.load(Relaxed) >= UNUSED_BYTES.max(all / 4)
            && let Ok(mut interner) = self.interner.try_lock()
        {
            self.sweep(&mut interner);
        }
    }

    /// Drops the strings that no summary has.
    pub(super) fn sweep(&self, interner: &mut Interner) {
        self.gone.store(0, Relaxed);
        interner.sweep();
        self.note(interner.held_bytes());
    }
}
