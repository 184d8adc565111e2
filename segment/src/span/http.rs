//! An HTTP request whose parts are known one by one.

use std::borrow::Cow;

use super::SpanKind;
use crate::Value;

/// An HTTP request and its response, as the service that handled or made it knows them. `T` is a text.
///
/// <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Http<T> {
    /// `http.request.method`
    pub method: T,
    /// `url.scheme`; empty if it is unknown, with the host.
    pub scheme: T,
    /// `server.address`: a name, or an IP address without brackets; never with a port.
    pub host: Option<T>,
    /// `server.port`
    pub port: Option<u16>,
    /// `url.path`: begins with `/` and has no query.
    pub path: T,
    /// `http.route`
    pub route: Option<T>,
    /// `client.address`: an IP address in its canonical form, that of `peer` or one that a proxy claims.
    pub client: Option<T>,
    /// `network.peer.address`: the IP address of the other end of the connection, in its canonical form.
    pub peer: Option<T>,
    /// `user_agent.original`
    pub user_agent: Option<T>,
    /// `http.response.status_code`
    pub status: Option<u16>,
    /// `http.response.body.size`
    pub body_size: Option<u64>,
}

impl<T> Http<T> {
    /// With these begin the keys of its attributes, and of others that say the same.
    pub(super) const PREFIXES: [&str; 6] = [
        "http.",
        "url.",
        "server.",
        "client.",
        "network.",
        "user_agent.",
    ];

    /// Returns the same with other texts.
    pub(super) fn map<U>(&self, mut text: impl FnMut(&T) -> U) -> Http<U> {
        Http {
            method: text(&self.method),
            scheme: text(&self.scheme),
            host: self.host.as_ref().map(&mut text),
            port: self.port,
            path: text(&self.path),
            route: self.route.as_ref().map(&mut text),
            client: self.client.as_ref().map(&mut text),
            peer: self.peer.as_ref().map(&mut text),
            user_agent: self.user_agent.as_ref().map(&mut text),
            status: self.status,
            body_size: self.body_size,
        }
    }
}

impl<'a> Http<&'a str> {
    /// Returns the URL, without a port that the scheme implies; `None` without a host.
    ///
    /// ```
    /// use segment::span::Http;
    ///
    /// let request = Http {
    ///     method: "GET", scheme: "http", host: Some("::1"), port: Some(8080), path: "/items", ..Http::default()
    /// };
    /// assert_eq!(request.url().as_deref(), Some("http://[::1]:8080/items"));
    /// ```
    pub fn url(&self) -> Option<String> {
        let mut digits = itoa::Buffer::new();
        self.url_pieces(&mut digits).map(|pieces| pieces.concat())
    }

    /// Returns the URL in pieces; the port is written into `digits`.
    pub(crate) fn url_pieces<'u>(&'u self, digits: &'u mut itoa::Buffer) -> Option<[&'u str; 7]> {
        let host = self.host?;
        let (open, close) = if host.contains(':') {
            ("://[", "]")
        } else {
            ("://", "")
        };
        let is_implied = matches!(
            (self.scheme, self.port),
            ("http", Some(80)) | ("https", Some(443))
        );
        let (colon, port) = match self.port.filter(|_| !is_implied) {
            Some(port) => (":", digits.format(port)),
            None => ("", ""),
        };
        Some([self.scheme, open, host, close, colon, port, self.path])
    }

    pub(crate) fn status(&self) -> Option<i64> {
        self.status.map(i64::from)
    }

    pub(crate) fn body_size(&self) -> Option<i64> {
        self.body_size
            .map(|size| i64::try_from(size).unwrap_or(i64::MAX))
    }

    /// Returns it as attributes of a span of this kind, no key twice. Calls have the whole URL, served requests its
    /// parts.
    pub fn attributes(
        &self,
        kind: SpanKind,
    ) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        let text = |text: &'a str| Value::Text(Cow::Borrowed(text));
        let url = self.url().filter(|_| kind == SpanKind::Client);
        let parts = [self.scheme, self.path].map(|part| url.is_none().then(|| text(part)));
        let [scheme, path] = parts;
        [
            ("http.request.method", Some(text(self.method))),
            ("url.full", url.map(Value::from)),
            ("url.scheme", scheme.filter(|_| !self.scheme.is_empty())),
            ("url.path", path),
            ("http.route", self.route.map(text)),
            ("server.address", self.host.map(text)),
            ("server.port", self.port.map(|port| i64::from(port).into())),
            ("client.address", self.client.map(text)),
            ("network.peer.address", self.peer.map(text)),
            ("user_agent.original", self.user_agent.map(text)),
            ("http.response.status_code", self.status().map(Value::from)),
            ("http.response.body.size", self.body_size().map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
    }
}
