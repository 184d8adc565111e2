//! The rules in force: X-Ray's or a file's, else the fallback.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use segment::Time;

use super::{Rules, Subject, Verdict};

/// Rules that can be replaced while requests are decided on.
///
/// The lock is held for reading while one request is decided on, and for writing only to put new rules in
/// the place of old ones.
#[derive(Debug)]
pub(crate) struct InForce {
    rules: RwLock<Rules>,
    fallback: Rules,
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Rule,
    Fallback,
}

impl InForce {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules: RwLock::new(rules),
            fallback: Rules::fallback(),
        }
    }

    /// Decides on a request and returns what `note` makes of the verdict.
    pub(crate) fn decide<T>(
        &self,
        subject: &impl Subject,
        now: Time,
        draw: impl Fn() -> f64,
        note: impl FnOnce(By, Verdict<'_>) -> T,
    ) -> Option<T> {
        let rules = self.read();
        let (by, verdict) = match rules.decide(subject, now, &draw) {
            Some(verdict) => (By::Rule, verdict),
            None => (By::Fallback, self.fallback.decide(subject, now, &draw)?),
        };
        Some(note(by, verdict))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Rules> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts new rules in the place of old ones.
    pub(crate) fn replace(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}
