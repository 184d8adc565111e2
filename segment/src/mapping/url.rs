//! The URL of a request, assembled from the attributes of the old and the new conventions.

use std::{borrow::Cow, net::Ipv6Addr};

use super::{
    attributes::{Accepts, Attributes, Slot},
    text::{Text, fit, integer},
    trimmed::Trimmed,
};
use crate::Value;

/// The attributes of a URL.
#[derive(Default)]
pub(super) struct UrlParts {
    /// `url.full`, `http.url`: the whole URL.
    pub(super) full: Slot,
    /// `url.scheme`, `http.scheme`
    pub(super) scheme: Slot,
    /// `http.host`: the `Host` header, with the port if it is not the scheme's default.
    pub(super) http_host: Slot,
    /// `net.peer.name`
    pub(super) peer_name: Slot,
    /// `net.peer.ip`
    pub(super) peer_ip: Slot,
    /// `net.peer.port`
    pub(super) peer_port: Slot,
    /// `http.server_name`
    server_name: Slot,
    /// `net.host.name`
    host_name: Slot,
    /// `host.name` of the machine.
    machine: Slot,
    /// `net.host.port`
    pub(super) host_port: Slot,
    /// `server.address`
    pub(super) server_address: Slot,
    /// `server.port`
    pub(super) server_port: Slot,
    /// `http.target`: path and query.
    pub(super) target: Slot,
    /// `url.path`
    pub(super) path: Slot,
    /// `url.query`
    pub(super) query: Slot,
}

/// A host, and the port that goes with it.
type Authority = (Slot, Slot);

impl UrlParts {
    /// Returns the slot of an attribute that is a part of a URL, and which values it accepts.
    pub(super) fn slot(&mut self, key: &str) -> Option<(&mut Slot, Accepts)> {
        let slot = match key {
            "url.full" | "http.url" => &mut self.full,
            "url.scheme" | "http.scheme" => &mut self.scheme,
            "url.path" => &mut self.path,
            "url.query" => &mut self.query,
            "http.host" => &mut self.http_host,
            "http.target" => &mut self.target,
            "http.server_name" => &mut self.server_name,
            "host.name" => &mut self.machine,
            "server.address" => &mut self.server_address,
            "server.port" => &mut self.server_port,
            "net.peer.ip" => &mut self.peer_ip,
            "net.peer.name" => &mut self.peer_name,
            "net.peer.port" => &mut self.peer_port,
            "net.host.name" => &mut self.host_name,
            "net.host.port" => &mut self.host_port,
            _ => return None,
        };
        Some((slot, Accepts::Text))
    }

    /// Whether there is an attribute that only a URL has; a host alone does not count.
    pub(super) fn is_set(&self) -> bool {
        [
            self.full,
            self.scheme,
            self.path,
            self.query,
            self.http_host,
            self.target,
            self.server_name,
            self.host_port,
        ]
        .into_iter()
        .any(Slot::is_set)
    }

