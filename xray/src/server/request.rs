//! What a segment says of its request, by OpenTelemetry's conventions.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, MatchedPath};
use http::{HeaderName, HeaderValue, Method, Request, header};

use crate::{recorder::Said, sampling::Subject};

/// The request header that asks who decided whether the request is traced, with the value `sampling`; it is
/// looked at only where [`crate::Config::debug`] is set.
pub const X_RAY_DEBUG: HeaderName = HeaderName::from_static("x-ray-debug");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Length of the longest address of the fourth version.
const MAX_IPV4: usize = "255.255.255.255".len();

/// Names the span, in pieces: the method and the route, if the router has told it.
pub(super) fn span_name<B>(request: &Request<B>) -> [&str; 3] {
    let method = method(request.method());
    match route(request) {
        Some(route) => [method, " ", route],
        None => [method, "", ""],
    }
}

/// Describes the request to `note`, no key twice. The query is left out of the URL: it is where secrets are.
pub(super) fn describe<B>(request: &Request<B>, mut note: impl FnMut(&'static str, Said<'_>)) {
    note(
        "http.request.method",
        Said::Static(method(request.method())),
    );
    note("url.scheme", Said::Static("http"));
    note("url.path", Said::Text(request.uri().path()));
    if let Some(route) = route(request) {
        note("http.route", Said::Text(route));
    }
    describe_server(request, &mut note);
    describe_client(request, &mut note);
    if let Some(user_agent) = text(request, &header::USER_AGENT) {
        note("user_agent.original", Said::Text(user_agent));
    }
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

    /// Finds it in the description, which is made for this alone: rules with attributes are rare.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        let mut found = None;
        describe(self, |said, value| {
            if said == key {
                found = Some(value.to_string());
            }
        });
        found.map(Cow::Owned)
    }
}

/// Returns the method, or `_OTHER` for one that HTTP does not define.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        _ => "_OTHER",
    }
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
fn describe_server<B>(request: &Request<B>, note: &mut impl FnMut(&'static str, Said<'_>)) {
    let Some((host, port)) = authority(request).map(host_and_port) else {
        return;
    };
    note("server.address", Said::Text(host));
    if let Some(port) = port {
        note("server.port", Said::Integer(port.into()));
    }
}

/// The client: the first that `X-Forwarded-For` names, else who is connected.
fn describe_client<B>(request: &Request<B>, note: &mut impl FnMut(&'static str, Said<'_>)) {
    let forwarded = text(request, &X_FORWARDED_FOR)
        .and_then(|list| list.split(',').next())
        .map(str::trim);
    let forwarded = forwarded.filter(|client| !client.is_empty());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let mut digits = [0; MAX_IPV4];
    let peer = peer.map(|peer| text_of(peer.0.ip(), &mut digits));
    if let Some(client) = forwarded.or(peer.as_deref()) {
        note("client.address", Said::Text(client));
    }
    if let Some(peer) = peer {
        note("network.peer.address", Said::Text(&peer));
    }
}

/// Spells an address, one of the fourth version into `digits`. The formatter takes ten times as long for it.
fn text_of(address: IpAddr, digits: &mut [u8; MAX_IPV4]) -> Cow<'_, str> {
    let IpAddr::V4(v4) = address else {
        return Cow::Owned(address.to_string());
    };
    let mut length = 0;
    let mut push = |byte: u8| {
        digits[length] = byte;
        length += 1;
    };
    for (place, octet) in v4.octets().into_iter().enumerate() {
        if place > 0 {
            push(b'.');
        }
        for power in [100, 10, 1] {
            if octet >= power || power == 1 {
                push(b'0' + octet / power % 10);
            }
        }
    }
    match std::str::from_utf8(&digits[..length]) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(address.to_string()),
    }
}

fn text<'r, B>(request: &'r Request<B>, name: &HeaderName) -> Option<&'r str> {
    // Not `to_str`, which looks at byte after byte.
    std::str::from_utf8(request.headers().get(name)?.as_bytes()).ok()
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
            assert_eq!(
                text_of(address.parse().unwrap(), &mut [0; MAX_IPV4]),
                address
            );
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
        let mut attributes = Vec::new();
        describe(&request, |key, value| {
            attributes.push(format!("{key}={value}"));
        });
        let attributes = attributes.join(" ");
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
