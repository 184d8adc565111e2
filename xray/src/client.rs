//! The client: one remote subsegment for each call.

mod request;

use std::error::Error;

use http::Response as HttpResponse;
use reqwest::{Body, IntoUrl, Method, Request, Response, ResponseBuilderExt, Url};
use segment::span::Http;

pub use request::RequestBuilder;

use crate::{
    call::Call,
    recorder::{Tracer, is_recording},
};

/// A `reqwest` client that records each call as a subsegment. Made by [`crate::Tracing::client`]; cheap to clone.
///
/// You use it as reqwest's own client. A subsegment is named after the host that is called and ends when the response's body
/// has been read, has failed, or is dropped. One that is dropped before there is a response has `cancelled` in its
/// metadata. A call that gets no response (refused, timed out) is a fault with the chain of errors as its exception.
///
/// The URL is recorded without its query, user and password. The conventions that decide what else is recorded are
/// OpenTelemetry's: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client>
///
/// ```
/// use xray::{Tracing, reqwest, testing::Daemon};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let stock = format!("http://{}", listener.local_addr()?);
/// # let router = axum::Router::new().route("/orders", axum::routing::post(|| async { "7" }));
/// # tokio::spawn(async { axum::serve(listener, router).await });
/// let daemon = Daemon::start()?;
/// let tracing = Tracing::new(&daemon.config("shop"))?;
/// let client = tracing.client(reqwest::Client::new());
///
/// // In a handler there is a segment already.
/// let order = client.post(format!("{stock}/orders")).json(&["apple"]).send();
/// let number = tracing.segment("order", async { order.await?.text().await }).await?;
/// assert_eq!(number, "7");
///
/// daemon.expect("shop
///                  127.0.0.1 (remote)");
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    client: reqwest::Client,
    tracer: Option<Tracer>,
}

impl Client {
    pub(crate) fn new(client: reqwest::Client, tracer: Option<Tracer>) -> Self {
        Self { client, tracer }
    }

    /// Begins a `GET`. As with reqwest, an invalid URL is an error of [`RequestBuilder::send`], here and below.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// Begins a `POST`.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Begins a `PUT`.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// Begins a `PATCH`.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// Begins a `DELETE`.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// Begins a `HEAD`.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// Begins a request with any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder::new(self.clone(), self.client.request(method, url))
    }

    /// Sends a request within the current trace and passes the trace on: one of this client's, or of reqwest's own.
    ///
    /// # Errors
    ///
    /// Those of `reqwest`, unchanged. Tracing adds none.
    pub async fn send(
        &self,
        request: impl Into<reqwest::RequestBuilder>,
    ) -> reqwest::Result<Response> {
        self.execute(request.into().build()?).await
    }

    /// Sends a request as part of the current trace, with the trace headers; see [`Client::send`].
    ///
    /// # Errors
    ///
    /// Returns the error of `reqwest`, unchanged. Tracing adds no errors.
    pub async fn execute(&self, mut request: Request) -> reqwest::Result<Response> {
        let Some(tracer) = &self.tracer else {
            return self.client.execute(request).await;
        };
        let mut call = begin(tracer, &mut request);
        let asked = call.is_recorded().then(|| request.url().clone());
        match self.client.execute(request).await {
            Ok(response) => {
                if asked.is_some_and(|asked| asked != *response.url()) {
                    call.redirected(&shown(response.url()));
                }
                Ok(finish(response, call))
            }
            Err(error) => Err(fail(error, call)),
        }
    }
}

fn begin(tracer: &Tracer, request: &mut Request) -> Call {
    if !is_recording() {
        return Call::unrecorded(request.headers_mut());
    }
    let call = Call::begin(tracer, request.method().as_str(), http(request), None);
    call.pass_on(request.headers_mut())
}

/// Returns what is recorded of a request: the URL without its query and credentials, which is where secrets are.
/// `peer.service` comes from the host where spans go by OTLP.
fn http(request: &Request) -> Http<&str> {
    let url = request.url();
    Http {
        method: request.method().as_str(),
        scheme: url.scheme(),
        host: url.host_str().map(|host| host.trim_matches(['[', ']'])),
        port: url.port_or_known_default(),
        path: url.path(),
        ..Http::default()
    }
}

/// Returns what is recorded of the URL that answered.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}"));
    let (host, port) = (url.host_str().unwrap_or_default(), port.unwrap_or_default());
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

/// Records why there is no response. What is recorded has no URL, in whose query secrets are; who called gets
/// the error as it was.
fn fail(error: reqwest::Error, call: Call) -> reqwest::Error {
    let url = error.url().cloned();
    let error = error.without_url();
    call.fail("reqwest::Error", &error);
    match url {
        Some(url) => error.with_url(url),
        None => error,
    }
}

/// Notes the response and hands the end of the subsegment to its body.
fn finish(response: Response, call: Call) -> Response {
    if !call.is_recorded() {
        return response;
    }
    // `Response::from` forgets the URL unless it is set.
    let url = response.url().clone();
    let (head, body) = HttpResponse::<Body>::from(response).into_parts();
    let body = call.respond(head.status, &head.headers, body);
    // Its own text says only that it failed; why is said by its sources.
    let body = body.failing(|ending, error| {
        ending.fail_as("reqwest::Error", error.to_string(), error.source());
    });
    let named = HttpResponse::builder().url(url).body(Body::wrap(body));
    let mut response = named.expect("a builder that was given only a URL does not fail");
    *response.status_mut() = head.status;
    *response.version_mut() = head.version;
    *response.headers_mut() = head.headers;
    let url = std::mem::replace(response.extensions_mut(), head.extensions);
    response.extensions_mut().extend(url);
    response.into()
}
