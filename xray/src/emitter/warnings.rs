//! Saying what was lost, at most once a minute.

use std::time::{Duration, Instant};

use crate::delivery::Delivery;

/// How often losses are warned about, at most.
pub(crate) const WARN_EVERY: Duration = Duration::from_secs(60);

/// Warns of losses, and says what to do.
pub(crate) struct Warnings {
    destination: String,
    remedies: Remedies,
    warned_at: Option<Instant>,
    seen: Delivery,
}

/// What to do about what went wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remedies {
    /// Counters, each with what to do when it grew. The first one that did is the cause of the others.
    pub(crate) causes: &'static [(Cause, &'static str)],
    /// What to do when none of them did.
    pub(crate) otherwise: &'static str,
}

/// Reads a counter, or some that have one remedy.
type Cause = fn(&Delivery) -> u64;

impl Warnings {
    pub(crate) fn new(destination: String, remedies: Remedies) -> Self {
        Self {
            destination,
            remedies,
            warned_at: None,
            seen: Delivery::default(),
        }
    }

    /// Warns if something was lost, or somebody could not be found, since the last warning, and a minute has passed.
    pub(crate) fn look_at(&mut self, delivery: &Delivery, now: Instant) {
        if self.warned_at.is_none_or(|at| now >= at + WARN_EVERY) && self.has_grown(delivery) {
            self.warn(delivery);
            self.warned_at = Some(now);
        }
    }

    /// Warns of what was lost since the last warning, however long ago that was: it is the last one.
    pub(crate) fn conclude(&mut self, delivery: &Delivery) {
        if delivery.lost() > self.seen.lost() {
            self.warn(delivery);
        }
    }

    fn has_grown(&self, delivery: &Delivery) -> bool {
        let troubles = |delivery: &Delivery| {
            delivery.lost()
                + delivery.failed_lookups
                + delivery.failed_connects
                + delivery.failed_probes
                + delivery.unconfirmed
        };
        troubles(delivery) > troubles(&self.seen)
    }

    fn warn(&mut self, delivery: &Delivery) {
        tracing::warn!(
            destination = self.destination,
            lost = delivery.lost().saturating_sub(self.seen.lost()),
            reasons = reasons(delivery, &self.seen),
            failed_lookups = delivery.failed_lookups - self.seen.failed_lookups,
            failed_connects = delivery.failed_connects - self.seen.failed_connects,
            failed_probes = delivery.failed_probes - self.seen.failed_probes,
            "{}",
            self.remedies.choose(delivery, &self.seen)
        );
        self.seen = *delivery;
    }
}

impl Remedies {
    /// Returns what to do about what grew between two readings of the counters.
    pub(crate) fn choose(&self, now: &Delivery, before: &Delivery) -> &'static str {
        self.causes
            .iter()
            .find(|(cause, _)| cause(now) > cause(before))
            .map_or(self.otherwise, |(_, remedy)| remedy)
    }
}

/// Lists how many were lost for which reason, `refused=3 shed=1`.
fn reasons(now: &Delivery, before: &Delivery) -> String {
    let reasons: Vec<_> = now
        .losses()
        .zip(before.losses())
        .filter(|((_, now), (_, before))| now > before)
        .map(|((reason, now), (_, before))| format!("{reason}={}", now - before))
        .collect();
    reasons.join(" ")
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const REMEDIES: Remedies = Remedies {
        causes: &[
            (|now| now.refused, "start the daemon"),
            (|now| now.shed, "sample fewer"),
        ],
        otherwise: "see /metrics",
    };

    #[test]
    fn what_to_do_depends_on_the_first_cause() {
        let before = Delivery {
            refused: 1,
            ..Delivery::default()
        };
        let said = |refused, shed| {
            let now = Delivery {
                refused,
                shed,
                ..before
            };
            REMEDIES.choose(&now, &before)
        };
        assert_eq!(said(2, 1), "start the daemon");
        assert_eq!(said(1, 1), "sample fewer");
        assert_eq!(said(1, 0), "see /metrics");
    }

    #[test]
    fn losses_are_warned_about_once_a_minute_with_what_to_do() {
        let log = Log::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || written.clone())
            .with_ansi(false)
            .finish();
        let _subscriber = tracing::subscriber::set_default(subscriber);
        let lines = || String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();

        let mut warnings = Warnings::new("daemon:2000".to_owned(), REMEDIES);
        let began = Instant::now();
        let lost = |refused, shed| Delivery {
            refused,
            shed,
            ..Delivery::default()
        };
        warnings.look_at(&lost(0, 0), began);
        assert_eq!(lines(), "");
        warnings.look_at(&lost(3, 0), began);
        let line = lines();
        for said in [
            "WARN",
            "start the daemon",
            "daemon:2000",
            "lost=3",
            "refused=3",
        ] {
            assert!(line.contains(said), "{said} in {line}");
        }
        warnings.look_at(&lost(8, 1), began + WARN_EVERY / 2);
        assert_eq!(lines(), "", "not within a minute");
        warnings.look_at(&lost(10, 1), began + WARN_EVERY);
        let line = lines();
        assert!(
            line.contains("lost=8") && line.contains("refused=7 shed=1"),
            "all since the last: {line}"
        );
        warnings.look_at(&lost(10, 1), began + WARN_EVERY * 3);
        assert_eq!(lines(), "", "nothing new");
        warnings.conclude(&lost(10, 1));
        assert_eq!(lines(), "", "nothing new at the end");
        warnings.conclude(&lost(10, 4));
        assert!(lines().contains("shed=3"), "the last word needs no minute");
    }
}
