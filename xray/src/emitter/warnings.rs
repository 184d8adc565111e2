//! Warnings about losses, at most one a minute.

use std::time::{Duration, Instant};

use crate::delivery::Delivery;

/// The shortest time between two warnings.
pub(crate) const WARN_EVERY: Duration = Duration::from_secs(60);

/// Logs warnings about losses, with a remedy.
pub(crate) struct Warnings {
    destination: String,
    remedies: Remedies,
    warned_at: Option<Instant>,
    seen: Delivery,
}

/// What the user can do about a loss.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remedies {
    /// Counters, each with its remedy, in order: the first one that grew is the cause of the others.
    pub(crate) causes: &'static [(Cause, &'static str)],
    /// The remedy if none of them grew.
    pub(crate) otherwise: &'static str,
}

/// Reads a counter, or the sum of those that have the same remedy.
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

    /// Logs a warning if something was lost or a receiver was not found since the last one, at most once a minute.
    pub(crate) fn warn_of_losses(&mut self, delivery: &Delivery, now: Instant) {
        if self.warned_at.is_none_or(|at| now >= at + WARN_EVERY) && self.has_grown(delivery) {
            self.warn(delivery);
            self.warned_at = Some(now);
        }
    }

    /// Logs a last warning about what was lost since the previous one, however recent that was.
    pub(crate) fn warn_at_shutdown(&mut self, delivery: &Delivery) {
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
    /// Returns the remedy for what grew between two readings of the counters.
    pub(crate) fn choose(&self, now: &Delivery, before: &Delivery) -> &'static str {
        self.causes
            .iter()
            .find(|(cause, _)| cause(now) > cause(before))
            .map_or(self.otherwise, |(_, remedy)| remedy)
    }
}

/// Lists the losses by reason: `refused=3 shed=1`.
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
        let warning = |refused, shed| {
            let now = Delivery {
                refused,
                shed,
                ..before
            };
            REMEDIES.choose(&now, &before)
        };
        assert_eq!(warning(2, 1), "start the daemon");
        assert_eq!(warning(1, 1), "sample fewer");
        assert_eq!(warning(1, 0), "see /metrics");
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
        warnings.warn_of_losses(&lost(0, 0), began);
        assert_eq!(lines(), "");
        warnings.warn_of_losses(&lost(3, 0), began);
        let line = lines();
        for text in [
            "WARN",
            "start the daemon",
            "daemon:2000",
            "lost=3",
            "refused=3",
        ] {
            assert!(line.contains(text), "{text} in {line}");
        }
        warnings.warn_of_losses(&lost(8, 1), began + WARN_EVERY / 2);
        assert_eq!(lines(), "", "not within a minute");
        warnings.warn_of_losses(&lost(10, 1), began + WARN_EVERY);
        let line = lines();
        assert!(
            line.contains("lost=8") && line.contains("refused=7 shed=1"),
            "all since the last: {line}"
        );
        warnings.warn_of_losses(&lost(10, 1), began + WARN_EVERY * 3);
        assert_eq!(lines(), "", "nothing new");
        warnings.warn_at_shutdown(&lost(10, 1));
        assert_eq!(lines(), "", "nothing new at the end");
        warnings.warn_at_shutdown(&lost(10, 4));
        assert!(lines().contains("shed=3"), "the last word needs no minute");
    }
}
