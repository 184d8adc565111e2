//! When to call the daemon, and for what. Pure: time and chance are arguments.

use std::time::{Duration, Instant};

use segment::Time;

use super::Targets;

/// How long to wait after a failed call for rules, the first time; the wait doubles each time, up to the interval
/// between two reports.
const FIRST_RETRY: Duration = Duration::from_secs(1);

/// Which call to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Rules,
    Targets,
}

/// When to ask for the rules and for the targets.
///
/// Every wait is lengthened at random, by up to a sixtieth, so that pods that started together do not call together.
#[derive(Debug)]
pub(super) struct Schedule {
    rules_interval: Duration,
    targets_interval: Duration,
    rules_at: Instant,
    targets_at: Instant,
    failures: u32,
    /// When the rules were last changed, by the service's clock, if known.
    last_modification: Option<f64>,
}

impl Schedule {
    /// Makes a schedule that asks for the rules at once.
    pub(super) fn new(rules_interval: Duration, targets_interval: Duration, now: Instant) -> Self {
        Self {
            rules_interval,
            targets_interval,
            rules_at: now,
            targets_at: now + targets_interval,
            failures: 0,
            last_modification: None,
        }
    }

    /// Returns the next call and its time.
    pub(super) fn next(&self) -> (Call, Instant) {
        if self.rules_at <= self.targets_at {
            (Call::Rules, self.rules_at)
        } else {
            (Call::Targets, self.targets_at)
        }
    }

    /// Records that the rules arrived. `chance` is from 0 to 1, as in the other methods.
    pub(super) fn rules_came(&mut self, now: Instant, chance: f64) {
        self.failures = 0;
        self.rules_at = now + lengthened(self.rules_interval, chance);
    }

    /// Records that the clock was set or the machine slept: the rules may have expired.
    pub(super) fn clock_jumped(&mut self, now: Instant) {
        self.rules_at = self.rules_at.min(now);
    }

    /// Records that the rules could not be fetched.
    pub(super) fn rules_failed(&mut self, now: Instant, chance: f64) {
        let retry = FIRST_RETRY * 2_u32.saturating_pow(self.failures.min(16));
        let wait = retry.min(self.targets_interval).min(self.rules_interval);
        self.failures += 1;
        self.rules_at = now + lengthened(wait, chance);
    }

    /// Records that reports were sent, whatever the answer.
    pub(super) fn targets_asked(&mut self, now: Instant, chance: f64) {
        self.targets_at = now + lengthened(self.targets_interval, chance);
    }

    /// Records an answer. The rules, which were fetched at `rules_since`, are fetched again if they have changed
    /// since, as far as two clocks can tell, or if the service does not know one of them.
    pub(super) fn targets_came(&mut self, answer: &Targets, rules_since: Time, now: Instant) {
        if let Some(interval) = answer.interval {
            self.targets_interval = interval;
        }
        let is_unknown = |(_, status): &(String, u16)| (400..500).contains(status);
        let is_newer = |modified: f64| match self.last_modification {
            Some(known) => modified > known,
            None => modified >= rules_since.as_seconds(),
        };
        if answer.last_modification.is_some_and(is_newer)
            || answer.unprocessed.iter().any(is_unknown)
        {
            self.rules_at = now;
        }
        self.last_modification = answer.last_modification.or(self.last_modification);
    }
}

