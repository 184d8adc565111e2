//! Saying what was lost, at most once a minute.

use std::time::{Duration, Instant};

use crate::delivery::Delivery;

/// How often losses are warned about, at most.
pub(crate) const WARN_EVERY: Duration = Duration::from_secs(60);

/// Warns of losses, and says what to do.
pub(crate) struct Warnings {
    destination: String,
    remedy: fn(&Delivery, &Delivery) -> &'static str,
    warned_at: Option<Instant>,
    seen: Delivery,
}

impl Warnings {
    pub(crate) fn new(
        destination: String,
        remedy: fn(&Delivery, &Delivery) -> &'static str,
    ) -> Self {
        Self {
            destination,
            remedy,
            warned_at: None,
            seen: Delivery::default(),
        }
    }

    /// Warns if something was lost or the daemon could not be found since the last warning, and a minute has passed.
    pub(crate) fn look_at(&mut self, delivery: &Delivery, now: Instant) {
        let lost = delivery.lost().saturating_sub(self.seen.lost());
        let failed_lookups = delivery.failed_lookups - self.seen.failed_lookups;
        let failed_connects = delivery.failed_connects - self.seen.failed_connects;
        let is_time = self.warned_at.is_none_or(|at| now >= at + WARN_EVERY);
        if !is_time || lost + failed_lookups + failed_connects == 0 {
            return;
        }
        tracing::warn!(
            destination = self.destination,
            lost,
            reasons = reasons(delivery, &self.seen),
            failed_lookups,
            failed_connects,
            "{}",
            (self.remedy)(delivery, &self.seen)
        );
        self.warned_at = Some(now);
        self.seen = *delivery;
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

        let mut warnings = Warnings::new("daemon:2000".to_owned(), |_, _| "start the daemon");
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
    }
}
