//! What the server layer knows of a root span and the OpenTelemetry API has no argument for: the trace id
//! of a header without `Parent`, and a sampling decision that was already taken.
//!
//! Both are put into thread-locals right before the synchronous `build_with_context` and cleared after it.
//! The id generator and the sampler read them there. The alternative, a made-up parent with context
//! values, costs four allocations a request, shows up in OTLP, and is inherited by children.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_aws::trace::XrayIdGenerator;
use opentelemetry_sdk::trace::IdGenerator as GenerateIds;

thread_local! {
    static TRACE_ID: Cell<Option<TraceId>> = const { Cell::new(None) };
    static DECISION: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Runs `build`, which must start exactly one span, with that span's trace id and sampling decision.
///
/// The trace id counts only if the span has no parent.
pub(crate) fn with<T>(trace_id: TraceId, sampled: bool, build: impl FnOnce() -> T) -> T {
    /// Clears both even if `build` panics: the next span on this thread has nothing to do with it.
    struct Clear;
    impl Drop for Clear {
        fn drop(&mut self) {
            TRACE_ID.set(None);
            DECISION.set(None);
        }
    }

    TRACE_ID.set(Some(trace_id));
    DECISION.set(Some(sampled));
    let _clear = Clear;
    build()
}

/// Returns the decision for the span that is being built, if one was taken.
pub(crate) fn decision() -> Option<bool> {
    DECISION.get()
}

/// Makes ids as X-Ray wants them: a trace's begins with the time, by which X-Ray searches.
//
// Or returns the trace id that was given.
#[derive(Debug, Default)]
pub struct IdGenerator {
    generate: XrayIdGenerator,
}

impl GenerateIds for IdGenerator {
    fn new_trace_id(&self) -> TraceId {
        TRACE_ID
            .get()
            .unwrap_or_else(|| self.generate.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.generate.new_span_id()
    }
}
