//! The URL of a request, put together from the attributes that conventions old and new spread it over.

use std::{borrow::Cow, net::Ipv6Addr};

use super::text::{Text, put};
use crate::Value;

/// What is known of a URL.
#[derive(Default)]
pub(super) struct UrlParts<'a> {
    /// `url.full`, `http.url`: all of it.
    pub(super) full: Text<'a>,
    /// `url.scheme`, `http.scheme`
    pub(super) scheme: Text<'a>,
    /// `http.host`: the `Host` header, with the port if that is not the scheme's own.
    pub(super) http_host: Text<'a>,
    /// `net.peer.name`
    pub(super) peer_name: Text<'a>,
    /// `net.peer.ip`
    pub(super) peer_ip: Text<'a>,
    /// `net.peer.port`
    pub(super) peer_port: Option<Value<'a>>,
    /// `http.server_name`
    pub(super) server_name: Text<'a>,
    /// `net.host.name`
    pub(super) net_host_name: Text<'a>,
    /// `host.name`
    pub(super) host_name: Text<'a>,
    /// `net.host.port`
    pub(super) host_port: Option<Value<'a>>,
    /// `server.address`
    pub(super) server_address: Text<'a>,
    /// `server.port`
    pub(super) server_port: Option<Value<'a>>,
    /// `http.target`: path and query.
    pub(super) target: Text<'a>,
    /// `url.path`
    pub(super) path: Text<'a>,
    /// `url.query`
    pub(super) query: Text<'a>,
}

/// A host, and the port that goes with it.
type Authority<'b> = (&'b str, Option<&'b Value<'b>>);

impl<'a> UrlParts<'a> {
    /// Returns the URL of the request that a server got or a client made; `None` without a host.
    pub(super) fn compose(&self, is_server: bool) -> Text<'a> {
        if let Some(full) = &self.full {
            return Some(hide_password(full.clone()));
        }
        let (host, port) = if is_server {
            self.own_authority()?
        } else {
            self.called_authority()?
        };
        let scheme = self.scheme.as_deref().unwrap_or("http");
        let mut url = String::with_capacity(self.length(scheme, host));
        url.push_str(scheme);
        url.push_str("://");
        push_host(host, &mut url);
        push_port(port, scheme, &mut url);
        self.push_path(&mut url);
        Some(hide_password(Cow::Owned(url)))
    }

    /// The server's own address, as the client spelled it or as the server knows it.
    fn own_authority(&self) -> Option<Authority<'_>> {
        if let Some(host) = self.http_host.as_deref() {
            return Some((host, None));
        }
        let host = [
            &self.server_name,
            &self.net_host_name,
            &self.host_name,
            &self.server_address,
        ];
        let host = host.into_iter().find_map(Option::as_deref)?;
        Some((host, self.host_port.as_ref().or(self.server_port.as_ref())))
    }

    /// The address that a client called.
    fn called_authority(&self) -> Option<Authority<'_>> {
        if let Some(host) = self.http_host.as_deref() {
            return Some((host, None));
        }
        [
            (&self.peer_name, &self.peer_port),
            (&self.server_address, &self.server_port),
            (&self.peer_ip, &self.peer_port),
        ]
        .into_iter()
        .find_map(|(host, port)| Some((host.as_deref()?, port.as_ref())))
    }

    fn push_path(&self, url: &mut String) {
        if let Some(target) = self.target.as_deref() {
            url.push_str(target);
            return;
        }
        url.push_str(self.path.as_deref().unwrap_or("/"));
        if let Some(query) = self.query.as_deref() {
            if !query.starts_with('?') {
                url.push('?');
            }
            url.push_str(query);
        }
    }

    /// More than enough, so that composing allocates once.
    fn length(&self, scheme: &str, host: &str) -> usize {
        let rest = [&self.target, &self.path, &self.query];
        let rest = rest.into_iter().flatten().map(|part| part.len());
        scheme.len() + host.len() + 16 + rest.sum::<usize>()
    }
}

/// Stores a port, which may be a number or a text; hands back anything else.
pub(super) fn put_port<'a>(slot: &mut Option<Value<'a>>, value: Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Integer(_) => *slot = Some(value),
        other => {
            let mut text = None;
            if let Some(left) = put(&mut text, other) {
                return Some(left);
            }
            *slot = text.map(Value::Text);
        }
    }
    None
}

