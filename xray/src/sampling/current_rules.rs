//! The rules in force: X-Ray's or those of a file, otherwise the fallback.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use segment::Time;

use super::{Rules, Subject, Verdict};

/// Rules that can be replaced while requests are being decided on.
///
/// A decision holds the lock for reading; only replacing the rules holds it for writing.
#[derive(Debug)]
pub(crate) struct CurrentRules {
    rules: RwLock<Rules>,
    fallback: Rules,
}

/// Who made a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Rule,
    Fallback,
}

impl CurrentRules {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules: RwLock::new(rules),
            fallback: Rules::fallback(),
        }
    }

    /// Decides on a request and returns the result of `note` for the verdict.
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

    /// Replaces the rules.
    pub(crate) fn replace(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
    }
}
