//! Datagrams that were read and not yet understood.

use std::{
    net::SocketAddr,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use segment::Time;

/// Most bytes that wait: enough for a second of the heaviest traffic, little enough for a laptop.
const LIMIT: usize = 64 * 1024 * 1024;
/// What a datagram takes besides its bytes.
const OVERHEAD: usize = size_of::<Entry>();

/// Datagrams between the thread that reads and the thread that understands.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    batch: Batch,
    is_closed: bool,
    dropped: u64,
}

/// Datagrams, one behind the other in one piece of memory.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    end: usize,
    sender: SocketAddr,
    at: Time,
}

impl Queue {
    /// Appends a batch and empties it. When the queue is full the batch is dropped and counted.
    pub(super) fn push(&self, batch: &mut Batch) {
        if batch.entries.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.batch.size() + batch.size() > LIMIT {
            waiting.dropped += batch.entries.len() as u64;
            batch.clear();
            return;
        }
        let was_empty = waiting.batch.entries.is_empty();
        waiting.batch.append(batch);
        drop(waiting);
        if was_empty {
            self.arrived.notify_one();
        }
    }

    /// Waits for datagrams and takes them all; `false` when the queue is closed and empty.
    pub(super) fn take(&self, batch: &mut Batch) -> bool {
        let waiting = self.waiting();
        let mut waiting = self
            .arrived
            .wait_while(waiting, |waiting| {
                waiting.batch.entries.is_empty() && !waiting.is_closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.batch, batch);
        !batch.entries.is_empty()
    }

    /// Lets [`Queue::take`] end once everything was taken.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.arrived.notify_one();
    }

    /// Returns how many datagrams were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.waiting().dropped
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Batch {
    pub(super) fn push(&mut self, datagram: &[u8], sender: SocketAddr, at: Time) {
        self.bytes.extend_from_slice(datagram);
        let end = self.bytes.len();
        self.entries.push(Entry { end, sender, at });
    }

    pub(super) fn datagrams(&self) -> impl Iterator<Item = (&[u8], SocketAddr, Time)> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|entry| entry.end));
        let parts = self.entries.iter().zip(starts);
        parts.map(|(entry, start)| (&self.bytes[start..entry.end], entry.sender, entry.at))
    }

    /// Forgets the datagrams and keeps some of the memory.
    pub(super) fn clear(&mut self) {
        const KEPT: usize = 1024 * 1024;
        self.bytes.clear();
        self.entries.clear();
        self.bytes.shrink_to(KEPT);
        self.entries.shrink_to(KEPT / OVERHEAD);
    }

    fn append(&mut self, other: &mut Self) {
        let start = self.bytes.len();
        self.bytes.append(&mut other.bytes);
        self.entries
            .extend(other.entries.drain(..).map(|entry| Entry {
                end: start + entry.end,
                ..entry
            }));
    }

    fn size(&self) -> usize {
        self.bytes.len() + self.entries.len() * OVERHEAD
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn batch(datagrams: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for datagram in datagrams {
            batch.push(datagram, (Ipv4Addr::LOCALHOST, 1).into(), Time::default());
        }
        batch
    }

    #[test]
    fn datagrams_come_out_one_by_one_and_in_order() {
        let queue = Queue::default();
        queue.push(&mut batch(&[b"a", b"", b"ccc"]));
        queue.push(&mut batch(&[b"dd"]));
        let mut taken = Batch::default();
        assert!(queue.take(&mut taken));
        let datagrams: Vec<_> = taken.datagrams().map(|(datagram, ..)| datagram).collect();
        assert_eq!(datagrams, [&b"a"[..], b"", b"ccc", b"dd"]);
        queue.close();
        taken.clear();
        assert!(!queue.take(&mut taken));
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let queue = Queue::default();
        let large = vec![0; 60_000];
        for _ in 0..LIMIT / large.len() + 3 {
            queue.push(&mut batch(&[&large]));
        }
        let mut taken = Batch::default();
        assert!(queue.take(&mut taken));
        let kept = taken.datagrams().count();
        assert_eq!(
            kept + usize::try_from(queue.dropped()).unwrap(),
            LIMIT / large.len() + 3
        );
        assert!(queue.dropped() > 0);
    }
}
