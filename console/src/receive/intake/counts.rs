//! The counters since the start.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError, atomic::AtomicU64},
};

use segment::Time;

/// The counters since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Datagrams received from the socket, except empty ones.
    pub received_datagrams: AtomicU64,
    /// Datagrams without content.
    pub empty_datagrams: AtomicU64,
    /// Datagrams with a valid header line.
    pub accepted_datagrams: AtomicU64,
    /// Other datagrams, by reason.
    pub refused_datagrams: Tally,
    /// Documents that were stored.
    pub accepted_documents: AtomicU64,
    /// Stored documents with a warning, by its code.
    pub warned_documents: Tally,
    /// Other documents, by code.
    pub refused_documents: Tally,
    /// Documents whose id was already stored.
    pub duplicates: AtomicU64,
    new_traces: Mutex<Rate>,
}

/// Counters by reason; a reason appears when it first occurs.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<&'static str, u64>>);

/// The number of occurrences in the last minute.
#[derive(Debug, Clone)]
pub struct Rate {
    /// The last second that was counted.
    second: u64,
    /// By second, modulo 60.
    seconds: [u64; 60],
}

impl Counts {
    /// Counts a new trace.
    pub fn count_trace(&self, now: Time) {
        self.rate().count(now);
    }

    /// Returns how many new traces there were in the last minute.
    pub fn traces_per_minute(&self, now: Time) -> u64 {
        self.rate().total(now)
    }

    fn rate(&self) -> std::sync::MutexGuard<'_, Rate> {
        self.new_traces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    /// Counts one.
    pub fn add(&self, reason: &'static str) {
        *self.counters().entry(reason).or_default() += 1;
    }

    /// Returns all counters.
    pub fn all(&self) -> BTreeMap<&'static str, u64> {
        self.counters().clone()
    }

    fn counters(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rate {
    /// Counts one.
    pub fn count(&mut self, now: Time) {
        self.advance(now);
        self.seconds[Self::slot(self.second)] += 1;
    }

    /// Returns the number in the minute that ends now.
    pub fn total(&mut self, now: Time) -> u64 {
        self.advance(now);
        self.seconds.iter().sum()
    }

    /// Drops what is older than a minute. If the clock was set back, the latest second is used.
    fn advance(&mut self, now: Time) {
        let now = now.as_nanos() / 1_000_000_000;
        for second in self.second + 1..=now.min(self.second + 60) {
            self.seconds[Self::slot(second)] = 0;
        }
        self.second = self.second.max(now);
    }

    fn slot(second: u64) -> usize {
        usize::try_from(second % 60).unwrap_or_default()
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            second: 0,
            seconds: [0; 60],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn a_rate_forgets_after_a_minute() {
        let mut rate = Rate::default();
        for second in [1_000, 1_000, 1_030, 1_059] {
            rate.count(at(second));
        }
        assert_eq!(rate.total(at(1_059)), 4);
        assert_eq!(rate.total(at(1_060)), 2);
        assert_eq!(rate.total(at(1_100)), 1);
        assert_eq!(rate.total(at(1_500)), 0);
    }

    #[test]
    fn a_rate_survives_a_clock_that_is_set_back() {
        let mut rate = Rate::default();
        rate.count(at(1_000));
        rate.count(at(10));
        assert_eq!(rate.total(at(1_000)), 2);
    }
}
