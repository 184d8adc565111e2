//! A bound on what all open spans of a service hold together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Most bytes that all open spans hold together, without the first [`STEP`] of each.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// What each span may hold in any case. It asks for more in steps of this size, so that few ever touch the shared
/// counter.
pub(super) const STEP: usize = 16 * 1024;

/// How many bytes were handed out.
#[derive(Debug, Default)]
pub(super) struct Budget(AtomicUsize);

/// The part of a [`Budget`] that a span has. To be given back.
#[derive(Debug, Default)]
pub(super) struct Share(usize);

impl Share {
    /// Whether the share is enough for `bytes`, or could be made so.
    pub(super) fn covers(&mut self, bytes: usize, budget: &Budget) -> bool {
        let Some(missing) = bytes.checked_sub(self.0 + STEP) else {
            return true;
        };
        let more = missing.next_multiple_of(STEP);
        let before = budget.0.fetch_add(more, Ordering::Relaxed);
        if before + more > MAX_BYTES {
            budget.0.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.0 += more;
        true
    }

    /// Gives everything back.
    pub(super) fn give_back(&mut self, budget: &Budget) {
        if self.0 > 0 {
            budget.0.fetch_sub(self.0, Ordering::Relaxed);
            self.0 = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_had_again() {
        let (budget, half) = (Budget::default(), MAX_BYTES / 2);
        let mut shares: [Share; 3] = Default::default();
        for _ in 0..3 {
            assert!(shares[0].covers(half, &budget) && shares[1].covers(half, &budget));
            // The first step is each one's own.
            assert!(shares[2].covers(STEP, &budget));
            assert!(!shares[2].covers(half, &budget));
            for share in &mut shares {
                share.give_back(&budget);
            }
        }
        assert_eq!(budget.0.into_inner(), 0);
    }
}
