//! Services' reports on one rule, in columns of ten seconds.

use std::collections::BTreeMap;

use segment::Time;
use serde::{Deserialize, Serialize};

/// The width of a column in seconds.
pub(super) const COLUMN: u64 = 10;
/// How long a column is kept, in seconds.
pub(super) const KEPT: u64 = 600;

/// The columns of the last ten minutes, by the second at which they begin.
#[derive(Debug, Clone, Default)]
pub struct Statistics(BTreeMap<u64, Reported>);

/// The counts of one report, or the sum of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reported {
    /// Requests that the rule matched.
    pub request_count: u64,
    /// Requests of those that were sampled. OpenTelemetry's sampler for Python spells it differently.
    #[serde(alias = "SampleCount")]
    pub sampled_count: u64,
    /// Requests of those that were sampled before the service had a quota.
    #[serde(default)]
    pub borrow_count: u64,
}

impl Statistics {
    /// Adds a report to the column of its arrival, because services' clocks may differ.
    pub fn add(&mut self, reported: Reported, now: Time) {
        let second = second(now);
        let sum = self.0.entry(second / COLUMN * COLUMN).or_default();
        sum.request_count = sum.request_count.saturating_add(reported.request_count);
        sum.sampled_count = sum.sampled_count.saturating_add(reported.sampled_count);
        sum.borrow_count = sum.borrow_count.saturating_add(reported.borrow_count);
        self.0.retain(|column, _| column + KEPT > second);
    }

    /// Returns the columns that began in the ten minutes before `now`, the oldest first, without empty ones.
    pub fn columns(&self, now: Time) -> impl Iterator<Item = (u64, Reported)> {
        let oldest = (second(now) + 1).saturating_sub(KEPT);
        let columns = self.0.range(oldest..);
        columns.map(|(column, reported)| (*column, *reported))
    }
}

fn second(time: Time) -> u64 {
    time.as_nanos() / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Time {
        Time::from_nanos(second * 1_000_000_000)
    }

    #[test]
    fn reports_of_ten_seconds_add_up_and_old_ones_are_forgotten() {
        let mut statistics = Statistics::default();
        let reported = |factor| Reported {
            request_count: 3 * factor,
            sampled_count: 2 * factor,
            borrow_count: factor,
        };
        for second in [1_000, 1_009, 1_010] {
            statistics.add(reported(1), at(second));
        }
        let columns = |now| statistics.columns(at(now)).collect::<Vec<_>>();
        assert_eq!(columns(1_020), [(1_000, reported(2)), (1_010, reported(1))]);
        assert_eq!(columns(1_599).len(), 2);
        assert_eq!(columns(1_600), [(1_010, reported(1))]);
        for second in 2_000..20_000 {
            statistics.add(reported(1), at(second));
        }
        assert_eq!(statistics.0.len() as u64, KEPT / COLUMN);
    }

    #[test]
    fn no_report_is_too_large_to_be_added() {
        let mut statistics = Statistics::default();
        let most = Reported {
            request_count: u64::MAX,
            sampled_count: u64::MAX,
            borrow_count: u64::MAX,
        };
        statistics.add(most, at(0));
        statistics.add(most, at(1));
        assert_eq!(statistics.columns(at(1)).next(), Some((0, most)));
    }
}
