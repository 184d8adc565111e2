//! The attributes of a request's segment, by OpenTelemetry's conventions.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server>

use std::{
    borrow::Cow,
    cell::OnceCell,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, MatchedPath};
use http::{HeaderName, HeaderValue, Method, Request};
use segment::{
    Value,
    span::{Http, SpanKind},
};

use super::{
    authority::Authority,
    forwarded::{Client, Forwarded},
};
use crate::{
    propagation::{Incoming, Lines},
    sampling::Subject,
};

/// The request header that asks who made the sampling decision and why, with the value `sampling`; read only if
/// [`crate::Config::debug`] is set.
pub const X_RAY_DEBUG: HeaderName = HeaderName::from_static("x-ray-debug");
/// Length of the longest IPv4 address.
const MAX_IPV4: usize = "255.255.255.255".len();

/// A request as the layer looks at it, and those of its headers that it needs: each header is looked at once.
pub(super) struct Received<'r, B> {
    pub(super) request: &'r Request<B>,
    trace: Lines<'r>,
    host: Option<&'r HeaderValue>,
    user_agent: Option<&'r HeaderValue>,
    forwarded: Option<Forwarded<'r>>,
    /// Read when it is first needed.
    server: OnceCell<Option<Authority<'r>>>,
}

impl<'r, B> Received<'r, B> {
    pub(super) fn new(request: &'r Request<B>) -> Self {
        let headers = request.headers();
        let mut received = Self {
            request,
            trace: Lines::default(),
            host: None,
            user_agent: None,
            forwarded: None,
            server: OnceCell::new(),
        };
        for (name, value) in headers {
            match name.as_str() {
                "host" => received.host = received.host.or(Some(value)),
                "user-agent" => received.user_agent = received.user_agent.or(Some(value)),
                name if Forwarded::is_named(name) => {
                    received.forwarded = Some(Forwarded::new(headers));
                }
                name => received.trace.note(name, value),
            }
        }
        received
    }

    /// Returns what the request says of its trace.
    pub(super) fn incoming(&self) -> Incoming<'r> {
        Incoming::read(self.request.headers(), &self.trace)
    }

    /// Returns the span's name in pieces: the method and, if the router provides it, the route.
    pub(super) fn span_name(&self) -> [&'r str; 3] {
        let method = method(self.request.method());
        match route(self.request) {
            Some(route) => [method, " ", route],
            None => [method, "", ""],
        }
    }

    /// Describes the request to `take`. The query is left out of the URL: it is where secrets are.
    pub(super) fn describe<T>(&self, take: impl FnOnce(&Description<'_>) -> T) -> T {
        let (request, forwarded, server) = (self.request, self.forwarded, self.server());
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
            user_agent: self.user_agent.and_then(text),
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
    pub(super) fn asks_why(&self) -> bool {
        let debug = self.request.headers().get(X_RAY_DEBUG).and_then(text);
        debug.is_some_and(|debug| debug.eq_ignore_ascii_case("sampling"))
    }

    /// Returns the authority that the client asked for: from the proxy, otherwise from the request.
    fn server(&self) -> Option<Authority<'r>> {
        *self.server.get_or_init(|| {
            let Some(forwarded) = self.forwarded else {
                return self.authority();
            };
            let port = forwarded.port();
            match forwarded.authority() {
                Some(named) if named.port.is_some() => Some(named),
                named => {
                    let server = named.or_else(|| self.authority())?;
                    Some(port.map_or(server, |port| server.at(port)))
                }
            }
        })
    }

    /// Returns the authority that the request names. One in the target takes precedence over `Host`:
    /// <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>, <https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1>.
    fn authority(&self) -> Option<Authority<'r>> {
        let target = self.request.uri().authority();
        let authority = target.map(http::uri::Authority::as_str);
        Authority::parse(authority.or_else(|| self.host.and_then(text))?)
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

/// Makes a header's value of a text; a character that has no place there becomes `?`.
pub(super) fn header_value(text: &str) -> HeaderValue {
    let is_visible = |character: char| matches!(character, ' '..='~');
    let text = text.replace(|character| !is_visible(character), "?");
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("?"))
}

/// A request as sampling rules look at it, before there are any attributes.
impl<B> Subject for Received<'_, B> {
    fn method(&self) -> Option<&str> {
        Some(self.request.method().as_str())
    }

    fn host(&self) -> Option<&str> {
        self.server().map(|server| server.text)
    }

    fn path(&self) -> Option<&str> {
        Some(path(self.request))
    }

    /// Searches the attributes, which are computed for this call: rules with attributes are rare.
    fn attribute(&self, key: &str) -> Option<Cow<'_, str>> {
        self.describe(|description| {
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

fn text(value: &HeaderValue) -> Option<&str> {
    // What is beyond ASCII is rare, and looking for it takes longer.
    let text = value.to_str().ok();
    text.or_else(|| std::str::from_utf8(value.as_bytes()).ok())
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
        let attributes = Received::new(&request).describe(|description| {
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
