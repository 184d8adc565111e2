//! A call of another service over HTTP: its subsegment, from the request until the end of the response.

use std::error::Error;

use http::{HeaderMap, StatusCode};
use http_body::Body;
use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanKind, Status, TraceContextExt, Tracer as _},
};

use crate::{
    current::record,
    ending::{CANCELLED, Ending, TracedBody},
    grpc::{self, Side},
    propagation::inject,
    recorder::{Note, Tracer, is_recording},
};

/// A call on its way. One that is dropped before there is a response says `cancelled`.
#[derive(Debug)]
pub(crate) struct Call {
    ending: Ending,
    is_grpc: bool,
}

impl Call {
    /// Begins the subsegment, unless the current trace is not recorded, and passes the trace on in `headers`.
    pub(crate) fn begin(
        tracer: &Tracer,
        name: &str,
        headers: &mut HeaderMap,
        describe: impl FnOnce(&HeaderMap, &mut Note<'_>),
    ) -> Self {
        if !is_recording() {
            Context::map_current(|context| inject(context, headers));
            return Self::unrecorded();
        }
        let current = Context::current();
        let span = if current.has_active_span() {
            let mut span = tracer.begin_now(name, &SpanKind::Client, &current);
            describe(headers, &mut |key, value| span.push(key, value));
            span
        } else {
            // Outside of a segment the sampler decides, by what the call is.
            let mut attributes = Vec::new();
            describe(headers, &mut |key, value| {
                attributes.push(KeyValue::new(key, value));
            });
            let builder = tracer.span_builder(name.to_owned());
            let builder = builder
                .with_kind(SpanKind::Client)
                .with_attributes(attributes);
            tracer.build_with_context(builder, &current)
        };
        let is_recorded = span.is_recording();
        let context = current.with_span(span);
        inject(&context, headers);
        if !is_recorded {
            return Self::unrecorded();
        }
        Self {
            ending: Ending::new(context, CANCELLED),
            is_grpc: false,
        }
    }

    fn unrecorded() -> Self {
        Self {
            ending: Ending::none(),
            is_grpc: false,
        }
    }

    /// From now on it is gRPC's status that says how the call went.
    pub(crate) fn heed_grpc(&mut self) {
        self.is_grpc = self.ending.context().is_some();
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
        self.ending.tolerate_abandonment();
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
