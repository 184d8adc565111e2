//! The spans that are open, by id.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use segment::SegmentId;

use super::node::{Node, Pushed, Subsegments};

/// Most open spans that are joined to their segments.
pub(crate) const MAX_OPEN: usize = 20_000;
/// Most bytes of finished subsegments that wait for their segments.
pub(crate) const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// The number of shards. With several, requests on different threads rarely wait for the same lock.
const SHARDS: usize = 16;

/// The open spans.
#[derive(Debug, Default)]
pub(crate) struct OpenSpans {
    shards: [Mutex<Shard>; SHARDS],
    count: AtomicUsize,
    waiting_bytes: AtomicUsize,
}

pub(crate) type Shard = HashMap<SegmentId, Node, BuildHasherDefault<IdHasher>>;

/// Uses the id itself as its hash: ids are random.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl OpenSpans {
    /// Opens a span; `false` if too many are open.
    pub(crate) fn open(&self, id: SegmentId, node: Node) -> bool {
        if self.count.load(Ordering::Relaxed) >= MAX_OPEN {
            return false;
        }
        if self.shard(id).insert(id, node).is_none() {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    /// Closes a span and returns its node.
    pub(crate) fn close(&self, id: SegmentId) -> Option<Node> {
        let node = self.shard(id).remove(&id)?;
        self.forget(&node);
        Some(node)
    }

    /// Lets `write` append a finished subsegment that contains `inner` to its open parent's; there is no room if the parent is
    /// closed.
    pub(crate) fn embed<T>(
        &self,
        parent_id: SegmentId,
        inner: &Subsegments,
        write: impl FnOnce(&mut Vec<u8>) -> Option<T>,
    ) -> Pushed<T> {
        let mut shard = self.shard(parent_id);
        let Some(parent) = shard.get_mut(&parent_id) else {
            return Pushed::NoRoom;
        };
        parent.subsegments.push(inner, write, |bytes| {
            let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let may = waiting <= MAX_WAITING_BYTES;
            if !may {
                self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            }
            may
        })
    }

    /// Moves the user of a finished subsegment to its open parent; leaves it in place if the parent is closed.
    pub(crate) fn move_user_up(&self, parent_id: SegmentId, user: &mut Option<Cow<'_, str>>) {
        if let Some(parent) = self.shard(parent_id).get_mut(&parent_id) {
            let user = user.take().map(Cow::into_owned);
            parent.user = parent.user.take().or(user);
        }
    }

    /// Calls `look` for every open span, and closes those for which it returns `false`.
    pub(crate) fn retain(&self, mut look: impl FnMut(SegmentId, &mut Node) -> bool) {
        for shard in &self.shards {
            lock(shard).retain(|id, node| {
                let before = node.subsegments.len();
                let keep = look(*id, node);
                self.waiting_bytes
                    .fetch_sub(before - node.subsegments.len(), Ordering::Relaxed);
                if !keep {
                    self.forget(node);
                }
                keep
            });
        }
    }

    /// Returns the number of open spans and of bytes waiting in them.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        (
            self.count.load(Ordering::Relaxed),
            self.waiting_bytes.load(Ordering::Relaxed),
        )
    }

    fn forget(&self, node: &Node) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.waiting_bytes
            .fetch_sub(node.subsegments.len(), Ordering::Relaxed);
    }

    fn shard(&self, id: SegmentId) -> MutexGuard<'_, Shard> {
        let [.., last] = id.to_bytes();
        lock(&self.shards[usize::from(last) % SHARDS])
    }
}

/// A panic while the lock is held leaves what is finished in every node, so a poisoned shard is still usable.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Ok(word) = bytes.try_into() {
            self.0 ^= u64::from_ne_bytes(word);
            return;
        }
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_ne_bytes(word);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
