//! A call of another service over HTTP: its subsegment, from the request until the end of the response.

use std::error::Error;

use http::{HeaderMap, StatusCode};
use http_body::Body;
use opentelemetry::{
    Context,
    trace::{Span as _, Status, TraceContextExt},
};
use segment::span::{Details, Http};

use crate::{
    ending::{CANCELLED, Ending, TracedBody},
    grpc::{self, Side},
    propagation::{inject, inject_of},
    recorder::{AttributeValue, Span, Tracer, now},
};

/// A call on its way. One that is dropped before there is a response says `cancelled`.
#[derive(Debug)]
pub(crate) struct Call {
    ending: Ending,
    is_grpc: bool,
}

/// A call of which the callee is still to be told.
#[must_use]
pub(crate) struct Begun {
    span: Span,
    is_grpc: bool,
}

impl Begun {
    /// Passes the trace on in the request's headers.
    pub(crate) fn pass_on(self, headers: &mut HeaderMap) -> Call {
        let Self { span, is_grpc } = self;
        Context::map_current(|current| inject_of(span.span_context(), current, headers));
        // Outside of a segment the sampler has decided.
        let is_recorded = span.is_recording();
        let ending = match is_recorded {
            false => Ending::none(),
            // How it went is noted by its context.
            true if is_grpc => Ending::new(Context::current_with_span(span), CANCELLED),
            true => Ending::alone(span, CANCELLED),
        };
        let is_grpc = is_recorded && is_grpc;
        Call { ending, is_grpc }
    }
}

impl Call {
    /// Begins the subsegment; `grpc` is the path of a call of gRPC's, whose status says how it went.
    pub(crate) fn begin(
        tracer: &Tracer,
        name: &str,
        http: Http<&str>,
        grpc: Option<&str>,
    ) -> Begun {
        let details = Details::Http(http);
        let mut span =
            Context::map_current(|current| tracer.begin_call(name, &details, now(), current));
        if let Some(path) = grpc {
            grpc::describe(path, |key, value| span.push(key, value));
        }
        let is_grpc = grpc.is_some();
        Begun { span, is_grpc }
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
        self.ending.is_open()
    }

    /// Notes that another URL than the subsegment's has answered.
    pub(crate) fn redirected(&mut self, url: &str) {
        self.ending
            .set_attribute("redirected_to", AttributeValue::Text(url));
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
        if !self.is_recorded() {
            return TracedBody::untraced(body);
        }
        let code = AttributeValue::Integer(status.as_u16().into());
        self.ending.set_attribute("http.response.status_code", code);
        if status.is_client_error() || status.is_server_error() {
            self.ending.set_status(Status::error(""));
        }
        if let Some(context) = self.ending.context().filter(|_| self.is_grpc) {
            grpc::note_status(context, headers, Side::Client);
        }
        let body = TracedBody::new(body, headers, self.ending);
        if self.is_grpc {
            body.of_grpc(Side::Client, headers)
        } else {
            body
        }
    }

    /// Records why there is no response: an error of the type `kind`, and what caused it.
    pub(crate) fn fail(mut self, kind: &'static str, error: &(dyn Error + 'static)) {
        self.ending.fail_as(kind, error.to_string(), error.source());
    }
}
