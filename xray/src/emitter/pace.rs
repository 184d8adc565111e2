//! Limits how fast datagrams follow one another.
//!
//! A daemon's socket has the kernel's default buffer, 208 KiB; what does not fit is dropped without an error at
//! either end: of 512 documents of 1.5 kB sent at once, 70 % were lost. So at most a quarter of that buffer is sent
//! at once; the rest is for a daemon that is late.

use std::time::{Duration, Instant};

/// The kernel's default buffer, in bytes of its own accounting.
const DEFAULT_BUFFER: u32 = 212_992;
/// Most that is sent at once.
const BURST: u32 = DEFAULT_BUFFER / 4;
/// How long a daemon may be late without a loss, while the ring is up to half full; within that time, the rest of the
/// buffer fills up.
const LATENESS: f64 = 0.016;
const LATENESS_HALF_FULL: f64 = LATENESS / 2.0;
/// This much more of the ring in use, beyond half of it, halves that time: what the ring has no room for is lost for
/// certain.
const HALVED_EVERY: f64 = 0.05;
/// When a daemon comes back, the pods of its node send all their waiting documents at once. For this long each of
/// them sends more slowly, at this share of its pace.
const EASE: Duration = Duration::from_secs(5);
const EASED: f64 = 0.125;
/// Shortest pause in seconds: a shorter one is not worth its cost, as the thread may not be woken in time.
const SHORTEST_PAUSE: f64 = 0.001;

/// A leaky bucket: filled by what is sent, drained by time.
#[derive(Debug)]
pub(crate) struct Pace {
    level: f64,
    drained_at: Instant,
    eased_until: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            level: 0.0,
            drained_at: now,
            eased_until: now,
        }
    }

    /// Records that the daemon was away and is back.
    pub(crate) fn ease(&mut self, now: Instant) {
        self.eased_until = now + EASE;
    }

    /// Accounts for a datagram of `bytes` bytes and returns how long to wait before sending it.
    ///
    /// `fill` is how full the ring would be if it held everything that waits, from 0 to 1. Traffic below the pace
    /// never waits.
    pub(crate) fn wait(&mut self, bytes: usize, fill: f64, now: Instant) -> Duration {
        let share = if now < self.eased_until { EASED } else { 1.0 };
        let rate = f64::from(DEFAULT_BUFFER - BURST) * share / lateness(fill);
        let elapsed = now.saturating_duration_since(self.drained_at);
        self.level = (self.level - elapsed.as_secs_f64() * rate).max(0.0);
        self.drained_at = now;
        let cost = f64::from(cost(bytes));
        self.level += cost;
        let burst = (f64::from(BURST) * share).max(rate * SHORTEST_PAUSE);
        if self.level <= burst {
            return Duration::ZERO;
        }
        // Until everything before it has drained: one pause for many datagrams, because a pause costs as much as
        // several sends.
        Duration::from_secs_f64((self.level - cost) / rate)
    }
}

/// Returns how many seconds a daemon may be late at this fill of the ring.
fn lateness(fill: f64) -> f64 {
    if fill < 0.5 {
        LATENESS + (LATENESS_HALF_FULL - LATENESS) * fill / 0.5
    } else {
        LATENESS_HALF_FULL * f64::exp2((0.5 - fill) / HALVED_EVERY)
    }
}

/// Returns how much of its buffer the kernel charges for a datagram, from measurements of how many fit: 166 of up to
/// 400 bytes, 92 of up to 1.5 kB, 48 of 2 kB, 25 of 4 kB, 12 of 8 to 16 kB, 6 of 32 kB, 3 of 60 kB.
fn cost(bytes: usize) -> u32 {
    let fitting = match bytes {
        0..=400 => 166,
        401..=1_500 => 92,
        1_501..=2_048 => 48,
        2_049..=4_096 => 25,
        4_097..=16_384 => 12,
        16_385..=32_768 => 6,
        _ => 3,
    };
    DEFAULT_BUFFER / fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `count` datagrams as fast as the pace allows and returns how long that takes.
    fn time(count: usize, bytes: usize, fill: f64) -> Duration {
        let start = Instant::now();
        let mut now = start;
        let mut pace = Pace::new(now);
        for _ in 0..count {
            now += pace.wait(bytes, fill, now);
        }
        now - start
    }

    #[test]
    fn a_quarter_of_a_buffer_goes_at_once_and_the_rest_waits() {
        assert_eq!(time(23, 1_000, 0.0), Duration::ZERO);
        assert!(time(24, 1_000, 0.0) > Duration::ZERO);
        assert!(time(1, 65_507, 0.0).as_secs_f64() < LATENESS);
    }

    #[test]
    fn no_more_than_a_buffer_is_sent_within_the_lateness() {
        let burst = time(92, 1_000, 0.0);
        assert!((15..=17).contains(&burst.as_millis()), "{burst:?}");
        let burst = time(92, 1_000, 0.5);
        assert!((7..=9).contains(&burst.as_millis()), "{burst:?}");
    }

    #[test]
    fn traffic_below_the_pace_never_waits() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..10_000 {
            now += Duration::from_micros(250);
            assert_eq!(pace.wait(1_000, 0.0, now), Duration::ZERO);
        }
    }

    #[test]
    fn after_an_absence_it_goes_slowly_for_a_while_unless_there_is_no_room() {
        let start = Instant::now();
        let count = |fill| {
            let mut pace = Pace::new(start);
            pace.ease(start);
            let (mut now, mut count) = (start, 0);
            while now < start + EASE {
                now += pace.wait(1_000, fill, now);
                count += 1;
            }
            // Then as before.
            assert_eq!(pace.wait(1_000, fill, now + EASE), Duration::ZERO);
            count / EASE.as_secs()
        };
        assert!((500..600).contains(&count(0.0)), "{}", count(0.0));
        assert!((1_000..1_200).contains(&count(0.5)), "{}", count(0.5));
        assert!(count(0.65) > 8_000, "{}", count(0.65));
    }

    #[test]
    fn the_fuller_the_ring_the_faster_it_is_sent() {
        let fills = (0..=20).map(|twentieth| f64::from(twentieth) / 20.0);
        let times: Vec<_> = fills.map(|fill| time(10_000, 1_000, fill)).collect();
        assert!(
            times.is_sorted_by(|slower, faster| slower > faster),
            "{times:?}"
        );
        // 70,000 a second of 1 kB, well before it is full.
        assert!(times[13] < Duration::from_millis(150), "{:?}", times[13]);
    }
}
