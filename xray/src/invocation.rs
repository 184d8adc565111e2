//! Work within a segment that somebody else writes: Lambda writes the segment of each invocation of a function.

use std::sync::Arc;

use opentelemetry::{
    Context, TraceId,
    trace::{SpanContext, SpanId},
};
use segment::{mapping::SAMPLING_RULE_NAME, span::SpanKind};

use crate::{
    ids,
    propagation::Incoming,
    recorder::{Beginning, Recorder, Said, ServiceContext, now, passed_on},
    sampler::SpanSubject,
    subsegment::Subsegment,
};

/// An invocation of a function: what runs in its [`Invocation::context`] belongs to it. Made by
/// [`crate::Tracing::invocation`].
///
/// It ends when it is dropped, at the latest, then with `cancelled` in its metadata.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Invocation {
    context: Context,
    subsegment: Subsegment,
}

impl Invocation {
    /// An invocation of which nothing is recorded, in the current context.
    pub(crate) fn untraced() -> Self {
        Self::in_context(Context::current())
    }

    /// Begins an invocation; what `header` does not say is decided as for a request.
    pub(crate) fn begin(
        service: &ServiceContext,
        recorder: &Arc<Recorder>,
        header: &str,
        name: &str,
    ) -> Self {
        let incoming = Incoming::parse(header);
        let parent = incoming.parent.as_ref().map(within);
        let trace_id = incoming.trace_id().unwrap_or_else(ids::new_trace_id);
        let subject = SpanSubject(&[]);
        let decision = recorder
            .sampler
            .decide(incoming.sampled, trace_id, &subject, false);
        if !decision.is_sampled {
            let span = unrecorded(trace_id, parent.as_ref());
            return Self::in_context(incoming.forward(service.of_unrecorded_request(span)));
        }
        let beginning = Beginning {
            trace_id,
            parent: parent.as_ref(),
            kind: SpanKind::Internal,
            at: now(),
        };
        let mut span = service.tracer.record([name, "", ""], &beginning);
        if let Some(rule) = &decision.rule {
            span.push(SAMPLING_RULE_NAME, Said::Text(rule));
        }
        let context = incoming.forward(service.of_request(span));
        Self {
            subsegment: Subsegment::of(context.clone()),
            context,
        }
    }

    fn in_context(context: Context) -> Self {
        Self {
            subsegment: Subsegment::none(),
            context,
        }
    }

    /// Returns the context of what belongs to it, which is to be attached while that runs, whether it is recorded or
    /// not.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Returns what is recorded of it: nothing that is done with it has an effect if the caller's header says
    /// `Sampled=0`.
    pub fn subsegment(&self) -> &Subsegment {
        &self.subsegment
    }

    /// Ends it; whether there is something to send.
    pub fn end(self) -> bool {
        let is_recorded = self.subsegment.context().is_some();
        self.subsegment.end();
        is_recorded
    }
}

/// The segment of which the header tells, as one that what begins is a part of.
fn within(caller: &SpanContext) -> SpanContext {
    let (flags, state) = passed_on(Some(caller));
    SpanContext::new(caller.trace_id(), caller.span_id(), flags, false, state)
}

fn unrecorded(trace_id: TraceId, parent: Option<&SpanContext>) -> SpanContext {
    let span_id: SpanId = parent.map_or_else(ids::new_span_id, SpanContext::span_id);
    let (flags, state) = passed_on(parent);
    SpanContext::new(trace_id, span_id, flags.with_sampled(false), true, state)
}
