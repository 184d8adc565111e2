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

use super::node::{Node, Subsegments};

/// Most spans that are open at once and still joined to their segments.
pub(crate) const MAX_OPEN: usize = 20_000;
/// Most bytes of finished subsegments that wait for their segments.
pub(crate) const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;
/// In how many parts the spans are kept, so that requests on different threads rarely meet.
const SHARDS: usize = 16;

/// The open spans.
#[derive(Debug, Default)]
pub(crate) struct OpenSpans {
    shards: [Mutex<Shard>; SHARDS],
    count: AtomicUsize,
    waiting_bytes: AtomicUsize,
}

pub(crate) type Shard = HashMap<SegmentId, Node, BuildHasherDefault<IdHasher>>;

/// Takes the id itself for its hash: ids are random.
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

    /// Closes a span and returns what was kept of it.
    pub(crate) fn close(&self, id: SegmentId) -> Option<Node> {
        let node = self.shard(id).remove(&id)?;
        self.forget(&node);
        Some(node)
    }

    /// Puts a finished subsegment into its open parent; `false` if the parent is gone or full.
    pub(crate) fn embed(&self, parent_id: SegmentId, encoded: &[u8], inner: &Subsegments) -> bool {
        let mut shard = self.shard(parent_id);
        let has_room = |node: &&mut Node| node.subsegments.has_room_for(encoded.len(), inner);
        let Some(parent) = shard.get_mut(&parent_id).filter(has_room) else {
            return false;
        };
        let bytes = parent.subsegments.growth(encoded);
        if self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_WAITING_BYTES {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        parent.subsegments.push(encoded, inner);
        true
    }

    /// Hands the user of a finished subsegment to its open parent; leaves it if the parent is gone.
    pub(crate) fn hand_up(&self, parent_id: SegmentId, user: &mut Option<Cow<'_, str>>) {
        if let Some(parent) = self.shard(parent_id).get_mut(&parent_id) {
            let user = user.take().map(Cow::into_owned);
            parent.user = parent.user.take().or(user);
        }
    }

    /// Calls `look` for every open span; those for which it returns `false` are closed.
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

    /// Returns how many spans are open and how many bytes wait in them.
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

/// No code that holds the lock leaves a node half changed, so a poisoned shard is as good as any.
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

    fn write_usize(&mut self, _length: usize) {
        // An array's length says nothing.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
