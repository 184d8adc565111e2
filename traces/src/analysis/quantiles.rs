//! Average and percentiles of times.

use serde::Serialize;

use super::micros;

/// Durations in microseconds; all 0 if there are none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Times {
    /// The arithmetic mean.
    pub average: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
}

impl Times {
    /// Computes them from durations in nanoseconds, which it reorders.
    pub fn of(nanos: &mut [u64]) -> Self {
        if nanos.is_empty() {
            return Self::default();
        }
        let sum: u128 = nanos.iter().map(|nanos| u128::from(*nanos)).sum();
        let average = u64::try_from(sum / nanos.len() as u128).unwrap_or(u64::MAX);
        Self {
            average: micros(average),
            p50: micros(quantile(nanos, 50)),
            p90: micros(quantile(nanos, 90)),
            p95: micros(quantile(nanos, 95)),
            p99: micros(quantile(nanos, 99)),
        }
    }
}

/// Returns the smallest value that at least `percent` of 100 values do not exceed.
fn quantile(values: &mut [u64], percent: usize) -> u64 {
    let index = (values.len() * percent).div_ceil(100).saturating_sub(1);
    *values.select_nth_unstable(index).1
}
