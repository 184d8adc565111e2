//! One call from its beginning to its end, whichever end that is.

use std::time::SystemTime;

use aws_smithy_runtime_api::client::{
    interceptors::context::FinalizerInterceptorContextRef,
    orchestrator::{HttpRequest, Metadata},
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_types::region::Region;
use opentelemetry::{Context, Value, trace::TraceContextExt};
use xray::{AwsCall, Subsegment, Tracer};

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
    Open {
        context: Context,
        subsegment: Subsegment,
    },
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

    /// Opens its subsegment and notes what the request says, once.
    pub(crate) fn ask(&mut self, request: &HttpRequest, endpoint: Option<&str>) {
        if !matches!(self.state, State::Begun) {
            return;
        }
        let open = self.begun.open();
        if let State::Open {
            context,
            subsegment,
        } = &open
            && context.span().is_recording()
        {
            let operation = self.begun.operation.as_ref();
            let mut set = |key, value: Value| subsegment.set_attribute(key, value);
            self.is_answer_read = request::describe(request, endpoint, operation, &mut set);
        }
        self.state = open;
    }

    /// Returns the context that callees are told of.
    pub(crate) fn context(&self) -> &Context {
        match &self.state {
            State::Open { context, .. } => context,
            State::Begun | State::Over => &self.begun.around,
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
                None => self.state = self.begun.open(),
            }
        }
        let state = std::mem::replace(&mut self.state, State::Over);
        let State::Open {
            context,
            subsegment,
        } = state
        else {
            return;
        };
        if !context.span().is_recording() {
            return;
        }
        if let Some(attempts) = attempts.filter(|attempts| *attempts > 0) {
            subsegment.set_attribute("aws.retries", i64::from(attempts - 1));
        }
        if let Some(response) = outcome.response() {
            let mut set = |key, value: Value| subsegment.set_attribute(key, value);
            response::describe(response, self.is_answer_read, &mut set);
        }
        if let Some(Err(error)) = outcome.output_or_error() {
            failure::record(error, outcome.request().is_some(), &subsegment);
        }
        subsegment.end();
    }
}

impl Drop for Call {
    /// Nobody waits any more. What is open ends as cancelled; what never was opened is worth a subsegment as well.
    fn drop(&mut self) {
        if matches!(self.state, State::Begun) {
            self.state = self.begun.open();
        }
    }
}

impl Begun {
    /// Opens the subsegment, which began when the call did.
    fn open(&self) -> State {
        let operation = self.operation.as_ref();
        let call = AwsCall {
            service: operation.map_or("", Metadata::service),
            operation: operation.map_or("", Metadata::name),
            region: self.region.as_ref().map(Region::as_ref),
            ..AwsCall::default()
        };
        let span = self.tracer.begin_aws_call(&call, self.at, &self.around);
        let context = self.around.with_span(span);
        State::Open {
            subsegment: Subsegment::of(context.clone()),
            context,
        }
    }
}
