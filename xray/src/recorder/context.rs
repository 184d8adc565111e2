//! The contexts that a service makes: for requests, recorded or not, and for work without a request.

use std::sync::Arc;

use opentelemetry::{
    Context,
    trace::{SpanContext, TraceContextExt, TraceId},
};

use super::{span::Span, tracer::Tracer, within::Within};

/// A tracer, and the context entries by which it is found again. The entries are made once and shared.
#[derive(Debug, Clone)]
pub(crate) struct ServiceContext {
    pub(crate) tracer: Tracer,
    request: Context,
    job: Context,
}

impl ServiceContext {
    pub(crate) fn new(tracer: Tracer) -> Self {
        let context = |is_request| {
            let scoped = Arc::clone(tracer.scoped());
            Context::new().with_value(Within { scoped, is_request })
        };
        Self {
            request: context(true),
            job: context(false),
            tracer,
        }
    }

    /// Returns the context of a request that is recorded.
    pub(crate) fn of_request(&self, span: Span) -> Context {
        self.request.with_span(span)
    }

    /// Returns the context of a request that is not recorded.
    pub(crate) fn of_unrecorded_request(&self, span: SpanContext) -> Context {
        self.request.with_remote_span_context(span)
    }

    /// Returns the context of work that begins without a request.
    pub(crate) fn of_job(&self, span: Span) -> Context {
        self.job.with_span(span)
    }

    /// Returns the context of what begins without a request and is not recorded.
    pub(crate) fn of_unrecorded_job(&self, span: SpanContext) -> Context {
        self.job.with_remote_span_context(span)
    }

    /// Whether `context` is that of a request of this service already; `trace_id` is what a further layer
    /// around the same request has read in its headers.
    pub(crate) fn is_of_request(&self, context: &Context, trace_id: Option<TraceId>) -> bool {
        Within::serves(context, self.tracer.scoped())
            && trace_id.is_none_or(|id| id == context.span().span_context().trace_id())
    }
}