    /// Takes the URL of the request that a server received or a client made; `None` without a host. Attributes that
    /// it does not contain are kept.
    pub(super) fn take<'a>(
        &self,
        is_server: bool,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> Text<'a> {
        if self.full.is_set() {
            let url = attributes.take_fitting(self.full, trimmed)?;
            self.forget(&url, attributes);
            return Some(url);
        }
        let authority = if is_server {
            self.own_authority()?
        } else {
            self.called_authority()?
        };
        let url = self.compose(authority, attributes)?;
        let url = fit(Cow::Owned(url), trimmed);
        attributes.forget_if_in(authority.0, &url);
        self.forget(&url, attributes);
        Some(url)
    }

    /// Removes the attributes that `url` contains.
    fn forget(&self, url: &str, attributes: &mut Attributes<'_>) {
        let parts = [
            self.scheme,
            self.http_host,
            self.peer_name,
            self.peer_ip,
            self.server_name,
            self.host_name,
            self.server_address,
            self.target,
            self.path,
            self.query,
        ];
        for part in parts.into_iter().filter(|part| part.is_set()) {
            attributes.forget_if_in(part, url);
        }
        for port in [self.peer_port, self.host_port, self.server_port] {
            if attributes
                .value(port)
                .is_some_and(|port| says_port(url, port))
            {
                attributes.forget(port);
            }
        }
    }

    /// The server's own address, as the client wrote it or as the server knows it.
    fn own_authority(&self) -> Option<Authority> {
        if self.http_host.is_set() {
            return Some((self.http_host, Slot::default()));
        }
        let host = self
            .server_name
            .or(self.host_name)
            .or(self.machine)
            .or(self.server_address);
        host.is_set()
            .then(|| (host, self.host_port.or(self.server_port)))
    }

    /// The address that a client called.
    fn called_authority(&self) -> Option<Authority> {
        [
            (self.http_host, Slot::default()),
            (self.peer_name, self.peer_port),
            (self.server_address, self.server_port),
            (self.peer_ip, self.peer_port),
        ]
        .into_iter()
        .find(|(host, _)| host.is_set())
    }

    fn compose(&self, (host, port): Authority, attributes: &Attributes<'_>) -> Option<String> {
        // A proxy is asked for the whole URL, and whoever is asked so has to take it:
        // <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>.
        let target = attributes.text(self.target);
        if let Some(whole) = target.filter(|target| is_absolute(target)) {
            return Some(whole.into_owned());
        }
        let host = attributes.text(host)?;
        let scheme = attributes.text(self.scheme);
        let scheme = scheme.as_deref().unwrap_or("http");
        let mut url = String::with_capacity(self.length(scheme, &host, attributes));
        url.push_str(scheme);
        url.push_str("://");
        push_host(&host, &mut url);
        if without_port(&host).len() == host.len() {
            push_port(attributes.value(port), scheme, &mut url);
        }
        self.push_path(attributes, &mut url);
        Some(url)
    }

    fn push_path(&self, attributes: &Attributes<'_>, url: &mut String) {
        let target = attributes.text(self.target);
        let path = target.or_else(|| attributes.text(self.path));
        let path = path.unwrap_or_default();
        // `OPTIONS *`, `CONNECT shop:443`: the host would go on.
        if !path.starts_with(['/', '?']) {
            url.push('/');
        }
        url.push_str(&path);
        if self.target.is_set() {
            return;
        }
        if let Some(query) = attributes.text(self.query) {
            if !query.starts_with('?') {
                url.push('?');
            }
            url.push_str(&query);
        }
    }

    /// An upper bound, so that one allocation is enough.
    fn length(&self, scheme: &str, host: &str, attributes: &Attributes<'_>) -> usize {
        let length = |slot| attributes.value(slot).and_then(Value::as_text);
        let rest = [self.target, self.path, self.query].into_iter();
        let rest = rest.filter_map(length).map(str::len);
        scheme.len() + host.len() + 16 + rest.sum::<usize>()
    }
}

/// Whether a target begins with a scheme; `/login?next=https://shop.example/` does not.
fn is_absolute(target: &str) -> bool {
    target.split_once("://").is_some_and(|(scheme, _)| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        !scheme.is_empty() && scheme.bytes().all(is_part)
    })
}

/// Whether a URL contains a port, or its scheme implies it.
fn says_port(url: &str, port: &Value<'_>) -> bool {
    let mut digits = itoa::Buffer::new();
    let Some(port) = port_text(port, &mut digits) else {
        return false;
    };
    let is_implied = match port {
        "80" => url.starts_with("http://"),
        "443" => url.starts_with("https://"),
        _ => false,
    };
    is_implied
        || authority(url).is_some_and(|(start, end)| {
            let before = url[start..end].strip_suffix(port);
            before.is_some_and(|before| before.ends_with(':'))
        })
}

/// Returns a port as it is written; some SDKs send all numbers as doubles.
fn port_text<'t>(port: &'t Value<'_>, digits: &'t mut itoa::Buffer) -> Option<&'t str> {
    match port {
        Value::Text(port) => Some(port),
        port => Some(digits.format(integer(port)?)),
    }
}

/// Appends a host; an IPv6 address gets brackets, without which the port would look like a part of it, and loses its zone,
/// which no URL parser takes.
pub(super) fn push_host(host: &str, url: &mut String) {
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    if host.contains(':') && address.parse::<Ipv6Addr>().is_ok() {
        url.push('[');
        url.push_str(address);
        url.push(']');
    } else {
        url.push_str(host);
    }
}

