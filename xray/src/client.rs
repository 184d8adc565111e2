//! The client: one remote subsegment for each call.

use std::error::Error;

use http::Response as HttpResponse;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanKind, Status, TraceContextExt, Tracer as _},
};
use reqwest::{Body, IntoUrl, Method, Request, RequestBuilder, Response, ResponseBuilderExt, Url};

use crate::{
    current::record,
    ending::{CANCELLED, Ending, TracedBody},
    propagation::inject,
    recorder::Tracer,
};

/// A `reqwest` client that records each call as a subsegment. Made by [`crate::Tracing::client`]; cheap to clone.
///
/// A subsegment is named by the host that is called and ends when the response's body has been read, has
/// failed, or is dropped. One that is dropped before there is a response has `cancelled` in its metadata. A call that gets no response (refused, timed out) is a fault with the chain of
/// errors as its exception.
#[derive(Debug, Clone)]
pub struct Client {
    client: reqwest::Client,
    tracer: Option<Tracer>,
}

impl Client {
    pub(crate) fn new(client: reqwest::Client, tracer: Option<Tracer>) -> Self {
        Self { client, tracer }
    }

    /// Begins a `GET`; give the result to [`Client::send`].
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.client.get(url)
    }

    /// Begins a request; give the result to [`Client::send`].
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request within the current trace and passes the trace on.
    ///
    /// # Errors
    ///
    /// Those of `reqwest`, unchanged. Tracing adds none.
    pub async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        self.execute(request.build()?).await
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
        let (context, ending) = begin(tracer, &request);
        inject(&context, request.headers_mut());
        match self.client.execute(request).await {
            Ok(response) => Ok(finish(response, ending)),
            Err(error) => Err(fail(error, ending)),
        }
    }
}

/// Begins the subsegment, unless the current trace is not recorded.
fn begin(tracer: &Tracer, request: &Request) -> (Context, Ending) {
    let current = Context::current();
    let is_unrecorded = current.has_active_span() && !current.span().span_context().is_sampled();
    if is_unrecorded {
        return (current, Ending::none());
    }
    let builder = tracer
        .span_builder(request.method().to_string())
        .with_kind(SpanKind::Client)
        .with_attributes(attributes(request));
    let span = tracer.build_with_context(builder, &current);
    let context = current.with_span(span);
    let ending = if context.span().is_recording() {
        Ending::new(context.clone(), CANCELLED)
    } else {
        Ending::none()
    };
    (context, ending)
}

/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client>; the URL without its query and
/// credentials, which is where secrets are. `peer.service` comes from these where spans go by OTLP.
fn attributes(request: &Request) -> Vec<KeyValue> {
    let mut url: Url = request.url().clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs without a host, which have no credentials either.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    let mut attributes = Vec::with_capacity(6);
    attributes.push(KeyValue::new(
        "http.request.method",
        request.method().to_string(),
    ));
    if let Some(host) = url.host_str() {
        attributes.push(KeyValue::new(
            "server.address",
            host.trim_matches(['[', ']']).to_owned(),
        ));
    }
    if let Some(port) = url.port_or_known_default() {
        attributes.push(KeyValue::new("server.port", i64::from(port)));
    }
    attributes.push(KeyValue::new("url.full", String::from(url)));
    attributes
}

/// Records why there is no response. What is recorded has no URL, in whose query secrets are; who called gets
/// the error as it was.
fn fail(error: reqwest::Error, mut ending: Ending) -> reqwest::Error {
    let url = error.url().cloned();
    let error = error.without_url();
    if let Some(context) = ending.context() {
        let message = error.to_string();
        record(&context.span(), "reqwest::Error", message, error.source());
    }
    ending.fail(&error);
    match url {
        Some(url) => error.with_url(url),
        None => error,
    }
}

/// Notes the response and hands the end of the subsegment to its body.
fn finish(response: Response, mut ending: Ending) -> Response {
    // Who has seen the status may not want the body.
    ending.tolerate_abandonment();
    let Some(context) = ending.context() else {
        return response;
    };
    let status = response.status();
    context.span().set_attribute(KeyValue::new(
        "http.response.status_code",
        i64::from(status.as_u16()),
    ));
    if status.is_client_error() || status.is_server_error() {
        context.span().set_status(Status::error(""));
    }
    // `Response::from` forgets the URL unless it is set.
    let url = response.url().clone();
    let (head, body) = HttpResponse::<Body>::from(response).into_parts();
    let body = TracedBody::new(body, &head.headers, ending);
    let named = HttpResponse::builder().url(url).body(Body::wrap(body));
    let mut response = named.expect("a builder that was given only a URL does not fail");
    *response.status_mut() = head.status;
    *response.version_mut() = head.version;
    *response.headers_mut() = head.headers;
    let url = std::mem::replace(response.extensions_mut(), head.extensions);
    response.extensions_mut().extend(url);
    response.into()
}
