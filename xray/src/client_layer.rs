//! The client layer: one remote subsegment for each call of any client that is a tower service.

use std::{
    any::type_name,
    error::Error,
    fmt::Display,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use http::{HeaderMap, Method, Request, Response, Uri, header};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    call::Call,
    ending::TracedBody,
    grpc,
    recorder::{Note, Said, Tracer},
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
#[derive(Debug, Clone)]
pub struct ClientLayer {
    tracer: Option<Tracer>,
}

/// The service that [`ClientLayer`] makes.
#[derive(Debug, Clone)]
pub struct ClientService<S> {
    service: S,
    tracer: Option<Tracer>,
}

pin_project! {
    /// The future of [`ClientService`].
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
        let call = tracer.map(|tracer| begin(tracer, &mut request));
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
                    call.fail(type_name::<E>(), &*error);
                }
                Err(error)
            }
        })
    }
}

fn begin<B>(tracer: &Tracer, request: &mut Request<B>) -> Call {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers_mut();
    let is_grpc = grpc::is_call(headers);
    let name = if is_grpc {
        uri.path().trim_start_matches('/')
    } else {
        method.as_str()
    };
    let mut call = Call::begin(tracer, name, headers, |headers, note| {
        describe(&method, &uri, headers, note);
        if is_grpc {
            grpc::describe(uri.path(), note);
        }
    });
    if is_grpc {
        call.heed_grpc();
    }
    call
}

/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client>; the URL without its query and
/// credentials. A target without a host has it in `Host`, or it is the connection's and not known here.
fn describe(method: &Method, uri: &Uri, headers: &HeaderMap, note: &mut Note<'_>) {
    note("http.request.method", Said::Text(method.as_str()));
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = uri.authority().map(http::uri::Authority::as_str).or(host);
    let Some(authority) = authority.and_then(Authority::parse) else {
        note("url.path", Said::Text(uri.path()));
        return;
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    note("server.address", Said::Text(authority.host));
    let default = match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    };
    if let Some(port) = authority.port.or(default) {
        note("server.port", Said::Integer(port.into()));
    }
    let url = format!("{scheme}://{}{}", authority.text, uri.path());
    note("url.full", Said::Text(&url));
}