/// Appends a port, unless it is the one that `scheme` implies.
pub(super) fn push_port(port: Option<&Value<'_>>, scheme: &str, url: &mut String) {
    let mut digits = itoa::Buffer::new();
    let Some(port) = port.and_then(|port| port_text(port, &mut digits)) else {
        return;
    };
    if !matches!((scheme, port), ("http", "80") | ("https", "443")) {
        url.push(':');
        url.push_str(port);
    }
}

/// Returns an address without its port: `127.0.0.1:5000`, `[::1]:5000`.
pub(super) fn without_port(address: &str) -> &str {
    let Some((host, port)) = address.rsplit_once(':') else {
        return address;
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
    if is_port && is_host { host } else { address }
}

/// Returns the host of a URL without port and brackets, the first of several; `None` if it is not a URL.
pub(super) fn host(url: &str) -> Option<&str> {
    let (start, end) = authority(url)?;
    let authority = &url[start..end];
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, authority)| authority);
    let host = if let Some(bracketed) = authority.strip_prefix('[') {
        bracketed.split(']').next()?
    } else {
        let first = authority.split(',').next()?;
        // An IPv6 address without brackets, whose port could not be recognised.
        let mut parts = first.split(':');
        parts.next().filter(|_| parts.count() <= 1)?
    };
    (!host.is_empty()).then_some(host)
}

/// The position of everything between `//` and the path.
fn authority(url: &str) -> Option<(usize, usize)> {
    // By bytes: for such short texts, searching for strings takes ten times as long.
    let bytes = url.as_bytes();
    let slashes = bytes.windows(2).position(|pair| pair == b"//")?;
    if slashes > 0 && bytes[slashes - 1] != b':' {
        return None;
    }
    let start = slashes + 2;
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#' | b';');
    let length = bytes[start..].iter().position(is_end);
    Some((start, length.map_or(url.len(), |length| start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The URL that a client's attributes make, and a server's.
    #[track_caller]
    fn check(attributes: &[(&'static str, Value<'static>)], url: &str) {
        for is_server in [false, true] {
            let list = attributes.iter().cloned();
            let list = list.map(|(key, value)| (Cow::Borrowed(key), value));
            let mut attributes = Attributes::new(list.collect());
            let mut parts = UrlParts::default();
            for index in 0..attributes.list().len() {
                let key = attributes.list()[index].0.clone();
                let (slot, accepts) = parts.slot(&key).unwrap();
                attributes.note(index, slot, accepts);
            }
            let made = parts.take(is_server, &mut attributes, &mut Trimmed::default());
            assert_eq!(made.as_deref(), Some(url));
            let left: Vec<_> = attributes.list().iter().map(|(_, value)| value).collect();
            assert!(left.iter().all(|value| **value == Value::Null), "{left:?}");
        }
    }

    #[test]
    fn the_host_of_a_url_is_found_without_port_user_and_brackets() {
        for (url, expected) in [
            ("mysql://db.dev:3306", Some("db.dev")),
            ("mysql://u:p@db.dev/x", Some("db.dev")),
            ("//db.dev/x", Some("db.dev")),
            ("postgresql://[::1]:5432/x", Some("::1")),
            ("mongodb://u:***@a:27017,b:27017/x", Some("a")),
            ("jdbc:sqlserver://db;user=sa", Some("db")),
            ("postgresql://2001:db8::1/x", None),
            ("Server=db;Database=x", None),
            ("mysql:///x", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn ipv6_hosts_get_brackets_once_and_ports_come_once() {
        for (host, url) in [
            ("::1", "http://[::1]:8080/"),
            ("[::1]", "http://[::1]:8080/"),
            ("[::1]:8080", "http://[::1]:8080/"),
            ("h", "http://h:8080/"),
            ("h:8080", "http://h:8080/"),
        ] {
            check(
                &[
                    ("server.address", host.into()),
                    ("server.port", Value::Integer(8080)),
                ],
                url,
            );
        }
    }

    #[test]
    fn the_port_that_the_scheme_implies_is_left_out() {
        for (scheme, port, url) in [
            ("http", Value::Integer(80), "http://h/"),
            ("https", Value::from("443"), "https://h/"),
            ("https", Value::Integer(80), "https://h:80/"),
        ] {
            check(
                &[
                    ("url.scheme", scheme.into()),
                    ("server.address", "h".into()),
                    ("server.port", port),
                ],
                url,
            );
        }
    }
}