/// Appends a host; a bare IPv6 address gets its brackets, without which the port would read as part of it.
pub(super) fn push_host(host: &str, url: &mut String) {
    if host.contains(':') && host.parse::<Ipv6Addr>().is_ok() {
        url.push('[');
        url.push_str(host);
        url.push(']');
    } else {
        url.push_str(host);
    }
}

/// Appends a port, unless it is the one that `scheme` implies.
pub(super) fn push_port(port: Option<&Value<'_>>, scheme: &str, url: &mut String) {
    let mut digits = itoa::Buffer::new();
    let port = match port {
        Some(Value::Integer(port)) => digits.format(*port),
        Some(Value::Text(port)) => port,
        _ => return,
    };
    if !matches!((scheme, port), ("http", "80") | ("https", "443")) {
        url.push(':');
        url.push_str(port);
    }
}

/// Replaces the password of `scheme://user:password@host` with `***`, as AWS's SDKs do.
pub(super) fn hide_password(url: Cow<'_, str>) -> Cow<'_, str> {
    // Found at a glance, and nearly always absent.
    if !url.contains('@') {
        return url;
    }
    let Some((start, end)) = user_info(&url) else {
        return url;
    };
    let Some(colon) = url[start..end].find(':') else {
        return url;
    };
    Cow::Owned(format!("{}:***{}", &url[..start + colon], &url[end..]))
}

/// Returns the host of a URL without its port and brackets; `None` for what is no URL.
pub(super) fn host(url: &str) -> Option<&str> {
    let (start, end) = authority(url)?;
    let start = user_info(url).map_or(start, |(_, at)| at + 1);
    let authority = &url[start..end];
    let host = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Where `user:password` stands, without the `@` after it.
fn user_info(url: &str) -> Option<(usize, usize)> {
    let (start, end) = authority(url)?;
    let at = url[start..end].rfind('@')?;
    Some((start, start + at))
}

/// Where everything between `//` and the path stands.
fn authority(url: &str) -> Option<(usize, usize)> {
    let start = url.find("//")? + 2;
    let before = &url[..start - 2];
    if !(before.is_empty() || before.ends_with(':')) {
        return None;
    }
    let length = url[start..]
        .find(['/', '?', '#'])
        .unwrap_or(url.len() - start);
    Some((start, start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_do_not_survive() {
        for (url, hidden) in [
            ("https://h/a?b=c:d@e", "https://h/a?b=c:d@e"),
            ("https://u:secret@h/a", "https://u:***@h/a"),
            ("https://u@h/a", "https://u@h/a"),
            ("jdbc:mysql://u:p@ss@h:3306", "jdbc:mysql://u:***@h:3306"),
            ("no url", "no url"),
        ] {
            assert_eq!(hide_password(url.into()), hidden);
        }
    }

    #[test]
    fn the_host_of_a_url_is_found_without_port_user_and_brackets() {
        for (url, expected) in [
            ("mysql://db.dev:3306", Some("db.dev")),
            ("mysql://u:p@db.dev/x", Some("db.dev")),
            ("//db.dev/x", Some("db.dev")),
            ("postgresql://[::1]:5432/x", Some("::1")),
            ("Server=db;Database=x", None),
            ("mysql:///x", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }

    #[test]
    fn ipv6_hosts_get_brackets_once() {
        for (host, url) in [
            ("::1", "http://[::1]:8080/"),
            ("[::1]", "http://[::1]:8080/"),
            ("h", "http://h:8080/"),
        ] {
            let parts = UrlParts {
                server_address: Some(host.into()),
                server_port: Some(Value::Integer(8080)),
                ..UrlParts::default()
            };
            assert_eq!(parts.compose(false).as_deref(), Some(url));
            assert_eq!(parts.compose(true).as_deref(), Some(url));
        }
    }

    #[test]
    fn the_port_that_the_scheme_implies_is_left_out() {
        for (scheme, port, url) in [
            ("http", Value::Integer(80), "http://h/"),
            ("https", Value::from("443"), "https://h/"),
            ("https", Value::Integer(80), "https://h:80/"),
        ] {
            let parts = UrlParts {
                scheme: Some(scheme.into()),
                peer_name: Some("h".into()),
                peer_port: Some(port),
                ..UrlParts::default()
            };
            assert_eq!(parts.compose(false).as_deref(), Some(url));
        }
    }
}
