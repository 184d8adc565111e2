//! A request that is being built.

use std::{fmt::Display, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Version};
use reqwest::{Body, Request, Response};
use serde::Serialize;

use super::Client;

/// A request of [`Client`]. You build it as with reqwest; [`RequestBuilder::send`] sends it within the current trace.
///
/// For what is missing here, such as multipart forms, which need a feature of reqwest, use [`RequestBuilder::map`].
#[derive(Debug)]
#[must_use = "nothing is sent unless `send` is awaited"]
pub struct RequestBuilder {
    client: Client,
    request: reqwest::RequestBuilder,
}

impl RequestBuilder {
    pub(super) fn new(client: Client, request: reqwest::RequestBuilder) -> Self {
        Self { client, request }
    }

    /// Changes the request by any method of reqwest's builder.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tracing = xray::Tracing::new(&xray::testing::Daemon::start()?.config("shop"))?;
    /// let client = tracing.client(xray::reqwest::Client::new());
    /// let request = client.get("http://stock/items").map(|request| request.query(&[("page", 2)]));
    /// assert_eq!(request.build()?.url().as_str(), "http://stock/items?page=2");
    /// # Ok(()) }
    /// ```
    pub fn map(
        self,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Self {
        Self {
            request: change(self.request),
            client: self.client,
        }
    }

    /// Adds a header, beside those of the same name. The trace headers replace any that are set here.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K, Error: Into<http::Error>>,
        HeaderValue: TryFrom<V, Error: Into<http::Error>>,
    {
        self.map(|request| request.header(name, value))
    }

    /// Sets headers. They replace earlier ones with the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|request| request.headers(headers))
    }

    /// Sets the header `Authorization` to a user's name and password.
    pub fn basic_auth<U: Display, P: Display>(self, user: U, password: Option<P>) -> Self {
        self.map(|request| request.basic_auth(user, password))
    }

    /// Sets the header `Authorization` to a token.
    pub fn bearer_auth<T: Display>(self, token: T) -> Self {
        self.map(|request| request.bearer_auth(token))
    }

    /// Sets the body.
    pub fn body<T: Into<Body>>(self, body: T) -> Self {
        self.map(|request| request.body(body))
    }

    /// Sets the body to a value as JSON, and `Content-Type` if it is not set yet.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.map(|request| request.json(value))
    }

    /// Sets the body to a form (`application/x-www-form-urlencoded`).
    pub fn form<T: Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|request| request.form(form))
    }

    /// Adds to the URL's query, which is sent and not recorded.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|request| request.query(query))
    }

    /// Limits the time from now until the end of the response's body, instead of the client's own limit.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|request| request.timeout(timeout))
    }

    /// Sets the version of HTTP, instead of the one that both sides agree on.
    pub fn version(self, version: Version) -> Self {
        self.map(|request| request.version(version))
    }

    /// Returns a copy; `None` if the body is a stream.
    pub fn try_clone(&self) -> Option<Self> {
        let request = self.request.try_clone()?;
        Some(Self::new(self.client.clone(), request))
    }

    /// Returns the request, to be sent by [`Client::execute`].
    ///
    /// # Errors
    ///
    /// If the URL, a header or a body that was set is not valid.
    pub fn build(self) -> reqwest::Result<Request> {
        self.request.build()
    }

    /// Sends the request within the current trace and passes the trace on.
    ///
    /// # Errors
    ///
    /// Those of `reqwest`, unchanged. Tracing adds none.
    pub async fn send(self) -> reqwest::Result<Response> {
        self.client.execute(self.request.build()?).await
    }
}

/// The request as reqwest's, which would send it without a subsegment; [`Client::send`] takes either.
impl From<RequestBuilder> for reqwest::RequestBuilder {
    fn from(builder: RequestBuilder) -> Self {
        builder.request
    }
}
