//! The traces in which other instrumentation serves a request.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use opentelemetry::trace::TraceId;

/// Most traces that are remembered; beyond it, a request with two server layers gets two segments.
const MAX: usize = 10_000;

/// For each trace, the number of open spans of kind SERVER that were begun with OpenTelemetry's API. Within such a
/// span, the server layer makes no segment of its own.
#[derive(Debug, Default)]
pub(super) struct ServerSpans(Mutex<HashMap<TraceId, usize>>);

impl ServerSpans {
    /// Records that such a span begins; `false` if there are too many.
    pub(super) fn begin(&self, trace_id: TraceId) -> bool {
        let mut open = self.lock();
        if open.len() >= MAX && !open.contains_key(&trace_id) {
            return false;
        }
        *open.entry(trace_id).or_default() += 1;
        true
    }

    /// Records that a span counted by [`ServerSpans::begin`] has ended.
    pub(super) fn end(&self, trace_id: TraceId) {
        let mut open = self.lock();
        if let Some(count) = open.get_mut(&trace_id) {
            *count -= 1;
            if *count == 0 {
                open.remove(&trace_id);
            }
        }
    }

    pub(super) fn contains(&self, trace_id: TraceId) -> bool {
        self.lock().contains_key(&trace_id)
    }

    /// A panic while the lock is held leaves whole entries.
    fn lock(&self) -> MutexGuard<'_, HashMap<TraceId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
