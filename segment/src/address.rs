//! The address of the X-Ray daemon: `AWS_XRAY_DAEMON_ADDRESS`.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-go-configuration.html>

use std::{fmt, str::FromStr};

/// The daemon's UDP and TCP addresses, unresolved.
///
/// `host:port` for both protocols, or `tcp:host:port udp:host:port` in either order. A host is a name, an IPv4
/// address, or an IPv6 address in brackets. The default is `127.0.0.1:2000` for both.
///
/// ```
/// # use segment::DaemonAddress;
/// let address: DaemonAddress = "aws-xray.xray:2000".parse()?;
/// assert_eq!(address.udp.to_string(), "aws-xray.xray:2000");
///
/// let address: DaemonAddress = "tcp:[::1]:2001 udp:[::1]:2000".parse()?;
/// assert_eq!((address.tcp.host.as_str(), address.tcp.port), ("::1", 2001));
/// assert!("10.0.0.7".parse::<DaemonAddress>().is_err());
/// # Ok::<(), segment::InvalidDaemonAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaemonAddress {
    /// Where segment documents go.
    pub udp: HostPort,
    /// Where sampling rules come from.
    pub tcp: HostPort,
}

/// A host and a port, not resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an IP address; an IPv6 address without its brackets.
    pub host: String,
    /// The port, never 0.
    pub port: u16,
}

/// A text that is not a daemon address, and the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a daemon address: {reason}; write host:port, or tcp:host:port udp:host:port"
)]
pub struct InvalidDaemonAddress {
    text: String,
    reason: &'static str,
}

impl Default for DaemonAddress {
    /// Returns 127.0.0.1:2000 for both, the default of every X-Ray SDK.
    fn default() -> Self {
        let both = HostPort {
            host: "127.0.0.1".to_owned(),
            port: 2000,
        };
        Self {
            udp: both.clone(),
            tcp: both,
        }
    }
}

impl FromStr for DaemonAddress {
    type Err = InvalidDaemonAddress;

    fn from_str(text: &str) -> Result<Self, InvalidDaemonAddress> {
        parse(text).map_err(|reason| InvalidDaemonAddress {
            text: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for DaemonAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.udp == self.tcp {
            return self.udp.fmt(formatter);
        }
        write!(formatter, "tcp:{} udp:{}", self.tcp, self.udp)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

fn parse(text: &str) -> Result<DaemonAddress, &'static str> {
    if text.contains("://") {
        return Err("it is a URL");
    }
    if text.contains([',', ';']) {
        return Err("it is a list, and there is one daemon");
    }
    let parts: Vec<&str> = text.split_whitespace().collect();
    match parts.as_slice() {
        [] => Err("it is empty"),
        [one] if prefixed(one).is_some() => Err("it has an address for one protocol only"),
        [one] => {
            let both = host_port(one)?;
            Ok(DaemonAddress {
                udp: both.clone(),
                tcp: both,
            })
        }
        [first, second] => pair(first, second),
        _ => Err("it has more than two parts"),
    }
}

fn pair(first: &str, second: &str) -> Result<DaemonAddress, &'static str> {
    match (prefixed(first), prefixed(second)) {
        (Some(("tcp", tcp)), Some(("udp", udp))) | (Some(("udp", udp)), Some(("tcp", tcp))) => {
            Ok(DaemonAddress {
                udp: host_port(udp)?,
                tcp: host_port(tcp)?,
            })
        }
        (Some(_), Some(_)) => Err("it names one protocol twice"),
        _ => Err("of two parts one must begin with tcp: and the other with udp:"),
    }
}

fn prefixed(part: &str) -> Option<(&str, &str)> {
    // `udp:2000` is a host named udp; only a part with a second colon has a protocol.
    part.split_once(':')
        .filter(|(protocol, rest)| matches!(*protocol, "tcp" | "udp") && rest.contains(':'))
}

fn host_port(text: &str) -> Result<HostPort, &'static str> {
    let (host, port) = text.rsplit_once(':').ok_or("it has no port")?;
    let port = match port.parse() {
        _ if !port.bytes().all(|byte| byte.is_ascii_digit()) || port.is_empty() => {
            Err("its port is not a number")
        }
        Ok(0) | Err(_) => Err("its port is not between 1 and 65535"),
        Ok(port) => Ok(port),
    }?;
    let host = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        Some(Some(address)) if address.parse::<std::net::Ipv6Addr>().is_ok() => address,
        Some(_) => return Err("the part in brackets is not an IPv6 address"),
        None if host.contains(':') => return Err("an IPv6 address needs brackets"),
        None => host,
    };
    if host.is_empty() || host.contains(['/', '@', '[', ']']) {
        return Err("it has no host name or address before the port");
    }
    Ok(HostPort {
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        let address: DaemonAddress = "[::1]:2000".parse().unwrap();
        assert_eq!((address.udp.host.as_str(), address.udp.port), ("::1", 2000));
        assert_eq!(address.to_string(), "[::1]:2000");
        let address: DaemonAddress = "udp:[fd00::2]:1 tcp:daemon:2".parse().unwrap();
        assert_eq!(address.to_string(), "tcp:daemon:2 udp:[fd00::2]:1");
    }

    #[test]
    fn what_is_no_address_is_named_with_the_accepted_forms() {
        for (text, reason) in [
            ("::1:2000", "an IPv6 address needs brackets"),
            ("[::1]", "its port is not a number"),
            ("[daemon]:1", "the part in brackets is not an IPv6 address"),
            (":2000", "it has no host name or address before the port"),
            ("host:0", "its port is not between 1 and 65535"),
            ("host:70000", "its port is not between 1 and 65535"),
            ("host:+1", "its port is not a number"),
            ("http://daemon:2000", "it is a URL"),
            ("tcp://daemon:2000 udp://daemon:2000", "it is a URL"),
            ("a:1,b:2", "it is a list, and there is one daemon"),
            (
                "a:1 b:2",
                "of two parts one must begin with tcp: and the other with udp:",
            ),
        ] {
            let error = text.parse::<DaemonAddress>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is not a daemon address: {reason}; write host:port, or tcp:host:port udp:host:port"
                )
            );
        }
    }
}
