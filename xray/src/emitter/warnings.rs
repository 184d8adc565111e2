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

    /// Warns if something was lost or a name did not resolve since the last warning, and a minute has passed.
    pub(crate) fn look_at(&mut self, delivery: Delivery, now: Instant) {
        let lost = delivery.lost().saturating_sub(self.seen.lost());
        let failed_lookups = delivery.failed_lookups - self.seen.failed_lookups;
        let is_time = self.warned_at.is_none_or(|at| now >= at + WARN_EVERY);
        if !is_time || (lost == 0 && failed_lookups == 0) {
            return;
        }
        tracing::warn!(
            destination = self.destination,
            lost,
            reasons = reasons(&delivery, &self.seen),
            failed_lookups,
            "{}",
            (self.remedy)(&delivery, &self.seen)
        );
        self.warned_at = Some(now);
        self.seen = delivery;
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
