//! Counts, durations and response-time histograms, in X-Ray's formats and units.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::summary::Outcome;

/// X-Ray's `ServiceStatistics` and `EdgeStatistics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Nothing went wrong.
    pub ok: u64,
    /// 429.
    pub throttle: u64,
    /// Other 4xx.
    pub error: u64,
    /// 5xx.
    pub fault: u64,
    /// The sum of all response times in nanoseconds.
    pub nanos: u64,
}

/// Response times, rounded to milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram(Counts);

/// How often each duration in milliseconds was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Counts {
    /// Up to [`FEW`] different durations, sorted: a map may have thousands of edges with a call or two.
    Few(Vec<(u64, u64)>),
    Many(Box<Many>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Many {
    /// Counts for 0 ms, 1 ms, …; most durations are this short.
    short: Vec<u64>,
    /// Counts for longer durations, by milliseconds.
    long: BTreeMap<u64, u64>,
}

const FEW: usize = 128;
/// Durations from here on, in milliseconds, are long.
const LONG: u64 = 1_024;
const NANOS_PER_MILLISECOND: u64 = 1_000_000;

impl Statistics {
    /// Counts one: as a fault, otherwise a throttle, otherwise an error, otherwise ok.
    pub fn count(&mut self, outcome: Outcome, nanos: u64) {
        let counter = if outcome.fault {
            &mut self.fault
        } else if outcome.throttle {
            &mut self.throttle
        } else if outcome.error {
            &mut self.error
        } else {
            &mut self.ok
        };
        *counter += 1;
        self.nanos = self.nanos.saturating_add(nanos);
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: Self) {
        self.ok += other.ok;
        self.throttle += other.throttle;
        self.error += other.error;
        self.fault += other.fault;
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    /// Returns the total count.
    pub fn total(&self) -> u64 {
        self.ok + self.throttle + self.error + self.fault
    }
}

impl Histogram {
    /// Counts one.
    pub fn count(&mut self, nanos: u64) {
        self.add(
            nanos.saturating_add(NANOS_PER_MILLISECOND / 2) / NANOS_PER_MILLISECOND,
            1,
        );
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Self) {
        for (millis, count) in other.entries() {
            self.add(millis, count);
        }
    }

    fn add(&mut self, millis: u64, count: u64) {
        let few = match &mut self.0 {
            Counts::Few(few) => few,
            Counts::Many(many) => return many.add(millis, count),
        };
        match few.binary_search_by_key(&millis, |(known, _)| *known) {
            Ok(place) => few[place].1 += count,
            Err(place) if few.len() < FEW => few.insert(place, (millis, count)),
            Err(_) => {
                let mut many = Box::<Many>::default();
                for (known, count) in few.drain(..) {
                    many.add(known, count);
                }
                many.add(millis, count);
                self.0 = Counts::Many(many);
            }
        }
    }

    /// Returns each duration in milliseconds with its count, the shortest first.
    pub fn entries(&self) -> impl Iterator<Item = (u64, u64)> {
        let (few, many) = match &self.0 {
            Counts::Few(few) => (few.as_slice(), None),
            Counts::Many(many) => (&[][..], Some(many)),
        };
        let many = many.into_iter().flat_map(|many| many.entries());
        few.iter().copied().chain(many)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self(Counts::Few(Vec::new()))
    }
}

impl Many {
    fn add(&mut self, millis: u64, count: u64) {
        let Some(index) = usize::try_from(millis).ok().filter(|_| millis < LONG) else {
            *self.long.entry(millis).or_default() += count;
            return;
        };
        if self.short.len() <= index {
            self.short.resize(index + 1, 0);
        }
        self.short[index] += count;
    }

    fn entries(&self) -> impl Iterator<Item = (u64, u64)> {
        let short = (0..).zip(self.short.iter().copied());
        let long = self.long.iter().map(|(millis, count)| (*millis, *count));
        short.filter(|(_, count)| *count > 0).chain(long)
    }
}

impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        #[expect(clippy::struct_field_names, reason = "X-Ray's names")]
        struct Errors {
            throttle_count: u64,
            other_count: u64,
            total_count: u64,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Faults {
            other_count: u64,
            total_count: u64,
        }
        let errors = Errors {
            throttle_count: self.throttle,
            other_count: self.error,
            total_count: self.throttle + self.error,
        };
        let faults = Faults {
            other_count: self.fault,
            total_count: self.fault,
        };
        let mut statistics = serializer.serialize_struct("Statistics", 5)?;
        statistics.serialize_field("OkCount", &self.ok)?;
        statistics.serialize_field("ErrorStatistics", &errors)?;
        statistics.serialize_field("FaultStatistics", &faults)?;
        statistics.serialize_field("TotalCount", &self.total())?;
        statistics.serialize_field("TotalResponseTime", &seconds(self.nanos))?;
        statistics.end()
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Entry {
            value: f64,
            count: u64,
        }
        serializer.collect_seq(self.entries().map(|(millis, count)| Entry {
            value: seconds(millis.saturating_mul(NANOS_PER_MILLISECOND)),
            count,
        }))
    }
}

#[expect(clippy::cast_precision_loss, reason = "X-Ray's API has doubles here")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_takes_precedence_over_other_outcomes() {
        let mut statistics = Statistics::default();
        for (error, throttle, fault) in [
            (true, true, true),
            (true, true, false),
            (true, false, false),
            (false, false, false),
        ] {
            statistics.count(
                Outcome {
                    error,
                    throttle,
                    fault,
                },
                500_000_000,
            );
        }
        let json = serde_json::to_value(statistics).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "OkCount": 1,
                "ErrorStatistics": { "ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2 },
                "FaultStatistics": { "OtherCount": 1, "TotalCount": 1 },
                "TotalCount": 4,
                "TotalResponseTime": 2.0,
            })
        );
    }

    #[test]
    fn a_histogram_rounds_to_milliseconds_and_merges() {
        let mut histogram = Histogram::default();
        for nanos in [
            1_499_999,
            1_400_000,
            1_500_000,
            0,
            2_000_000_000,
            2_000_400_000,
        ] {
            histogram.count(nanos);
        }
        let entries: Vec<_> = histogram.entries().collect();
        assert_eq!(entries, [(0, 1), (1, 2), (2, 1), (2_000, 2)]);
        assert_eq!(
            serde_json::to_value(&histogram).unwrap()[3],
            serde_json::json!({ "Value": 2.0, "Count": 2 })
        );
    }

    #[test]
    fn a_histogram_of_many_durations_has_each_and_one_of_few_is_small() {
        let mut histogram = Histogram::default();
        let mut expected = BTreeMap::<u64, u64>::new();
        for number in 0..400 {
            let millis = number * 37 % 150 * 15;
            histogram.count(millis * NANOS_PER_MILLISECOND);
            *expected.entry(millis).or_default() += 1;
            assert!(histogram.entries().eq(expected.clone()), "{number}");
            let is_small = matches!(&histogram.0, Counts::Few(few) if few.capacity() <= FEW);
            assert_eq!(is_small, expected.len() <= FEW, "{number}");
        }
        let mut merged = Histogram::default();
        merged.count(2_235 * NANOS_PER_MILLISECOND);
        merged.merge(&histogram);
        *expected.entry(2_235).or_default() += 1;
        assert!(merged.entries().eq(expected));
    }
}
