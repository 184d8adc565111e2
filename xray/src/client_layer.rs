//! The client layer: one remote subsegment for each call of any client that is a tower service.

use std::{
    error::Error,
    fmt::Display,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use http::{Request, Response, header};
use http_body::Body;
use opentelemetry::{
    Context,
    trace::{SpanId, TraceContextExt},
};
use pin_project_lite::pin_project;
use segment::span::Http;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    call::Call,
    current::type_of,
    ending::TracedBody,
    grpc,
    recorder::{Tracer, is_recording},
    server::Authority,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// A tower layer that makes a subsegment of each call and passes the trace on. Made by
/// [`crate::Tracing::client_layer`], for any service that takes `http::Request`s: a channel of tonic, hyper-util's
/// client, a stack of layers.
///
/// A subsegment is named after the host that is called, or after a gRPC service. It ends when the response's body has been
/// read, has failed, or is dropped. If the call is dropped before there is a response, the subsegment has `cancelled` in its
/// metadata. A call without a response (refused, timed out) is a fault with the chain of errors as its exceptions. For gRPC,
/// `grpc-status`, in headers or trailers, decides on error, throttle and fault. The URL is recorded without its query.
///
/// Errors are boxed, as those of tower's own layers are, and otherwise unchanged.
/// <https://opentelemetry.io/docs/specs/semconv/rpc/grpc/>
///
/// ```
/// use http::{Request, Response};
/// use tower::{BoxError, Layer, ServiceExt, service_fn};
/// use xray::{Tracing, testing::Daemon};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("shop"))?;
///
/// // Stands for a channel of tonic or a client of hyper-util.
/// let client = service_fn(async |request: Request<String>| {
///     assert!(request.headers().contains_key("x-amzn-trace-id"));
///     Ok::<_, BoxError>(Response::new(String::from("3")))
/// });
/// let client = tracing.client_layer().layer(client);
///
/// let request = Request::get("http://stock/items/7").body(String::new())?;
/// tracing.segment("count", async { client.oneshot(request).await.map(drop) }).await.unwrap();
///
/// daemon.expect("shop
///                  stock (remote)");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ClientLayer {
    tracer: Option<Tracer>,
}

/// The service that [`ClientLayer`] makes. Its responses are those of the service within, with a [`TracedBody`].
#[derive(Debug, Clone)]
pub struct ClientService<S> {
    service: S,
    tracer: Option<Tracer>,
}

pin_project! {
    /// The future of [`ClientService`]. If it is dropped before it is ready, the call ends as `cancelled`.
    #[derive(Debug)]
    pub struct CallFuture<F> {
        #[pin]
        response: F,
        call: Option<Call>,
    }
}

impl ClientLayer {
    pub(crate) fn new(tracer: Option<Tracer>) -> Self {
        Self { tracer }
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, service: S) -> ClientService<S> {
        ClientService {
            service,
            tracer: self.tracer.clone(),
        }
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for ClientService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error: Into<BoxError>>,
    ResponseBody: Body<Error: Display>,
{
    type Response = Response<TracedBody<ResponseBody>>;
    type Error = BoxError;
    type Future = CallFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(task).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let tracer = self.tracer.as_ref();
        let call = tracer.and_then(|tracer| begin(tracer, &mut request));
        let response = self.service.call(request);
        CallFuture { response, call }
    }
}

impl<F, B, E> Future for CallFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Error: Display>,
    E: Into<BoxError>,
{
    type Output = Result<Response<TracedBody<B>>, BoxError>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.response.poll(task));
        let call = this.call.take();
        Poll::Ready(match result {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = match call {
                    Some(call) => call.respond(head.status, &head.headers, body),
                    None => TracedBody::untraced(body),
                };
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                let error = error.into();
                if let Some(call) = call {
                    call.fail(type_of::<E>(), &*error);
                }
                Err(error)
            }
        })
    }
}

/// In a request's extensions: its call is recorded, within this segment or subsegment. One that is passed on within another is
/// another call.
#[derive(Clone, PartialEq)]
struct RecordedWithin(SpanId);

/// Begins a call; `None` if a layer further out has done so already.
fn begin<B>(tracer: &Tracer, request: &mut Request<B>) -> Option<Call> {
    if !is_recording() {
        return Some(Call::unrecorded(request.headers_mut()));
    }
    let within = Context::map_current(|context| context.span().span_context().span_id());
    let within = RecordedWithin(within);
    if request.extensions().get() == Some(&within) {
        return None;
    }
    let path = Some(request.uri().path()).filter(|_| grpc::is_call(request));
    let name = match path {
        Some(path) => path.trim_start_matches('/'),
        None => request.method().as_str(),
    };
    let call = Call::begin(tracer, name, http(request), path);
    request.extensions_mut().insert(within);
    Some(call.pass_on(request.headers_mut()))
}

/// Returns what is recorded of a request: the URL without its query and credentials. A target without a host has it in
/// `Host`, or it is the connection's and not known here.
fn http<B>(request: &Request<B>) -> Http<&str> {
    let (method, uri) = (request.method().as_str(), request.uri());
    let host = || request.headers().get(header::HOST)?.to_str().ok();
    let authority = uri.authority().map(http::uri::Authority::as_str);
    let authority = authority.or_else(host);
    let Some(authority) = authority.and_then(Authority::parse) else {
        return Http {
            method,
            path: uri.path(),
            ..Http::default()
        };
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let default = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    Http {
        method,
        scheme,
        host: Some(authority.host),
        port: authority.port.or(default),
        path: uri.path(),
        ..Http::default()
    }
}
