//! A fast path to the `http` block, for a request whose parts are known: no attribute has to be found by its key and
//! compared with the URL. Where attributes would give another document, the parts become attributes.

use std::{borrow::Cow, cell::OnceCell, net::Ipv6Addr};

use super::{
    annotations::{ANNOTATION_PREFIX, METADATA_PREFIX},
    aws::SAMPLING_RULE_NAME,
    settings::Settings,
    text::Text,
};
use crate::{
    Span, Value,
    document::{self, HttpRequest, HttpResponse, write},
    encode::{self, Object},
    names, secrets,
    span::{Details, Http, SpanKind},
};

/// A request that fits into the block, but for what [`Request::left`] returns.
pub(super) struct Request<'a> {
    http: Http<&'a str>,
    /// Made when it is first needed as a whole.
    url: OnceCell<String>,
}

impl<'a> Request<'a> {
    /// Takes the request out of a span. What does not fit into the block is added to the attributes.
    pub(super) fn take(span: &mut Span<'a>, settings: &Settings) -> Option<Self> {
        let details = span.details.take()?;
        let request = match details {
            Details::Http(http) => Self::new(http, span, settings),
            Details::Query(_) | Details::Aws(_) => None,
        };
        match &request {
            Some(request) => {
                let left = request.left();
                let left = left.map(|(key, value)| (Cow::Borrowed(key), value));
                span.attributes.splice(0..0, left);
            }
            None => details.join(span.kind, &mut span.attributes),
        }
        request
    }

    /// Returns the request if the fast path gives the same document as attributes.
    pub(super) fn new(http: Http<&'a str>, span: &Span<'_>, settings: &Settings) -> Option<Self> {
        let is_alone = !settings.is_indexing()
            && span
                .attributes
                .iter()
                .all(|(key, _)| says_nothing_of_http(key));
        let url = OnceCell::new();
        let request = Self { http, url };
        (is_alone && request.fits() && !request.has_secrets(span.kind)).then_some(request)
    }

    fn url(&self) -> &str {
        self.url.get_or_init(|| self.http.url().unwrap_or_default())
    }

    /// Whether every part is as attributes have it in a block: not empty, not cut, and a host that a URL can have.
    fn fits(&self) -> bool {
        let Http {
            method,
            scheme,
            host,
            path,
            user_agent,
            ..
        } = self.http;
        let longest_url =
            scheme.len() + host.map_or(0, str::len) + path.len() + "://[]:65535".len();
        let fits = |text: &str| (1..=names::MAX_TEXT).contains(&text.len());
        let is_host = |host: &str| {
            !host.is_empty() && (!host.contains(':') || host.parse::<Ipv6Addr>().is_ok())
        };
        fits(method)
            && longest_url <= names::MAX_TEXT
            && host.is_some_and(is_host)
            && user_agent.is_none_or(fits)
            && (self.http.client.is_some() || self.http.peer.is_none())
    }

    fn has_secrets(&self, kind: SpanKind) -> bool {
        let Http {
            method,
            host,
            path,
            route,
            user_agent,
            ..
        } = self.http;
        let host = host.unwrap_or_default();
        // None of the keys is itself a secret's.
        let has_any = |key: &str, text: &str| {
            !secrets::is_plain(text) && secrets::hidden(key, text).is_some()
        };
        let is_plain_url = kind == SpanKind::Client && secrets::is_plain_url(host, path);
        let is_in_url = || {
            let url = match kind {
                SpanKind::Client => has_any("url.full", self.url()),
                _ => has_any("url.path", path),
            };
            url || has_any("server.address", host)
        };
        (!is_plain_url && is_in_url())
            || has_any("http.request.method", method)
            || route.is_some_and(|route| has_any("http.route", route))
            || user_agent.is_some_and(|user_agent| has_any("user_agent.original", user_agent))
    }

    /// Returns the attributes that stay in the metadata: the route, and the proxy.
    pub(super) fn left(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        let peer = self.http.peer.filter(|_| self.is_forwarded());
        let left = [
            ("http.route", self.http.route),
            ("network.peer.address", peer),
        ];
        left.into_iter()
            .filter_map(|(key, text)| Some((key, Value::from(text?))))
    }

    /// Whether the client's address is only claimed: the peer is somebody else, or unknown.
    fn is_forwarded(&self) -> bool {
        self.http.client.is_some() && self.http.client != self.http.peer
    }

    /// Returns the host, without brackets.
    pub(super) fn host(&self) -> &'a str {
        self.http.host.unwrap_or_default()
    }

    /// Returns the host that a call goes to; of anything else it is the service's own.
    pub(super) fn called(&self, kind: SpanKind) -> Text<'a> {
        let host = self.http.host.map(Cow::Borrowed);
        host.filter(|_| matches!(kind, SpanKind::Client | SpanKind::Producer))
    }

    pub(super) fn status(&self) -> Option<i64> {
        self.http.status()
    }

    /// Makes the block. `received` is the length of a response whose span does not say it.
    pub(super) fn block(self, received: Option<i64>) -> document::Http<'a> {
        let x_forwarded_for = self.is_forwarded();
        let Self { http, url } = self;
        let url = url.into_inner().or_else(|| http.url());
        let request = HttpRequest {
            method: Some(http.method.into()),
            url: url.map(Cow::Owned),
            user_agent: http.user_agent.map(Cow::Borrowed),
            client_ip: http.client.map(Cow::Borrowed),
            x_forwarded_for,
            ..HttpRequest::default()
        };
        let response = HttpResponse {
            status: http.status(),
            content_length: http.body_size().or(received),
            ..HttpResponse::default()
        };
        document::Http {
            request: Some(request),
            response: Some(response),
            ..document::Http::default()
        }
    }

    /// Appends the block that [`Request::block`] makes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let http = &self.http;
        let mut block = Object::begin(out);
        let mut request = Object::begin(block.member("request"));
        encode::text(http.method, request.member("method"));
        if let Some(pieces) = http.url_pieces(&mut itoa::Buffer::new()) {
            encode::texts(&pieces, request.member("url"));
        }
        write(
            &mut request,
            "user_agent",
            &http.user_agent.map(Cow::Borrowed),
        );
        write(&mut request, "client_ip", &http.client.map(Cow::Borrowed));
        write(&mut request, "x_forwarded_for", &self.is_forwarded());
        request.end();
        let (status, length) = (http.status(), http.body_size());
        if status.is_some() || length.is_some() {
            let mut response = Object::begin(block.member("response"));
            write(&mut response, "status", &status);
            write(&mut response, "content_length", &length);
            response.end();
        }
        block.end();
    }
}

/// Whether an attribute with this key becomes an annotation, metadata, the user or the sampling rule, or is of gRPC, and so
/// cannot change the block.
fn says_nothing_of_http(key: &str) -> bool {
    key.starts_with(ANNOTATION_PREFIX)
        || key.starts_with(METADATA_PREFIX)
        || matches!(
            key,
            "enduser.id"
                | SAMPLING_RULE_NAME
                | "rpc.system"
                | "rpc.service"
                | "rpc.method"
                | "rpc.grpc.status_code"
        )
}
