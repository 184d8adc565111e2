//! One call from its beginning to its end, whichever end that is.

use std::time::SystemTime;

use aws_smithy_runtime_api::client::{
    interceptors::context::FinalizerInterceptorContextRef,
    orchestrator::{HttpRequest, Metadata},
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_types::region::Region;
use opentelemetry::{
    Context,
    trace::{Span as _, TraceContextExt},
};
use xray::{AttributeValue, AwsCall, Span, Subsegment, Tracer};

use crate::{failure, request, response};

/// A call that is not over. It is kept in the SDK's bag, with which it is dropped when nobody waits for the call.
#[derive(Debug)]
pub(crate) struct Call {
    begun: Begun,
    state: State,
    /// Whether the answer says more of what was asked than that it came.
    is_answer_read: bool,
}

/// What is known when the call begins.
#[derive(Debug)]
struct Begun {
    tracer: Tracer,
    around: Context,
    at: SystemTime,
    operation: Option<Metadata>,
    region: Option<Region>,
}

#[derive(Debug)]
enum State {
    /// Nothing is recorded yet: a request that is only presigned is to leave nothing.
    Begun,
    /// The span is in no context, because nothing runs within it that could look for it there.
    Open(Span),
    Over,
}

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

impl Call {
    pub(crate) fn begin(
        tracer: Tracer,
        operation: Option<&Metadata>,
        region: Option<&Region>,
    ) -> Self {
        Self {
            begun: Begun {
                tracer,
                around: Context::current(),
                at: SystemTime::now(),
                operation: operation.cloned(),
                region: region.cloned(),
            },
            state: State::Begun,
            is_answer_read: false,
        }
    }

    /// Leaves nothing of it.
    pub(crate) fn forget(&mut self) {
        self.state = State::Over;
    }

    /// Whether [`Call::ask`] looks at the endpoint.
    pub(crate) fn needs_endpoint(&self) -> bool {
        let operation = self.begun.operation.as_ref();
        operation.is_some_and(request::needs_endpoint) && matches!(self.state, State::Begun)
    }

    /// Opens its subsegment and notes what the request says, once.
    pub(crate) fn ask(&mut self, request: &HttpRequest, endpoint: Option<&str>) {
        if !matches!(self.state, State::Begun) {
            return;
        }
        let mut span = self.begun.open();
        if span.is_recording() {
            let operation = self.begun.operation.as_ref();
            let mut set = |key, value: AttributeValue<'_>| span.note(key, value);
            self.is_answer_read = request::describe(request, endpoint, operation, &mut set);
        }
        self.state = State::Open(span);
    }

    /// Returns the header that the callee is told of the call by.
    pub(crate) fn header(&self) -> Option<String> {
        let around = &self.begun.around;
        match &self.state {
            State::Open(span) => xray::trace_header_of(span.span_context(), around),
            State::Begun | State::Over => None,
        }
    }

    /// Ends it with its answer, or with why there is none.
    pub(crate) fn end(
        &mut self,
        outcome: &FinalizerInterceptorContextRef<'_>,
        attempts: Option<u32>,
    ) {
        if matches!(self.state, State::Begun) {
            match outcome.request() {
                // It failed before it was sent.
                Some(request) => self.ask(request, None),
                None => self.state = State::Open(self.begun.open()),
            }
        }
        let State::Open(mut span) = std::mem::replace(&mut self.state, State::Over) else {
            return;
        };
        if !span.is_recording() {
            return;
        }
        if let Some(attempts) = attempts.filter(|attempts| *attempts > 0) {
            span.note(
                "aws.retries",
                AttributeValue::Integer(i64::from(attempts - 1)),
            );
        }
        if let Some(response) = outcome.response() {
            let mut set = |key, value: AttributeValue<'_>| span.note(key, value);
            let operation = self.begun.operation.as_ref();
            response::describe(response, operation, self.is_answer_read, &mut set);
        }
        if let Some(Err(error)) = outcome.output_or_error()
            && !response::is_unchanged(outcome.response())
        {
            let subsegment = self.begun.subsegment(span);
            let status = outcome
                .response()
                .map(|response| response.status().as_u16());
            failure::record(error, outcome.request().is_some(), status, &subsegment);
            subsegment.end();
        } else {
            span.end();
        }
    }
}

impl Drop for Call {
    /// Nobody waits any more. What is open ends as cancelled; what never was opened is worth a subsegment as well.
    fn drop(&mut self) {
        let span = match std::mem::replace(&mut self.state, State::Over) {
            State::Begun => self.begun.open(),
            State::Open(span) => span,
            State::Over => return,
        };
        drop(self.begun.subsegment(span));
    }
}

impl Begun {
    /// Opens the span, which began when the call did.
    fn open(&self) -> Span {
        let operation = self.operation.as_ref();
        let call = AwsCall {
            service: operation.map_or("", Metadata::service),
            operation: operation.map_or("", Metadata::name),
            region: self.region.as_ref().map(Region::as_ref),
            ..AwsCall::default()
        };
        self.tracer.begin_aws_call(&call, self.at, &self.around)
    }

    /// Makes a subsegment of the span, which can fail and be cancelled.
    fn subsegment(&self, span: Span) -> Subsegment {
        Subsegment::of(self.around.with_span(span))
    }
}
