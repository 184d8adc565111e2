//! What proxies say about the original request: `Forwarded`, and the older `X-Forwarded-*`.
//! <https://www.rfc-editor.org/rfc/rfc7239>,
//! <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-For>
//!
//! Each proxy appends what it knows, so the first entry is from the proxy that the client reached. Several lines of
//! one header form one list. `Forwarded` takes precedence over the others, as in OpenTelemetry's conventions.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::authority::Authority;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The headers of a request that came by a proxy.
#[derive(Clone, Copy)]
pub(super) struct Forwarded<'r>(&'r HeaderMap);

/// The client that a proxy names.
#[derive(Debug, PartialEq)]
pub(super) enum Client<'r> {
    Address(IpAddr),
    /// `unknown`, an obfuscated identifier, or an invalid value: a client whose address is not known.
    Hidden(&'r str),
}

impl<'r> Forwarded<'r> {
    /// The headers of a request, one of which [`Forwarded::is_named`]: most requests within a cluster have none.
    pub(super) fn new(headers: &'r HeaderMap) -> Self {
        Self(headers)
    }

    /// Whether a header of this name is a proxy's.
    pub(super) fn is_named(name: &str) -> bool {
        name.starts_with("x-forwarded-") || name == "forwarded"
    }

    /// Returns the first client with an address; if there is none, the first value instead.
    pub(super) fn client(self) -> Option<Client<'r>> {
        let mut hidden = None;
        for value in self.pairs("for").chain(self.list(&X_FORWARDED_FOR)) {
            if let Some(address) = address(value) {
                return Some(Client::Address(address));
            }
            hidden = hidden.or(Some(value).filter(|value| !value.is_empty()));
        }
        hidden.map(Client::Hidden)
    }

    /// Returns the scheme that the client used.
    pub(super) fn scheme(self) -> Option<&'static str> {
        let mut schemes = self.pairs("proto").chain(self.list(&X_FORWARDED_PROTO));
        schemes.find_map(scheme)
    }

    /// Returns the authority that the client asked for.
    pub(super) fn authority(self) -> Option<Authority<'r>> {
        let mut hosts = self.pairs("host").chain(self.list(&X_FORWARDED_HOST));
        hosts.find_map(Authority::parse)
    }

    /// Returns the port that the client is connected to.
    pub(super) fn port(self) -> Option<u16> {
        let mut ports = self.list(&X_FORWARDED_PORT);
        ports.find_map(super::authority::port)
    }

    /// The elements of a header that is a list.
    fn list(self, name: &HeaderName) -> impl Iterator<Item = &'r str> + use<'r> {
        let lines = self.0.get_all(name).into_iter().filter_map(text);
        lines
            .flat_map(|line| line.split(','))
            .map(|element| unquoted(element.trim_ascii()))
    }

    /// The values of `Forwarded` by a name.
    fn pairs(self, name: &'static str) -> impl Iterator<Item = &'r str> + use<'r> {
        let lines = self
            .0
            .get_all(header::FORWARDED)
            .into_iter()
            .filter_map(text);
        lines.flat_map(Pairs).filter_map(move |pair| {
            let (key, value) = pair.split_once('=')?;
            let is_it = key.trim_ascii().eq_ignore_ascii_case(name);
            is_it.then(|| unquoted(value.trim_ascii()))
        })
    }
}

/// The pairs of `Forwarded`, whose separators count only outside of quotes.
struct Pairs<'r>(&'r str);

impl<'r> Iterator for Pairs<'r> {
    type Item = &'r str;

    fn next(&mut self) -> Option<&'r str> {
        if self.0.is_empty() {
            return None;
        }
        let (mut is_quoted, mut is_escaped) = (false, false);
        let end = self.0.bytes().position(|byte| {
            let is_plain = !std::mem::take(&mut is_escaped);
            is_escaped = is_plain && is_quoted && byte == b'\\';
            is_quoted ^= is_plain && byte == b'"';
            !is_quoted && matches!(byte, b',' | b';')
        });
        let (pair, rest) = match end {
            Some(end) => (&self.0[..end], &self.0[end + 1..]),
            None => (self.0, ""),
        };
        self.0 = rest;
        Some(pair)
    }
}

fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('"');
    inner.map_or(text, |inner| inner.strip_suffix('"').unwrap_or(inner))
}

