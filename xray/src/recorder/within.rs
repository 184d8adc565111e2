//! Which service an OpenTelemetry context belongs to, and whether anything is recorded in it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::{
    Context,
    trace::{TraceContextExt, TraceId},
};

use super::shared::{Recorder, Scoped};

/// The entry of a context that names its service.
pub(super) struct Within {
    pub(super) scoped: Arc<Scoped>,
    /// Whether it serves a request.
    pub(super) is_request: bool,
}

impl Within {
    /// Whether `context` is that of a request of the service.
    pub(super) fn serves(context: &Context, service: &Scoped) -> bool {
        let within = context.get::<Self>();
        within.is_some_and(|within| within.is_request && within.scoped.is_same_service(service))
    }

    /// Whether no other service runs in `context`, as far as is known.
    pub(super) fn may_run(context: &Context, service: &Scoped) -> bool {
        let within = context.get::<Self>();
        within.is_none_or(|within| within.scoped.is_same_service(service))
    }
}

impl Recorder {
    /// Whether other instrumentation serves a request in `context`; `trace_id` is the one in the request's headers.
    pub(crate) fn is_served_by_others(&self, context: &Context, trace_id: Option<TraceId>) -> bool {
        let span = context.span();
        let span = span.span_context();
        span.is_sampled()
            && !span.is_remote()
            && trace_id.is_none_or(|id| id == span.trace_id())
            && self.server_spans.contains(span.trace_id())
    }
}

/// Whether the process was started without tracing.
static IS_OFF: AtomicBool = AtomicBool::new(false);

/// From now on nothing begins outside of a trace, and OpenTelemetry is not asked for a global tracer, which costs a thousand
/// instructions.
pub(crate) fn turn_off() {
    IS_OFF.store(true, Ordering::Relaxed);
}

/// Whether this thread runs in a recorded request, or outside of any request in a process that may trace.
pub(crate) fn is_recording() -> bool {
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_sampled() || !(span.is_valid() || IS_OFF.load(Ordering::Relaxed))
    })
}
