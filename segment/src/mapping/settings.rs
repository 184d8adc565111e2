//! The settings of the mapping.

use crate::{Time, TraceId};

/// The settings of the mapping. The defaults are those of the OpenTelemetry collector.
/// <https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter#exporter-configuration>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Attributes that become annotations even if a block of the document contains them. An attribute of the resource
    /// is named `otel.resource.<key>`. Default: none.
    pub indexed_attributes: Vec<String>,
    /// Whether every attribute without a place in a block becomes an annotation, up to the limit of 50. Default: no,
    /// they become metadata.
    pub index_all_attributes: bool,
    /// The service's CloudWatch log groups, for a resource that names none. Default: none.
    pub log_groups: Vec<String>,
    /// The time by which trace ids are checked: an id whose first four bytes, as seconds since 1970, are more than 28
    /// days before or five minutes after it is refused, as X-Ray itself did until October 2023. Default: none, all
    /// ids are accepted.
    pub refuse_ids_unless_recent_at: Option<Time>,
}

/// A span that cannot be mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "trace id {trace_id} has a start time more than 28 days before or 5 minutes after {now:?}; generate ids in X-Ray's format, or leave `refuse_ids_unless_recent_at` unset"
)]
pub struct RefusedSpan {
    /// The id that was refused.
    pub trace_id: TraceId,
    /// The time by which it was checked.
    pub now: Time,
}

impl Settings {
    /// Whether attributes become annotations that neither their prefix nor their span names for it.
    pub(super) fn is_indexing(&self) -> bool {
        self.index_all_attributes || !self.indexed_attributes.is_empty()
    }

    /// Refuses an id that is not recent.
    pub(super) fn check(&self, trace_id: TraceId) -> Result<(), RefusedSpan> {
        const BEFORE: u64 = 28 * 24 * 60 * 60;
        const AFTER: u64 = 5 * 60;
        let Some(now) = self.refuse_ids_unless_recent_at else {
            return Ok(());
        };
        let seconds = now.as_nanos() / 1_000_000_000;
        let recent = seconds.saturating_sub(BEFORE)..=seconds + AFTER;
        if recent.contains(&u64::from(trace_id.epoch_seconds())) {
            Ok(())
        } else {
            Err(RefusedSpan { trace_id, now })
        }
    }
}
