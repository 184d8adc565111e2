//! What a segment says of its request, by OpenTelemetry's conventions.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, MatchedPath};
use http::{HeaderName, HeaderValue, Method, Request, header};
use opentelemetry::{KeyValue, Value};

use super::X_RAY_DEBUG;
use crate::sampling::Subject;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Names the span: the method and the route, if the router has told it.
pub(super) fn span_name<B>(request: &Request<B>) -> Cow<'static, str> {
    match (route(request), method(request.method())) {
        (Some(route), method) => Cow::Owned([method, " ", route].concat()),
        (None, method) => Cow::Borrowed(method),
    }
}

/// Describes the request. The query is left out of the URL: it is where secrets are.
pub(super) fn attributes<B>(request: &Request<B>) -> Vec<KeyValue> {
    let mut attributes = Vec::with_capacity(12);
    attributes.push(KeyValue::new(
        "http.request.method",
        method(request.method()),
    ));
    attributes.push(KeyValue::new("url.scheme", "http"));
    attributes.push(KeyValue::new("url.path", request.uri().path().to_owned()));
    if let Some(route) = route(request) {
        attributes.push(KeyValue::new("http.route", route.to_owned()));
    }
    push_server(request, &mut attributes);
    push_client(request, &mut attributes);
    push_text(
        &mut attributes,
        "user_agent.original",
        text(request, &header::USER_AGENT),
    );
    attributes
}

/// Whether the request asks who decided on it.
pub(super) fn asks_why<B>(request: &Request<B>) -> bool {
    text(request, &X_RAY_DEBUG).is_some_and(|debug| debug.eq_ignore_ascii_case("sampling"))
}

/// Makes a header's value of a text; a character that has no place there becomes `?`.
pub(super) fn header_value(text: &str) -> HeaderValue {
    let is_visible = |character: char| matches!(character, ' '..='~');
    let text = text.replace(|character| !is_visible(character), "?");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("?"))
}

/// A request as sampling rules look at it, before there are any attributes.
impl<B> Subject for Request<B> {
    fn method(&self) -> Option<&str> {
        Some(self.method().as_str())
    }

    fn host(&self) -> Option<&str> {
        authority(self)
    }

    fn path(&self) -> Option<&str> {
        Some(self.uri().path())
    }

    /// Finds it among `attributes`, which are made for this alone: rules with attributes are rare.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let found = attributes(self)
            .into_iter()
            .find(|attribute| attribute.key.as_str() == key)?;
        Some(Cow::Owned(found.value.to_string()))
    }
}

/// Returns the method, or `_OTHER` for one that HTTP does not define.
fn method(method: &Method) -> &'static str {
    const KNOWN: [(&Method, &str); 9] = [
        (&Method::GET, "GET"),
        (&Method::POST, "POST"),
        (&Method::PUT, "PUT"),
        (&Method::DELETE, "DELETE"),
        (&Method::HEAD, "HEAD"),
        (&Method::OPTIONS, "OPTIONS"),
        (&Method::PATCH, "PATCH"),
        (&Method::CONNECT, "CONNECT"),
        (&Method::TRACE, "TRACE"),
    ];
    KNOWN
        .iter()
        .find(|(known, _)| *known == method)
        .map_or("_OTHER", |(_, name)| name)
}

fn route<B>(request: &Request<B>) -> Option<&str> {
    request
        .extensions()
        .get::<MatchedPath>()
        .map(MatchedPath::as_str)
}

/// Returns whom the client asks: the `Host` header, or HTTP/2's authority.
fn authority<B>(request: &Request<B>) -> Option<&str> {
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    text(request, &header::HOST).or(authority)
}

/// The address that the client asked for.
fn push_server<B>(request: &Request<B>, attributes: &mut Vec<KeyValue>) {
    let Some((host, port)) = authority(request).map(host_and_port) else {
        return;
    };
    push_text(attributes, "server.address", Some(host));
    if let Some(port) = port {
        attributes.push(KeyValue::new("server.port", i64::from(port)));
    }
}

/// The client: the first that `X-Forwarded-For` names, else who is connected.
fn push_client<B>(request: &Request<B>, attributes: &mut Vec<KeyValue>) {
    let forwarded = text(request, &X_FORWARDED_FOR)
        .and_then(|list| list.split(',').next())
        .map(str::trim);
    let forwarded = forwarded.filter(|client| !client.is_empty());
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| text_of(peer.0.ip()));
    push_text(attributes, "client.address", forwarded.or(peer.as_deref()));
    if let Some(peer) = peer {
        attributes.push(KeyValue::new("network.peer.address", peer));
    }
}

/// Spells an address. The formatter takes ten times as long for one of the fourth version.
fn text_of(address: IpAddr) -> String {
    let IpAddr::V4(address) = address else {
        return address.to_string();
    };
    let mut text = String::with_capacity("255.255.255.255".len());
    for octet in address.octets() {
        if !text.is_empty() {
            text.push('.');
        }
        for power in [100, 10, 1] {
            if octet >= power || power == 1 {
                text.push(char::from(b'0' + octet / power % 10));
            }
        }
    }
    text
}

fn push_text(attributes: &mut Vec<KeyValue>, key: &'static str, text: Option<&str>) {
    if let Some(text) = text {
        attributes.push(KeyValue::new(key, Value::from(text.to_owned())));
    }
}

fn text<'r, B>(request: &'r Request<B>, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

/// Splits `host:port`, where the port may be absent and an IPv6 address stands in brackets.
fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_header_is_split_at_its_port() {
        for (authority, split) in [
            ("shop", ("shop", None)),
            ("shop:8080", ("shop", Some(8080))),
            ("[::1]:8080", ("::1", Some(8080))),
            ("[::1]", ("::1", None)),
            ("127.0.0.1:x", ("127.0.0.1", None)),
        ] {
            assert_eq!(host_and_port(authority), split, "{authority}");
        }
    }

    #[test]
    fn addresses_are_spelled_as_the_standard_library_does() {
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "10.20.109.100",
            "255.255.255.255",
            "::1",
            "::ffff:1.2.3.4",
        ] {
            assert_eq!(text_of(address.parse().unwrap()), address);
        }
    }

    #[test]
    fn the_query_and_unknown_methods_are_not_recorded() {
        let request = Request::builder()
            .method("BREW")
            .uri("/pot?password=1")
            .header("host", "shop:80")
            .body(())
            .unwrap();
        let attributes = format!("{:?}", attributes(&request));
        assert!(
            attributes.contains("_OTHER") && attributes.contains("/pot"),
            "{attributes}"
        );
        assert!(
            !attributes.contains("password") && !attributes.contains("BREW"),
            "{attributes}"
        );
    }
}
