//! How much of a rule's reservoir is used in this second, and the counts to report.
//!
//! All threads update a rule's counts, so there is no lock: a thread descheduled while holding it would block all
//! others.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// By how many seconds the time may go back from the last one: two threads may read the clock and get here in the
/// opposite order. A larger step means that the clock was set back.
const DISORDER: u32 = 2;

/// One request in [`Usage::tally`]: 28 bits for requests, 28 for sampled ones, 8 for borrowed ones.
const REQUEST: u64 = 1 << 36;
const SAMPLED: u64 = 1 << 8;
const BORROWED: u64 = 1;
/// The tally is emptied from here on, long before one of its parts overflows.
const FULL: Counts = Counts {
    requests: 1 << 27,
    sampled: 1 << 27,
    borrowed: 1 << 7,
};

/// A rule's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Requests that it decided on.
    pub requests: u64,
    /// Requests of those that were sampled.
    pub sampled: u64,
    /// Requests of those that were sampled while there was no quota.
    pub borrowed: u64,
}

/// How a request was sampled, or that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Sampled from the quota of this second.
    Reservoir,
    /// Sampled as the one request a second that is allowed while there is no quota.
    Borrowed,
    /// Sampled at random, at the fixed rate.
    Rate,
    /// Not sampled.
    Dropped,
}

/// How much of one rule is used.
#[derive(Debug, Default)]
pub(super) struct Usage {
    /// The time in seconds since 1970, and how many requests were sampled in that second; 32 bits each.
    reservoir: AtomicU64,
    /// All three counts in one value, so that they are always read consistently.
    tally: AtomicU64,
    /// Counts moved out of the tally because it was full, or put back.
    spilled: Mutex<Counts>,
}

impl Usage {
    /// Takes one of at most `limit` requests of a second; `false` if all are taken.
    pub(super) fn take(&self, second: u32, limit: u32) -> bool {
        let mut seen = self.reservoir.load(Relaxed);
        loop {
            let (second, used) = used_in(second, seen);
            if used >= limit {
                return false;
            }
            let next = u64::from(second) << 32 | u64::from(used + 1);
            match self
                .reservoir
                .compare_exchange_weak(seen, next, Relaxed, Relaxed)
            {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// Returns how many requests of a second are taken.
    pub(super) fn used(&self, second: u32) -> u32 {
        used_in(second, self.reservoir.load(Relaxed)).1
    }

    /// Counts one request.
    pub(super) fn count(&self, outcome: Outcome) {
        let one = match outcome {
            Outcome::Dropped => REQUEST,
            Outcome::Reservoir | Outcome::Rate => REQUEST | SAMPLED,
            Outcome::Borrowed => REQUEST | SAMPLED | BORROWED,
        };
        let counts = unpacked(self.tally.fetch_add(one, Relaxed));
        if counts.requests >= FULL.requests || counts.borrowed >= FULL.borrowed {
            self.put_back(unpacked(self.tally.swap(0, Relaxed)));
        }
    }

    /// Returns the counts and resets them.
    pub(super) fn drain(&self) -> Counts {
        let mut spilled = self.spilled.lock().unwrap_or_else(PoisonError::into_inner);
        spilled.add(unpacked(self.tally.swap(0, Relaxed)));
        std::mem::take(&mut *spilled)
    }

    /// Adds counts that were drained but could not be reported.
    pub(super) fn put_back(&self, counts: Counts) {
        let mut spilled = self.spilled.lock().unwrap_or_else(PoisonError::into_inner);
        spilled.add(counts);
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.sampled += other.sampled;
        self.borrowed += other.borrowed;
    }
}

/// Returns the second to count in, and how many requests are taken in it.
fn used_in(second: u32, seen: u64) -> (u32, u32) {
    let [latest, used] = [seen >> 32, seen & u64::from(u32::MAX)]
        .map(|half| u32::try_from(half).unwrap_or(u32::MAX));
    if latest.wrapping_sub(second) <= DISORDER {
        (latest, used)
    } else {
        (second, 0)
    }
}

fn unpacked(tally: u64) -> Counts {
    Counts {
        requests: tally / REQUEST,
        sampled: tally % REQUEST / SAMPLED,
        borrowed: tally % SAMPLED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_has_its_limit() {
        let usage = Usage::default();
        let taken = [10, 10, 10, 11, 11, 11, 13].map(|second| usage.take(second, 2));
        assert_eq!(taken, [true, true, false, true, true, false, true]);
        assert_eq!((usage.used(13), usage.used(14)), (1, 0));
        assert!(!Usage::default().take(10, 0));
    }

    #[test]
    fn a_thread_that_comes_late_does_not_open_the_second_again() {
        let usage = Usage::default();
        let taken = [11, 10, 11, 10].map(|second| usage.take(second, 1));
        assert_eq!(taken, [true, false, false, false]);
        // A clock that was set back by an hour is accepted.
        assert!(usage.take(7, 1) && !usage.take(7, 1));
    }

    #[test]
    fn a_full_tally_spills_and_nothing_is_lost() {
        let usage = Usage::default();
        for _ in 0..1_000 {
            usage.count(Outcome::Borrowed);
        }
        usage.tally.fetch_add(FULL.requests * REQUEST, Relaxed);
        for outcome in [Outcome::Dropped, Outcome::Rate, Outcome::Reservoir] {
            usage.count(outcome);
        }
        let counts = Counts {
            requests: FULL.requests + 1_003,
            sampled: 1_002,
            borrowed: 1_000,
        };
        assert_eq!(usage.drain(), counts);
        assert_eq!(usage.drain(), Counts::default());
        usage.put_back(counts);
        assert_eq!(usage.drain(), counts);
    }

    #[test]
    fn on_several_threads_a_second_keeps_its_limit_and_every_count_is_in_balance() {
        const EACH: u64 = 20_000;
        let usage = Usage::default();
        let drained = std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for turn in 0..EACH {
                        let second = 100 + u32::from(turn >= EACH / 2);
                        usage.count(if usage.take(second, 50) {
                            Outcome::Borrowed
                        } else {
                            Outcome::Dropped
                        });
                    }
                });
            }
            let mut sum = Counts::default();
            while sum.requests < 4 * EACH {
                let counts = usage.drain();
                assert!(counts.borrowed == counts.sampled && counts.sampled <= counts.requests);
                sum.add(counts);
            }
            sum
        });
        assert_eq!(drained.requests, 4 * EACH);
        assert!((50..=2 * 50).contains(&drained.sampled), "{drained:?}");
    }
}
