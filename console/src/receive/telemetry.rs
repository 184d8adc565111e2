//! Telemetry of daemons that send here: the sums of their records.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_TelemetryRecord.html>

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// The sums of all records since the start.
#[derive(Debug, Default)]
pub struct Telemetry(Mutex<Sums>);

/// Sums, as `GET /status` shows them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Records received.
    pub records: u64,
    /// Segments that daemons received.
    pub segments_received: u64,
    /// Segments that they passed on.
    pub segments_sent: u64,
    /// Segments that they dropped for lack of room.
    pub segments_spilled_over: u64,
    /// Segments that they dropped as unreadable, or that were refused here.
    pub segments_rejected: u64,
    /// Calls that failed, for any reason.
    pub connection_errors: u64,
}

/// One record. An absent member counts as 0.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Counts {
    segments_received_count: u64,
    segments_sent_count: u64,
    segments_spillover_count: u64,
    segments_rejected_count: u64,
    /// By kind, for example `TimeoutCount`.
    backend_connection_errors: BTreeMap<String, u64>,
}

impl Telemetry {
    /// Adds one record.
    pub fn add(&self, counts: &Counts) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = &mut *sums;
        let errors = counts
            .backend_connection_errors
            .values()
            .fold(0, |sum: u64, count| sum.saturating_add(*count));
        for (sum, count) in [
            (&mut sums.records, 1),
            (&mut sums.segments_received, counts.segments_received_count),
            (&mut sums.segments_sent, counts.segments_sent_count),
            (
                &mut sums.segments_spilled_over,
                counts.segments_spillover_count,
            ),
            (&mut sums.segments_rejected, counts.segments_rejected_count),
            (&mut sums.connection_errors, errors),
        ] {
            *sum = sum.saturating_add(count);
        }
    }

    /// Returns the sums.
    pub fn sums(&self) -> Sums {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
