//! The attributes of a request's segment, by OpenTelemetry's conventions.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, MatchedPath};
use http::{HeaderName, HeaderValue, Method, Request, header};
use segment::{
    Value,
    span::{Http, SpanKind},
};

use super::{
    authority::Authority,
    forwarded::{Client, Forwarded},
};
use crate::sampling::Subject;

/// The request header that asks who made the sampling decision and why, with the value `sampling`; read only if
/// [`crate::Config::debug`] is set.
pub const X_RAY_DEBUG: HeaderName = HeaderName::from_static("x-ray-debug");
/// Length of the longest IPv4 address.
const MAX_IPV4: usize = "255.255.255.255".len();

/// Returns the span's name in pieces: the method and, if the router provides it, the route.
pub(super) fn span_name<B>(request: &Request<B>) -> [&str; 3] {
    let method = method(request.method());
    match route(request) {
        Some(route) => [method, " ", route],
        None => [method, "", ""],
    }
}

/// What a request says.
pub(super) struct Description<'r> {
    pub(super) http: Http<&'r str>,
    /// A client whose address a proxy hides, as the proxy names it, and the proxy's address.
    hidden: Option<&'r str>,
    proxy: Option<&'r str>,
}

impl<'r> Description<'r> {
    /// Returns the attributes that are no part of [`Http`]. X-Ray's mapping takes the peer for the client where no other
    /// address is known, but not by its older name.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'static str, &'r str)> + use<'r> {
        let hidden = self.hidden.map(|client| ("client.address", client));
        let proxy = self.proxy.map(|peer| ("net.sock.peer.addr", peer));
        hidden.into_iter().chain(proxy)
    }
}

/// Describes the request to `take`. The query is left out of the URL: it is where secrets are.
pub(super) fn describe<B, T>(request: &Request<B>, take: impl FnOnce(&Description<'_>) -> T) -> T {
    let forwarded = Forwarded::of(request.headers());
    let server = server(request, forwarded);
    let (mut digits, mut peer_digits) = ([0; MAX_IPV4], [0; MAX_IPV4]);
    let peer = peer(request).map(|peer| text_of(peer, &mut peer_digits));
    let peer = peer.as_deref();
    let (client, hidden) = match forwarded.and_then(Forwarded::client) {
        Some(Client::Address(client)) => (Some(text_of(client, &mut digits)), None),
        Some(Client::Hidden(client)) => (None, Some(client)),
        None => (None, None),
    };
    let is_hidden = hidden.is_some();
    let http = Http {
        method: method(request.method()),
        scheme: scheme(request, forwarded),
        host: server.map(|server| server.host),
        port: server.and_then(|server| server.port),
        path: path(request),
        route: route(request),
        client: client.as_deref().or(peer).filter(|_| !is_hidden),
        peer: peer.filter(|_| !is_hidden),
        user_agent: text(request, &header::USER_AGENT),
        status: None,
        body_size: None,
    };
    take(&Description {
        http,
        hidden,
        proxy: peer.filter(|_| is_hidden),
    })
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
        server(self, Forwarded::of(self.headers())).map(|server| server.text)
    }

    fn path(&self) -> Option<&str> {
        Some(path(self))
    }

    /// Searches the attributes, which are computed for this call: rules with attributes are rare.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        describe(self, |description| {
            let others = description.others();
            let others = others.map(|(name, text)| (name, Value::from(text)));
            let mut attributes = description.http.attributes(SpanKind::Server).chain(others);
            let (_, value) = attributes.find(|(name, _)| *name == key)?;
            Some(match value {
                Value::Text(text) => text.into_owned(),
                other => other.to_string(),
            })
        })
        .map(Cow::Owned)
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

/// Returns the scheme that the client used: what the proxy says, or the request itself.
fn scheme<B>(request: &Request<B>, forwarded: Option<Forwarded<'_>>) -> &'static str {
    let own = || match request.uri().scheme_str() {
        Some("https") => "https",
        _ => "http",
    };
    forwarded.and_then(Forwarded::scheme).unwrap_or_else(own)
}

/// Returns the path. `OPTIONS *` and `CONNECT` have none, and a URL without one means `/`.
fn path<B>(request: &Request<B>) -> &str {
    match request.uri().path() {
        "*" | "" => "/",
        path => path,
    }
}

/// Returns the authority that the client asked for: from the proxy, otherwise from the request.
fn server<'r, B>(
    request: &'r Request<B>,
    forwarded: Option<Forwarded<'r>>,
) -> Option<Authority<'r>> {
    let Some(forwarded) = forwarded else {
        return authority(request);
    };
    let port = forwarded.port();
    match forwarded.authority() {
        Some(named) if named.port.is_some() => Some(named),
        named => {
            let server = named.or_else(|| authority(request))?;
            Some(port.map_or(server, |port| server.at(port)))
        }
    }
}

/// Returns the authority that the request names. One in the target takes precedence over `Host`:
/// <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>, <https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1>.
fn authority<B>(request: &Request<B>) -> Option<Authority<'_>> {
    let target = request.uri().authority();
    let authority = target.map(http::uri::Authority::as_str);
    Authority::parse(authority.or_else(|| text(request, &header::HOST))?)
}

/// Returns the address of who is connected.
fn peer<B>(request: &Request<B>) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0.ip().to_canonical())
}

/// Formats an address; an IPv4 address is written into `digits`, because the formatter takes ten times as long.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_spelled_as_the_standard_library_does() {
        for address in [
            "0.0.0.0",
            "127.0.0.1",
            "10.20.109.100",
            "255.255.255.255",
            "::1",
            "2001:db8::7",
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
        let attributes = describe(&request, |description| {
            let attributes = description.http.attributes(SpanKind::Server);
            let texts = attributes.map(|(key, value)| format!("{key}={value}"));
            texts.collect::<Vec<_>>().join(" ")
        });
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
