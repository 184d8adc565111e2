//! The server layer: one segment for each request.

mod authority;
mod forwarded;
mod request;

use std::{
    fmt::Display,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use opentelemetry::{
    Context, KeyValue, TraceId,
    trace::{SpanContext, Status, TraceContextExt},
};
use pin_project_lite::pin_project;
use segment::{
    mapping::SAMPLING_RULE_NAME,
    span::{Details, SpanKind},
};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    ending::{Ending, TracedBody, watch},
    grpc::{self, Side},
    ids,
    propagation::{Answer, Incoming},
    recorder::{AttributeValue, Beginning, Recorder, ServiceContext, now, passed_on},
    sampler::Decision,
};

use request::Received;

pub(crate) use authority::Authority;
pub use request::X_RAY_DEBUG;

/// The paths that are not traced by default, because Kubernetes and Prometheus request them every few seconds; see
/// [`ServerLayer::untraced`].
pub const UNTRACED: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// The response header with the answer to [`X_RAY_DEBUG`]: the decision (`sampled` or `dropped`), who made it (`parent`,
/// `sampler`, `rule` or `fallback`) and, for a rule, its name, what is used of its reservoir in this second, and its rate:
/// `decision=dropped; by=rule; rule="checkout"; reservoir=2/2; rate=0.05; through=nothing`.
pub const X_RAY_SAMPLING: HeaderName = HeaderName::from_static("x-ray-sampling");

/// A tower layer that records each request as a segment. Made by [`crate::Tracing::server_layer`].
///
/// The segment begins when the request arrives and ends when the response's body has been sent, on an error, when
/// the client hangs up (then with `client.disconnected` in its metadata), or when the deadline of a gRPC call is over.
/// Client, scheme, host and port are taken from `Forwarded` or `X-Forwarded-*` if present; any caller can set these headers. Responses have the headers
/// `X-Amzn-Trace-Id`, in the form of AWS's SDKs, and `traceresponse`.
///
/// A response with a status of 4xx is an error, 429 a throttle too, 5xx a fault; so is a panic, which is passed on.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-errors>
///
/// ```
/// use axum::{Router, body::{Body, to_bytes}, http::Request, routing::get};
/// use tower::ServiceExt;
/// use xray::{Tracing, testing::Daemon};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("shop"))?;
/// let app = Router::new()
///     .route("/items/{id}", get(|| async { "3" }))
///     .layer(tracing.server_layer());
///
/// let answer = app.oneshot(Request::get("http://shop.example/items/7").body(Body::empty())?).await?;
/// assert!(answer.headers()["x-amzn-trace-id"].to_str()?.starts_with("Root=1-"));
/// assert_eq!(to_bytes(answer.into_body(), 10).await?, "3");
///
/// daemon.expect("shop");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ServerLayer {
    tracing: Option<Arc<Traced>>,
    untraced: Arc<[String]>,
}

/// The service that [`ServerLayer`] makes. Its responses are those of the service within, with a
/// [`crate::TracedBody`]; its errors are unchanged.
#[derive(Debug, Clone)]
pub struct Server<S> {
    service: S,
    tracing: Option<Arc<Traced>>,
    untraced: Arc<[String]>,
}

pin_project! {
    /// The future of [`Server`].
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        response: F,
        active: Option<ActiveRequest>,
    }
}

/// How the requests of a service are traced. Shared: a router clones the service for each request.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) service: ServiceContext,
    pub(crate) recorder: Arc<Recorder>,
    /// Whether requests may ask why they are sampled.
    pub(crate) debug: bool,
}

/// A request on its way through the service.
#[derive(Debug)]
struct ActiveRequest {
    context: Context,
    ending: Ending,
    /// The method of a request that is recorded.
    method: Option<Method>,
    /// Whether it is a call of gRPC's that is recorded.
    is_grpc: bool,
    answer: Answer,
    /// Who decided and why, if the request asks.
    why: Option<HeaderValue>,
}

impl ServerLayer {
    pub(crate) fn new(tracing: Option<Traced>) -> Self {
        Self {
            tracing: tracing.map(Arc::new),
            untraced: UNTRACED.map(str::to_owned).into(),
        }
    }

    /// Replaces the paths that are not traced; the default is [`UNTRACED`]. Paths must match exactly. A request to one of
    /// them gets no trace header in its response, and nothing in it is recorded.
    ///
    /// ```
    /// use xray::{Tracing, server::UNTRACED, testing::Daemon};
    ///
    /// # let tracing = Tracing::new(&Daemon::start()?.config("shop"))?;
    /// let layer = tracing.server_layer().untraced(UNTRACED.into_iter().chain(["/favicon.ico"]));
    /// # std::io::Result::Ok(())
    /// ```
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
        let tracing = self.tracing.as_ref().filter(|_| is_traced);
        let active = tracing.and_then(|tracing| ActiveRequest::begin(tracing, &request));
        // The service may start spans before its future is polled for the first time.
        let guard = active
            .as_ref()
            .map(|active| active.context.clone().attach());
        let response = self.service.call(request);
        drop(guard);
        ResponseFuture { response, active }
    }
}

