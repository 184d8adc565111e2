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
        if let Some(usual) = Self::parse_usual(authority) {
            return Some(usual);
        }
        let address = rsplit_once(authority, b'@').map_or(authority, |(_, address)| address);
        let (host, port) = match rsplit_once(address, b':') {
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

    /// Reads a usual name with a port or without one, as most authorities are, in one pass.
    fn parse_usual(text: &'r str) -> Option<Self> {
        let (host, rest) = text.split_at(usual_name(text)?);
        let port = match rest.strip_prefix(':') {
            None | Some("") => None,
            Some(port_text) => Some(port(port_text)?),
        };
        Some(Self { text, host, port })
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

/// Splits at the last `separator`, an ASCII character. By bytes: an authority is short, and searching for a string takes
/// several times as long.
fn rsplit_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Parses a port; zero is invalid.
pub(super) fn port(port_text: &str) -> Option<u16> {
    port_text.parse().ok().filter(|port| *port > 0)
}

/// Whether a URL with this host parses; common names and addresses are recognised without the parser.
fn is_host(host: &str) -> bool {
    let is_usual = usual_name(host) == Some(host.len());
    is_usual || host.parse::<Ipv4Addr>().is_ok() || is_in_url(host)
}

/// Returns the length of the usual name that an authority begins with, up to its end or a colon: of letters, digits, dots and
/// single hyphens, as `--` may be Punycode. A last part that begins with a digit may be a number.
fn usual_name(text: &str) -> Option<usize> {
    let (mut before, mut first, mut length) = (DOT, OTHER, 0);
    for byte in text.bytes() {
        let kind = KINDS[usize::from(byte)];
        if kind == OTHER {
            if byte == b':' {
                break;
            }
            return None;
        }
        if kind == HYPHEN && before == HYPHEN {
            return None;
        }
        if before == DOT {
            first = kind;
        }
        before = kind;
        length += 1;
    }
    (first == LETTER && before != DOT).then_some(length)
}

const OTHER: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const DOT: u8 = 3;
const HYPHEN: u8 = 4;
static KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'.' => DOT,
            b'-' => HYPHEN,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
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
