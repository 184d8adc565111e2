//! The server layer: one segment for each request.

mod request;

use std::{
    fmt::Display,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use http::{HeaderName, HeaderValue, Request, Response};
use http_body::Body;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, Tracer},
};
use opentelemetry_sdk::trace::IdGenerator as _;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    ending::{Ending, TracedBody},
    propagation::{Incoming, ResponseHeaders},
    root,
    sampler::Decision,
    tracing::Inner,
};

/// Paths that are not traced unless [`ServerLayer::untraced`] says otherwise: what Kubernetes and
/// Prometheus ask every few seconds.
pub const UNTRACED: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// The request header that asks who decided whether the request is traced, with the value `sampling`; it is
/// looked at only where [`crate::Config::debug`] is set.
pub const X_RAY_DEBUG: HeaderName = HeaderName::from_static("x-ray-debug");
/// The response header with the answer.
pub const X_RAY_SAMPLING: HeaderName = HeaderName::from_static("x-ray-sampling");

/// A tower layer that makes a segment of each request. Made by [`crate::Tracing::server_layer`].
///
/// The segment begins when the request comes in and ends once: when the response's body has been sent, on
/// an error, or when the client hangs up (then with `client.disconnected` in its metadata). Responses carry
/// `X-Amzn-Trace-Id`, as AWS's SDKs answer it, and `traceresponse`.
#[derive(Debug, Clone)]
pub struct ServerLayer {
    tracing: Option<Arc<Inner>>,
    untraced: Arc<[String]>,
}

/// The service that [`ServerLayer`] makes.
#[derive(Debug, Clone)]
pub struct Server<S> {
    service: S,
    tracing: Option<Arc<Inner>>,
    untraced: Arc<[String]>,
}

pin_project! {
    /// The future of [`Server`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        response: F,
        exchange: Option<Exchange>,
    }
}

/// A request on its way through the service.
#[derive(Debug)]
struct Exchange {
    context: Context,
    ending: Ending,
    headers: ResponseHeaders,
    /// Who decided and why, if the request asks.
    why: Option<HeaderValue>,
}

impl ServerLayer {
    pub(crate) fn new(tracing: Option<Arc<Inner>>) -> Self {
        Self {
            tracing,
            untraced: UNTRACED.map(str::to_owned).into(),
        }
    }

    /// Replaces the paths that are not traced, [`UNTRACED`] by default. They are compared whole.
    #[must_use]
    pub fn untraced(mut self, paths: impl IntoIterator<Item: Into<String>>) -> Self {
        self.untraced = paths.into_iter().map(Into::into).collect();
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, service: S) -> Server<S> {
        Server {
            service,
            tracing: self.tracing.clone(),
            untraced: Arc::clone(&self.untraced),
        }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Server<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error: Display>,
    ResponseBody: Body<Error: Display>,
{
    type Response = Response<TracedBody<ResponseBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(task)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let is_traced = !self
            .untraced
            .iter()
            .any(|path| path == request.uri().path());
        let exchange = self
            .tracing
            .as_ref()
            .filter(|_| is_traced)
            .map(|tracing| Exchange::begin(tracing, &request));
        // The service may start spans before its future is polled for the first time.
        let guard = exchange
            .as_ref()
            .map(|exchange| exchange.context.clone().attach());
        let response = self.service.call(request);
        drop(guard);
        ResponseFuture { response, exchange }
    }
}

impl Exchange {
    /// Decides on the request and, if it is recorded, begins its segment.
    fn begin<B>(tracing: &Inner, request: &Request<B>) -> Self {
        let incoming = Incoming::read(request.headers());
        let trace_id = incoming
            .trace_id()
            .unwrap_or_else(|| tracing.ids.new_trace_id());
        let explain = tracing.debug && request::asks_why(request);
        let decision = tracing
            .sampler
            .decide(incoming.sampled, trace_id, request, explain);
        let why = decision.why.as_deref().map(request::header_value);
        let exchange = if decision.is_sampled {
            Self::recorded(tracing, request, &incoming, trace_id, &decision)
        } else {
            Self::unrecorded(tracing, &incoming, trace_id)
        };
        Self { why, ..exchange }
    }

    fn recorded<B>(
        tracing: &Inner,
        request: &Request<B>,
        incoming: &Incoming<'_>,
        trace_id: opentelemetry::TraceId,
        decision: &Decision,
    ) -> Self {
        let parent = match &incoming.parent {
            Some(parent) => Context::new().with_remote_span_context(parent.clone()),
            None => Context::new(),
        };
        let mut attributes = request::attributes(request);
        attributes.extend(decision.attribute());
        let builder = tracing
            .tracer
            .span_builder(request::span_name(request))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let span = root::with(trace_id, true, || {
            tracing.tracer.build_with_context(builder, &parent)
        });
        let context = incoming.forward(tracing.base.with_span(span));
        let headers = incoming.response(context.span().span_context());
        Self {
            ending: Ending::new(context.clone(), "client.disconnected"),
            context,
            headers,
            why: None,
        }
    }

    /// No span: a context that tells callees, log lines and the `tracing` layer that nothing is recorded.
    fn unrecorded(
        tracing: &Inner,
        incoming: &Incoming<'_>,
        trace_id: opentelemetry::TraceId,
    ) -> Self {
        let parent = incoming.parent.as_ref();
        let span_id = parent.map_or_else(|| tracing.ids.new_span_id(), SpanContext::span_id);
        let state = parent
            .map(|parent| parent.trace_state().clone())
            .unwrap_or_default();
        let span = SpanContext::new(trace_id, span_id, TraceFlags::default(), true, state);
        let headers = incoming.response(&span);
        let context = incoming.forward(Context::new().with_remote_span_context(span));
        Self {
            context,
            ending: Ending::none(),
            headers,
            why: None,
        }
    }

    /// Notes the response and hands the end of the segment to its body.
    fn respond<B: Body>(self, response: Response<B>) -> Response<TracedBody<B>> {
        let (mut head, body) = response.into_parts();
        self.headers.set(&mut head.headers);
        if let Some(why) = self.why {
            head.headers.insert(X_RAY_SAMPLING, why);
        }
        if let Some(context) = self.ending.context() {
            let status = head.status;
            context.span().set_attribute(KeyValue::new(
                "http.response.status_code",
                i64::from(status.as_u16()),
            ));
            if status.is_server_error() {
                context.span().set_status(Status::error(""));
            }
        }
        Response::from_parts(head, TracedBody::new(body, self.ending))
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display,
{
    type Output = Result<Response<TracedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = {
            // Not held across polls: the guard belongs to this thread, and another request may be next.
            let _guard = this
                .exchange
                .as_ref()
                .map(|exchange| exchange.context.clone().attach());
            ready!(this.response.poll(task))
        };
        let exchange = this.exchange.take();
        Poll::Ready(match (result, exchange) {
            (Ok(response), Some(exchange)) => Ok(exchange.respond(response)),
            (Ok(response), None) => Ok(response.map(|body| TracedBody::new(body, Ending::none()))),
            (Err(error), exchange) => {
                if let Some(mut exchange) = exchange {
                    exchange.ending.fail(&error);
                }
                Err(error)
            }
        })
    }
}