impl ActiveRequest {
    /// Decides on the request and, if it is recorded, begins its segment. `None` if an outer layer of this kind has
    /// done so already.
    fn begin<B>(tracing: &Traced, request: &Request<B>) -> Option<Self> {
        let received = Received::new(request);
        let incoming = received.incoming();
        let trace_id = incoming.trace_id();
        let current = Context::current();
        if current.has_active_span() {
            if tracing.service.is_of_request(&current, trace_id) {
                return None;
            }
            if tracing.recorder.is_served_by_others(&current, trace_id) {
                return Some(Self::joined(current, &incoming));
            }
        }
        let trace_id = trace_id.unwrap_or_else(ids::new_trace_id);
        let explain = tracing.debug && received.asks_why();
        let sampler = &tracing.recorder.sampler;
        let decision = sampler.decide(incoming.sampled, trace_id, &received, explain);
        let mut active = if decision.is_sampled {
            Self::recorded(tracing, &received, &incoming, trace_id, &decision)
        } else {
            Self::unrecorded(tracing, &incoming, trace_id)
        };
        active.why = decision.why.as_deref().map(request::header_value);
        Some(active)
    }

    /// Other instrumentation has begun the segment of this request, so only the headers are set here.
    fn joined(current: Context, incoming: &Incoming<'_>) -> Self {
        Self {
            context: incoming.forward(current),
            ending: Ending::none(),
            method: None,
            is_grpc: false,
            answer: incoming.answer(),
            why: None,
        }
    }

    fn recorded<B>(
        tracing: &Traced,
        received: &Received<'_, B>,
        incoming: &Incoming<'_>,
        trace_id: TraceId,
        decision: &Decision,
    ) -> Self {
        let mut span = tracing.service.tracer.record(
            received.span_name(),
            &Beginning {
                trace_id,
                parent: incoming.parent.as_ref(),
                kind: SpanKind::Server,
                at: now(),
            },
        );
        received.describe(|description| {
            span.set_details(&Details::Http(description.http));
            for (key, text) in description.others() {
                span.push(key, AttributeValue::Text(text));
            }
        });
        let request = received.request;
        let is_grpc = grpc::is_call(request);
        if is_grpc {
            grpc::describe(request.uri().path(), |key, value| span.push(key, value));
        }
        if let Some(rule) = &decision.rule {
            span.push(SAMPLING_RULE_NAME, AttributeValue::Text(rule));
        }
        let context = incoming.forward(tracing.service.of_request(span));
        let mut ending = Ending::new(context.clone(), "client.disconnected");
        if is_grpc {
            ending.set_deadline(grpc::deadline(request.headers()));
        }
        Self {
            ending,
            context,
            method: Some(request.method().clone()),
            is_grpc,
            answer: incoming.answer(),
            why: None,
        }
    }

    /// Makes a context without a span, which tells called services, log lines and the `tracing` layer that nothing is
    /// recorded.
    fn unrecorded(tracing: &Traced, incoming: &Incoming<'_>, trace_id: TraceId) -> Self {
        let parent = incoming.parent.as_ref();
        let span_id = parent.map_or_else(ids::new_span_id, SpanContext::span_id);
        let (flags, state) = passed_on(parent);
        let span = SpanContext::new(trace_id, span_id, flags.with_sampled(false), true, state);
        let context = incoming.forward(tracing.service.of_unrecorded_request(span));
        Self {
            context,
            ending: Ending::none(),
            method: None,
            is_grpc: false,
            answer: incoming.answer(),
            why: None,
        }
    }

    /// Records the response and lets its body end the segment.
    fn respond<B: Body>(mut self, response: Response<B>) -> Response<TracedBody<B>> {
        let (mut head, body) = response.into_parts();
        let span = self.context.span();
        self.answer.set(span.span_context(), &mut head.headers);
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
            if self.is_grpc {
                grpc::note_status(context, &head.headers, Side::Server);
            }
        }
        if self
            .method
            .is_some_and(|method| !has_body(&method, head.status))
        {
            self.ending.complete_on_drop(0);
        }
        let body = TracedBody::new(body, &head.headers, self.ending).within(self.context);
        let body = if self.is_grpc {
            body.of_grpc(Side::Server, &head.headers)
        } else {
            body
        };
        Response::from_parts(head, body)
    }
}

/// Whether the body of a response is sent. <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
fn has_body(method: &Method, status: StatusCode) -> bool {
    let is_bodyless = status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let is_tunnel = method == Method::CONNECT && status.is_success();
    !(is_bodyless || is_tunnel || method == Method::HEAD)
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
        let result = if let Some(active) = this.active {
            // Not held across polls: the guard belongs to this thread, and another request may be next.
            let _guard = active.context.clone().attach();
            ready!(watch(&mut active.ending, || this.response.poll(task)))
        } else {
            ready!(this.response.poll(task))
        };
        let active = this.active.take();
        Poll::Ready(match (result, active) {
            (Ok(response), Some(active)) => Ok(active.respond(response)),
            (Ok(response), None) => Ok(response.map(TracedBody::untraced)),
            (Err(error), active) => {
                if let Some(mut active) = active {
                    active.ending.fail(&error);
                }
                Err(error)
            }
        })
    }
}
