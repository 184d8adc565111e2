//! The layer and the service that it makes.

use std::task::{Context as TaskContext, Poll};

use http::{HeaderMap, Request, Response, Uri, header};
use lambda_runtime::{Diagnostic, LambdaEvent};
use opentelemetry::Value;
use tower_layer::Layer;
use tower_service::Service;
use xray::{Subsegment, Tracing};

use crate::future::{ResponseFuture, Running};

const TRACE_HEADER: &str = "x-amzn-trace-id";
/// What the subsegment is called: Lambda's own segments bear the function's name.
const NAME: &str = "handler";

/// Makes the layer for a function's handler.
///
/// What it is put around is what `lambda_runtime::run` or `lambda_http::run` is given:
///
/// ```
/// use lambda_runtime::{Context, Error, LambdaEvent, service_fn, tower::Layer};
/// # use tower::ServiceExt;
/// use xray::{Tracing, testing::Daemon};
///
/// async fn handler(event: LambdaEvent<u32>) -> Result<u32, Error> {
///     Ok(event.payload + 1)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("orders"))?;
/// let service = xray_lambda::layer(&tracing).layer(service_fn(handler));
///
/// // In a function: lambda_runtime::run(service).await
/// let mut context = Context::default();
/// context.xray_trace_id = Some("Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1".into());
/// assert_eq!(service.oneshot(LambdaEvent::new(6, context)).await.unwrap(), 7);
///
/// // Lambda writes the segment to which it belongs.
/// daemon.expect("handler (orphan)");
/// # Ok(()) }
/// ```
pub fn layer(tracing: &Tracing) -> LambdaLayer {
    LambdaLayer {
        tracing: tracing.clone(),
    }
}

/// A tower layer by which each invocation is a subsegment in the segment that Lambda writes. Made by [`layer`].
#[derive(Debug, Clone)]
pub struct LambdaLayer {
    tracing: Tracing,
}

/// The service that [`LambdaLayer`] makes, of events as `lambda_runtime` hands them over and of requests as
/// `lambda_http` does.
///
/// Its error is what Lambda reports, a type and a message, which is also the exception in the trace. Its answer is that of
/// the handler, given once the documents are sent, or after [`crate::FLUSH_TIMEOUT`].
#[derive(Debug, Clone)]
pub struct Lambda<S> {
    service: S,
    tracing: Tracing,
}

impl<S> Layer<S> for LambdaLayer {
    type Service = Lambda<S>;

    fn layer(&self, service: S) -> Lambda<S> {
        Lambda {
            service,
            tracing: self.tracing.clone(),
        }
    }
}

impl<S, Payload> Service<LambdaEvent<Payload>> for Lambda<S>
where
    S: Service<LambdaEvent<Payload>, Error: Into<Diagnostic>>,
{
    type Response = S::Response;
    type Error = Diagnostic;
    type Future = ResponseFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Diagnostic>> {
        self.service.poll_ready(task).map_err(Into::into)
    }

    fn call(&mut self, event: LambdaEvent<Payload>) -> Self::Future {
        let context = &event.context;
        let header = context.xray_trace_id.as_deref().unwrap_or_default();
        let invocation = self.tracing.invocation(NAME, header);
        let attributes = [
            ("faas.invocation_id", &context.request_id),
            ("cloud.resource_id", &context.invoked_function_arn),
        ];
        for (key, value) in attributes
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            invocation.set_attribute(key, value.clone());
        }
        self.begin(invocation, |service| service.call(event), |_, _| {})
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Lambda<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error: Into<Diagnostic>>,
{
    type Response = S::Response;
    type Error = Diagnostic;
    type Future = ResponseFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), Diagnostic>> {
        self.service.poll_ready(task).map_err(Into::into)
    }

    /// `lambda_http` puts what Lambda says of its segment into the request's header, over what the caller sent.
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let header = request.headers().get(TRACE_HEADER);
        let header = header.and_then(|header| header.to_str().ok());
        let invocation = self.tracing.invocation(NAME, header.unwrap_or_default());
        invocation.set_attribute("http.request.method", request.method().to_string());
        invocation.set_attribute("url.full", url(request.uri(), request.headers()));
        self.begin(invocation, |service| service.call(request), status)
    }
}

impl<S> Lambda<S> {
    fn begin<F, T>(
        &mut self,
        invocation: Subsegment,
        call: impl FnOnce(&mut S) -> F,
        describe: fn(&T, &Subsegment),
    ) -> ResponseFuture<F, T> {
        let running = Running::new(invocation, self.tracing.clone());
        // The service may start spans before its future is polled for the first time.
        ResponseFuture::new(running, || call(&mut self.service), describe)
    }
}

fn status<B>(response: &Response<B>, subsegment: &Subsegment) {
    let status = response.status();
    let code: Value = i64::from(status.as_u16()).into();
    subsegment.set_attribute("http.response.status_code", code);
    if status.is_server_error() {
        subsegment.fail("");
    }
}

/// The URL without its query, in which secrets are.
fn url(uri: &Uri, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(host);
    let scheme = uri.scheme_str().unwrap_or("https");
    format!("{scheme}://{}{}", host.unwrap_or_default(), uri.path())
}
