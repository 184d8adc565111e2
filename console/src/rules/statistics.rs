//! What services report of their sampling, in columns of ten seconds.

use std::collections::BTreeMap;

use segment::Time;
use serde::{Deserialize, Serialize};

/// The width of a column in seconds.
const COLUMN: u64 = 10;
/// Most columns that are kept, of all rules together.
const MAX_COLUMNS: usize = 1_000;

/// What services reported, by column and rule.
#[derive(Debug, Clone, Default)]
pub struct Statistics(BTreeMap<(u64, String), Reported>);

/// What one service reports at once, or several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reported {
    /// Requests that the rule took.
    pub request_count: u64,
    /// Of those, sampled ones.
    pub sampled_count: u64,
    /// Of those, sampled ones before the service had a quota.
    #[serde(default)]
    pub borrow_count: u64,
}

/// X-Ray's `SamplingStatisticSummary`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trend {
    rule_name: String,
    timestamp: u64,
    #[serde(flatten)]
    reported: Reported,
}

impl Statistics {
    /// Adds a report to its column; the oldest column makes room.
    pub fn add(&mut self, rule: &str, at: Time, reported: Reported) {
        let column = at.as_nanos() / 1_000_000_000 / COLUMN * COLUMN;
        let sum = self.0.entry((column, rule.to_owned())).or_default();
        sum.request_count = sum.request_count.saturating_add(reported.request_count);
        sum.sampled_count = sum.sampled_count.saturating_add(reported.sampled_count);
        sum.borrow_count = sum.borrow_count.saturating_add(reported.borrow_count);
        while self.0.len() > MAX_COLUMNS {
            self.0.pop_first();
        }
    }

    /// Returns every column, the oldest first.
    pub fn trends(&self) -> Vec<Trend> {
        let trend = |((column, rule), reported): (&(u64, String), &Reported)| Trend {
            rule_name: rule.clone(),
            timestamp: *column,
            reported: *reported,
        };
        self.0.iter().map(trend).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_ten_seconds_add_up_and_old_ones_make_room() {
        let mut statistics = Statistics::default();
        let reported = Reported {
            request_count: 3,
            sampled_count: 2,
            borrow_count: 1,
        };
        for second in [100, 109, 110] {
            statistics.add(
                "Default",
                Time::from_nanos(second * 1_000_000_000),
                reported,
            );
        }
        let trends = serde_json::to_value(statistics.trends()).unwrap();
        assert_eq!(
            trends,
            serde_json::json!([
                { "RuleName": "Default", "Timestamp": 100, "RequestCount": 6, "SampledCount": 4, "BorrowCount": 2 },
                { "RuleName": "Default", "Timestamp": 110, "RequestCount": 3, "SampledCount": 2, "BorrowCount": 1 },
            ])
        );
        for second in 0..20_000 {
            statistics.add(
                "Default",
                Time::from_nanos(second * 1_000_000_000),
                reported,
            );
        }
        assert_eq!(statistics.trends().len(), MAX_COLUMNS);
    }
}
