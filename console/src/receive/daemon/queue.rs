//! Datagrams that were read but not yet parsed.

use std::{
    net::SocketAddr,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use segment::Time;

/// What a datagram takes besides its bytes.
const OVERHEAD: usize = size_of::<Entry>();

/// Datagrams between the thread that reads and the thread that understands.
#[derive(Debug)]
pub(super) struct Queue {
    /// Most bytes that wait.
    limit: usize,
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    batch: Batch,
    is_closed: bool,
    dropped: u64,
}

/// The result of waiting for datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// There are some.
    Datagrams,
    /// There were none until the timeout.
    Silence,
    /// There are none, and there will be no more.
    Closed,
}

/// Datagrams, one after the other in one buffer.
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
    /// Makes a queue for this many bytes. As many again may be in processing.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: Mutex::default(),
            arrived: Condvar::new(),
        }
    }

    /// Appends a batch and empties it. When the queue is full the batch is dropped and counted.
    pub(super) fn push(&self, batch: &mut Batch) {
        if batch.entries.is_empty() {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.batch.size() + batch.size() > self.limit {
            waiting.dropped += batch.entries.len() as u64;
            batch.clear();
            return;
        }
        let was_empty = waiting.batch.entries.is_empty();
        waiting.batch.append(batch, self.limit);
        drop(waiting);
        if was_empty {
            self.arrived.notify_one();
        }
    }

    /// Waits for datagrams and takes all of them.
    pub(super) fn take(&self, batch: &mut Batch, timeout: Duration) -> Taken {
        let is_waiting =
            |waiting: &mut Waiting| waiting.batch.entries.is_empty() && !waiting.is_closed;
        let waited = self
            .arrived
            .wait_timeout_while(self.waiting(), timeout, is_waiting);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.batch, batch);
        match (batch.entries.is_empty(), waiting.is_closed) {
            (false, _) => Taken::Datagrams,
            (true, false) => Taken::Silence,
            (true, true) => Taken::Closed,
        }
    }

    /// Whether it is empty.
    pub(super) fn is_empty(&self) -> bool {
        let waiting = self.waiting();
        waiting.batch.entries.is_empty() && !waiting.is_closed
    }

    /// Lets [`Queue::take`] return `Closed` once everything was taken.
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

    /// Removes the datagrams and keeps some of the memory.
    pub(super) fn clear(&mut self) {
        const KEPT: usize = 1024 * 1024;
        self.bytes.clear();
        self.entries.clear();
        self.bytes.shrink_to(KEPT);
        self.entries.shrink_to(KEPT / OVERHEAD);
    }

    /// Moves other datagrams to the end. The buffer grows to `limit` at most; doubling could take it to twice that.
    fn append(&mut self, other: &mut Self, limit: usize) {
        let start = self.bytes.len();
        let needed = start + other.bytes.len();
        if needed > self.bytes.capacity() {
            let room = (2 * self.bytes.capacity()).min(limit).max(needed);
            self.bytes.reserve_exact(room - start);
        }
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

    const PATIENCE: Duration = Duration::from_secs(10);
    const LIMIT: usize = 1024 * 1024;

    fn batch(datagrams: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for datagram in datagrams {
            batch.push(datagram, (Ipv4Addr::LOCALHOST, 1).into(), Time::default());
        }
        batch
    }

    #[test]
    fn datagrams_come_out_one_by_one_and_in_order() {
        let queue = Queue::new(LIMIT);
        queue.push(&mut batch(&[b"a", b"", b"ccc"]));
        queue.push(&mut batch(&[b"dd"]));
        let mut taken = Batch::default();
        assert_eq!(queue.take(&mut taken, PATIENCE), Taken::Datagrams);
        let datagrams: Vec<_> = taken.datagrams().map(|(datagram, ..)| datagram).collect();
        assert_eq!(datagrams, [&b"a"[..], b"", b"ccc", b"dd"]);
        taken.clear();
        assert_eq!(queue.take(&mut taken, Duration::ZERO), Taken::Silence);
        queue.close();
        assert_eq!(queue.take(&mut taken, PATIENCE), Taken::Closed);
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let queue = Queue::new(LIMIT);
        let large = vec![0; 60_000];
        for _ in 0..LIMIT / large.len() + 3 {
            queue.push(&mut batch(&[&large]));
        }
        let mut taken = Batch::default();
        assert_eq!(queue.take(&mut taken, PATIENCE), Taken::Datagrams);
        let kept = taken.datagrams().count();
        assert_eq!(
            kept + usize::try_from(queue.dropped()).unwrap(),
            LIMIT / large.len() + 3
        );
        assert!(queue.dropped() > 0);
    }
}