fn lengthened(wait: Duration, chance: f64) -> Duration {
    wait + (wait / 60).mul_f64(chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn schedule() -> (Schedule, Instant) {
        let now = Instant::now();
        (Schedule::new(300 * SECOND, 10 * SECOND, now), now)
    }

    fn since(seconds: u64) -> Time {
        Time::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn after_a_jump_of_the_clock_the_rules_come_first() {
        let (mut schedule, start) = schedule();
        schedule.rules_came(start, 0.0);
        schedule.clock_jumped(start + SECOND);
        assert_eq!(schedule.next(), (Call::Rules, start + SECOND));
        schedule.clock_jumped(start + 2 * SECOND);
        assert_eq!(schedule.next(), (Call::Rules, start + SECOND));
    }

    #[test]
    fn rules_come_first_then_every_five_minutes_and_targets_every_ten_seconds() {
        let (mut schedule, start) = schedule();
        assert_eq!(schedule.next(), (Call::Rules, start));
        schedule.rules_came(start, 0.0);
        let mut calls = Vec::new();
        for _ in 0..62 {
            let (call, at) = schedule.next();
            match call {
                Call::Rules => schedule.rules_came(at, 0.0),
                Call::Targets => schedule.targets_asked(at, 0.0),
            }
            calls.push((call, at.duration_since(start).as_secs()));
        }
        let rules: Vec<_> = calls
            .iter()
            .filter(|(call, _)| *call == Call::Rules)
            .map(|(_, second)| *second)
            .collect();
        assert_eq!(rules, [300, 600]);
        assert_eq!(
            (calls[0], calls[1]),
            ((Call::Targets, 10), (Call::Targets, 20))
        );
    }

    #[test]
    fn waits_are_lengthened_by_a_sixtieth_at_most() {
        let (mut schedule, start) = schedule();
        schedule.rules_came(start, 1.0);
        assert_eq!(schedule.rules_at, start + 305 * SECOND);
        schedule.targets_asked(start, 0.5);
        assert_eq!(schedule.targets_at, start + 10 * SECOND + SECOND / 12);
    }

    #[test]
    fn rules_that_do_not_come_are_asked_for_again_ever_more_seldom() {
        let (mut schedule, mut now) = schedule();
        let waits = [1, 2, 4, 8, 10, 10].map(|expected| {
            schedule.rules_failed(now, 0.0);
            let wait = schedule.rules_at - now;
            now += wait;
            (wait.as_secs(), expected)
        });
        assert!(
            waits.iter().all(|(wait, expected)| wait == expected),
            "{waits:?}"
        );
        for _ in 0..100 {
            schedule.rules_failed(now, 0.0);
        }
        assert_eq!(schedule.rules_at, now + 10 * SECOND);
        schedule.rules_came(now, 0.0);
        schedule.rules_failed(now, 0.0);
        assert_eq!(schedule.rules_at, now + SECOND);
    }

    #[test]
    fn rules_are_fetched_when_they_have_changed_and_once_for_each_change() {
        for (first, second, fetched) in [
            // Changed before they were fetched: not fetched again.
            (Some(90.0), Some(90.0), [false, false]),
            (Some(90.0), Some(101.0), [false, true]),
            // Changed after they were fetched, or in the same second.
            (Some(100.0), Some(100.0), [true, false]),
            // The time of a service whose clock is an hour ahead is accepted once; later times are compared with it.
            (Some(3_700.0), Some(3_700.0), [true, false]),
            (Some(3_700.0), Some(3_701.0), [true, true]),
            (None, None, [false, false]),
            (Some(90.0), None, [false, false]),
        ] {
            let (mut schedule, now) = schedule();
            let came = [first, second].map(|last_modification| {
                schedule.rules_came(now, 0.0);
                let answer = Targets {
                    last_modification,
                    ..Targets::default()
                };
                schedule.targets_came(&answer, since(100), now);
                schedule.next() == (Call::Rules, now)
            });
            assert_eq!(came, fetched, "{first:?} {second:?}");
        }
    }

    #[test]
    fn a_rule_that_the_service_does_not_know_and_its_wished_interval_are_heeded() {
        for (status, fetched) in [(400, true), (404, true), (500, false), (503, false)] {
            let (mut schedule, now) = schedule();
            schedule.rules_came(now, 0.0);
            let answer = Targets {
                unprocessed: vec![("a".to_owned(), status)],
                interval: Some(3 * SECOND),
                ..Targets::default()
            };
            schedule.targets_came(&answer, since(100), now);
            schedule.targets_asked(now, 0.0);
            assert_eq!(schedule.rules_at == now, fetched, "{status}");
            assert_eq!(schedule.targets_at, now + 3 * SECOND);
        }
    }
}
