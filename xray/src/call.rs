//! A call of another service over HTTP: its subsegment, from the request until the end of the response.

use std::error::Error;

use http::{HeaderMap, StatusCode};
use http_body::Body;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, Status, TraceContextExt},
};
use segment::span::{Details, Http};

use crate::{
    current::record,
    ending::{CANCELLED, Ending, TracedBody},
    grpc::{self, Side},
    propagation::inject,
    recorder::{Tracer, now},
};

/// A call on its way. One that is dropped before there is a response says `cancelled`.
#[derive(Debug)]
pub(crate) struct Call {
    ending: Ending,
    is_grpc: bool,
}

impl Call {
    /// Begins the subsegment; `grpc` is the path of a call of gRPC's, whose status says how it went. Returns it with the
    /// context that the callee is to be told of.
    pub(crate) fn begin(
        tracer: &Tracer,
        name: &str,
        http: Http<&str>,
        grpc: Option<&str>,
    ) -> (Self, Context) {
        let current = Context::current();
        let mut span = tracer.begin_call(name, &Details::Http(http), now(), &current);
        if let Some(path) = grpc {
            grpc::describe(path, |key, value| span.push(key, value));
        }
        // Outside of a segment the sampler has decided.
        let is_recorded = span.is_recording();
        let context = current.with_span(span);
        let ending = if is_recorded {
            Ending::new(context.clone(), CANCELLED)
        } else {
            Ending::none()
        };
        let is_grpc = is_recorded && grpc.is_some();
        (Self { ending, is_grpc }, context)
    }

    /// A call within a trace that is not recorded. Passes the trace on in `headers`.
    pub(crate) fn unrecorded(headers: &mut HeaderMap) -> Self {
        Context::map_current(|context| inject(context, headers));
        Self {
            ending: Ending::none(),
            is_grpc: false,
        }
    }

    /// Whether there is a subsegment.
    pub(crate) fn is_recorded(&self) -> bool {
        self.ending.context().is_some()
    }

    /// Notes the response, and hands the end of the subsegment to its body.
    pub(crate) fn respond<B: Body>(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        body: B,
    ) -> TracedBody<B> {
        // Who has seen the status may not want the body.
        self.ending.allow_drop();
        let Some(context) = self.ending.context() else {
            return TracedBody::untraced(body);
        };
        let code = KeyValue::new("http.response.status_code", i64::from(status.as_u16()));
        context.span().set_attribute(code);
        if status.is_client_error() || status.is_server_error() {
            context.span().set_status(Status::error(""));
        }
        if self.is_grpc {
            grpc::note_status(context, headers, Side::Client);
        }
        let body = TracedBody::new(body, headers, self.ending);
        if self.is_grpc {
            body.of_grpc(Side::Client)
        } else {
            body
        }
    }

    /// Records why there is no response: an error of the type `kind`, and what caused it.
    pub(crate) fn fail(mut self, kind: &'static str, error: &(dyn Error + 'static)) {
        if let Some(context) = self.ending.context() {
            record(&context.span(), kind, error.to_string(), error.source());
        }
        self.ending.fail(&error);
    }
}
