//! The authority of a request: a host, and a port if there is one.

use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// A host that may stand in a URL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Authority<'r> {
    /// Host and port as they are written.
    pub(crate) text: &'r str,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: &'r str,
    pub(crate) port: Option<u16>,
}

impl<'r> Authority<'r> {
    /// Reads `user:password@host:port`, of which only host and port are kept; `None` if the host is none.
    pub(crate) fn parse(authority: &'r str) -> Option<Self> {
        Self::usual(authority).or_else(|| Self::any(authority))
    }

    /// Reads a name or an IPv4 address with or without a port, as most authorities are, looking at each byte once.
    fn usual(text: &'r str) -> Option<Self> {
        let is_usual = |byte: u8| IS_USUAL[usize::from(byte)];
        let end = text.bytes().position(|byte| !is_usual(byte));
        let (host, rest) = text.split_at(end.unwrap_or(text.len()));
        let port = match rest.as_bytes() {
            [] => None,
            [b':', digits @ ..] if digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit) => {
                let add = |port: u32, digit: &u8| 10 * port + u32::from(digit - b'0');
                let port = u16::try_from(digits.iter().fold(0, add)).ok();
                port.filter(|port| *port > 0)
            }
            _ => return None,
        };
        is_common(host).then_some(Self { text, host, port })
    }

    fn any(authority: &'r str) -> Option<Self> {
        let address = authority
            .rsplit_once('@')
            .map_or(authority, |(_, address)| address);
        let (host, port) = match address.rsplit_once(':') {
            // `https://shop`
            Some((_, port_text)) if port_text.starts_with('/') => return None,
            Some((host, port_text)) if !port_text.ends_with(']') => (host, port(port_text)),
            _ => (address, None),
        };
        let host = match host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
        {
            Some(host) => host.parse::<Ipv6Addr>().ok().map(|_| host)?,
            None if is_host(host) => host,
            None => return None,
        };
        Some(Self {
            text: address,
            host,
            port,
        })
    }

    /// Returns the same host at another port.
    pub(super) fn at(self, port: u16) -> Self {
        if self.port == Some(port) {
            return self;
        }
        Self {
            text: self.host,
            port: Some(port),
            ..self
        }
    }
}

/// Parses a port; zero is invalid.
pub(super) fn port(port_text: &str) -> Option<u16> {
    port_text.parse().ok().filter(|port| *port > 0)
}

/// Whether a URL with this host parses; common names and addresses are recognised without the parser.
fn is_host(host: &str) -> bool {
    host.bytes().all(|byte| IS_USUAL[usize::from(byte)]) && is_common(host) || is_in_url(host)
}

/// Whether letters, digits, `-` and `.` are a common name or an IPv4 address.
fn is_common(host: &str) -> bool {
    // A last part that begins with a digit may be a number, and one with `--` may be Punycode.
    let last = host.bytes().rev().take_while(|byte| *byte != b'.').last();
    match last {
        Some(b'0'..=b'9') => host.parse::<Ipv4Addr>().is_ok(),
        Some(b'-') | None => false,
        Some(_) => !host.as_bytes().windows(2).any(|two| two == b"--"),
    }
}

/// The bytes of common names.
static IS_USUAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        byte += 1;
    }
    table
};

/// Asks the URL parser about non-ASCII letters. Other characters would end the host in many URL parsers.
fn is_in_url(host: &str) -> bool {
    let may_be = |character: char| character.is_alphanumeric() || "-._~".contains(character);
    !host.is_empty() && host.chars().all(may_be) && Url::parse(&format!("http://{host}/")).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_split_from_its_port_and_its_user() {
        for (authority, host, port) in [
            ("shop", "shop", None),
            ("shop:8080", "shop", Some(8080)),
            ("shop:", "shop", None),
            ("[::1]:8080", "::1", Some(8080)),
            ("[::1]", "::1", None),
            ("127.0.0.1:x", "127.0.0.1", None),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("shop:0", "shop", None),
            ("app:hunter2@shop.example:8080", "shop.example", Some(8080)),
            (
                "my_service.prod--1.example",
                "my_service.prod--1.example",
                None,
            ),
            ("xn--kln-sna.example", "xn--kln-sna.example", None),
            ("shop1:80", "shop1", Some(80)),
        ] {
            let parsed = Authority::parse(authority).unwrap();
            assert_eq!((parsed.host, parsed.port), (host, port), "{authority}");
        }
    }

    #[test]
    fn what_would_make_no_url_is_no_host() {
        for authority in [
            "",
            ":80",
            "a b",
            "sh/op",
            "[::1",
            "::1",
            "[x]",
            "a\tb",
            "1.2.3.4.5",
            "a%zz",
            "sh?op",
            "a<b",
            "*#",
            "a,b",
            "a;b",
            "https://shop.example",
            "https://shop.example/a",
        ] {
            assert_eq!(Authority::parse(authority), None, "{authority}");
        }
    }
}