fn scheme(text: &str) -> Option<&'static str> {
    const KNOWN: [&str; 4] = ["https", "http", "wss", "ws"];
    KNOWN
        .into_iter()
        .find(|known| text.eq_ignore_ascii_case(known))
}

/// Reads an address, which may have a port, brackets, or a zone, which means nothing elsewhere.
fn address(text: &str) -> Option<IpAddr> {
    let host = if let Some(bracketed) = text.strip_prefix('[') {
        bracketed
            .split_once(']')
            .map_or(bracketed, |(host, _)| host)
    } else {
        match text.split_once(':') {
            // With two colons it is an IPv6 address.
            Some((host, port)) if !port.contains(':') => host,
            _ => text,
        }
    };
    let host = host.split_once('%').map_or(host, |(host, _)| host);
    Some(host.parse::<IpAddr>().ok()?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            )
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn the_first_client_with_an_address_counts() {
        for (header, client) in [
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7:41234", "203.0.113.7"),
            ("[2001:db8::7]:41234", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("\"[2001:db8::7]\"", "2001:db8::7"),
            ("\"[2001:db8::7]:80\"", "2001:db8::7"),
            ("2001:DB8::7", "2001:db8::7"),
            ("fe80::1%eth0", "fe80::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("unknown, 203.0.113.7", "203.0.113.7"),
            (", ,203.0.113.7,10.0.0.1", "203.0.113.7"),
            ("_gateway, 999.1.1.1, 10.0.0.1", "10.0.0.1"),
        ] {
            let headers = headers(&[("x-forwarded-for", header)]);
            let found = Forwarded::new(&headers).client();
            assert_eq!(
                found,
                Some(Client::Address(client.parse().unwrap())),
                "{header}"
            );
        }
    }

    #[test]
    fn who_is_hidden_is_not_the_proxy() {
        for (header, hidden) in [
            ("unknown", Some("unknown")),
            ("_hidden, unknown", Some("_hidden")),
            ("ümlaut", Some("ümlaut")),
            ("", None),
            (" , ", None),
        ] {
            let headers = headers(&[("x-forwarded-for", header)]);
            let found = Forwarded::new(&headers).client();
            assert_eq!(found, hidden.map(Client::Hidden), "{header}");
        }
    }

    #[test]
    fn forwarded_has_elements_pairs_and_quotes() {
        let headers = headers(&[
            ("forwarded", "By=10.0.0.1;FOR=\"unknown\"; Host=\"a;b,c\""),
            (
                "forwarded",
                "for=\"[2001:db8::7]:4711\" ; proto=HTTPS;host=\"shop.example:8443\", for=10.0.0.1;proto=http",
            ),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-proto", "http"),
        ]);
        let forwarded = Forwarded::new(&headers);
        let client = Client::Address("2001:db8::7".parse().unwrap());
        assert_eq!(forwarded.client(), Some(client));
        assert_eq!(forwarded.scheme(), Some("https"));
        let authority = forwarded.authority().unwrap();
        assert_eq!(
            (authority.host, authority.port),
            ("shop.example", Some(8443))
        );
    }

    #[test]
    fn an_escaped_quote_ends_no_value() {
        let headers = headers(&[("forwarded", r#"host="a\"b\\";for=192.0.2.1, host="c;d"#)]);
        let forwarded = Forwarded::new(&headers);
        let client = Client::Address("192.0.2.1".parse().unwrap());
        assert_eq!(forwarded.client(), Some(client));
        assert_eq!(forwarded.authority(), None);
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for (name, header) in [
            ("forwarded", ";;,=,for,\"for=x"),
            ("x-forwarded-proto", "javascript, ,"),
            ("x-forwarded-host", "a b, /"),
            ("x-forwarded-port", "0, 65536, x"),
        ] {
            let headers = headers(&[(name, header)]);
            let forwarded = Forwarded::new(&headers);
            assert!(
                forwarded.scheme().is_none() && forwarded.authority().is_none(),
                "{header}"
            );
            assert!(
                forwarded.port().is_none() && forwarded.client().is_none(),
                "{header}"
            );
        }
        assert!(
            !["host", "accept", "x-forward"]
                .iter()
                .any(|name| Forwarded::is_named(name))
        );
    }
}
