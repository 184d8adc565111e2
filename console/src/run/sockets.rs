//! The addresses that the console listens on.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
};

use crate::command::{Config, Further};

/// OTLP over HTTP, where exporters look for it.
const OTLP: Place = Place {
    port: 4318,
    protocol: "TCP, OTLP over HTTP",
    flag: "--otlp",
    variable: "XRAY_CONSOLE_OTLP",
};
/// OTLP over gRPC.
const OTLP_GRPC: Place = Place {
    port: 4317,
    protocol: "TCP, OTLP over gRPC",
    flag: "--otlp-grpc",
    variable: "XRAY_CONSOLE_OTLP_GRPC",
};

/// How often to try another free port if only one of the two protocols has it free.
const ATTEMPTS: usize = 32;

/// What the console listens on.
#[derive(Debug)]
pub struct Sockets {
    /// The X-Ray API and the page.
    pub tcp: TcpListener,
    /// Segments, on the same port.
    pub udp: UdpSocket,
    /// OTLP over HTTP alone, where exporters look for it.
    pub otlp: Option<TcpListener>,
    /// OTLP over gRPC.
    pub otlp_grpc: Option<TcpListener>,
    /// Addresses that nobody asked for by name and that cannot be had: the console goes without them.
    pub missing: Vec<BindError>,
}

/// A port that is the console's by default where it is free.
struct Place {
    port: u16,
    protocol: &'static str,
    flag: &'static str,
    variable: &'static str,
}

/// An address that cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address} ({protocol}): {source}; choose another one with {flag} ADDRESS or {variable}=ADDRESS"
)]
pub struct BindError {
    address: SocketAddr,
    protocol: &'static str,
    flag: &'static str,
    variable: &'static str,
    source: io::Error,
}

impl Sockets {
    /// Binds the addresses. With port 0 both protocols get the same free port.
    pub fn bind(config: &Config) -> Result<Self, BindError> {
        let (tcp, udp) = pair(config.listen)?;
        let mut missing = Vec::new();
        Ok(Self {
            tcp,
            udp,
            otlp: OTLP.bind(config.otlp, &mut missing)?,
            otlp_grpc: OTLP_GRPC.bind(config.otlp_grpc, &mut missing)?,
            missing,
        })
    }

    /// Returns the line with which a console begins: where it is, and what programs are told to send there.
    pub fn announcement(&self) -> io::Result<Announcement> {
        let of = |listener: &Option<TcpListener>| {
            let address = listener.as_ref().map(TcpListener::local_addr);
            address.transpose()
        };
        Ok(Announcement {
            tcp: self.tcp.local_addr()?,
            otlp: of(&self.otlp)?,
            otlp_grpc: of(&self.otlp_grpc)?,
        })
    }
}

/// What a console says first.
#[derive(Debug, Clone, Copy)]
pub struct Announcement {
    tcp: SocketAddr,
    otlp: Option<SocketAddr>,
    otlp_grpc: Option<SocketAddr>,
}

impl Announcement {
    /// Returns the page's URL for a browser on this machine.
    pub fn page(&self) -> String {
        format!("http://{}", reachable(self.tcp))
    }
}

impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = reachable(self.tcp);
        // The first address takes OTLP as well.
        let otlp = self.otlp.map_or(own, reachable);
        write!(
            f,
            "console listening on http://{} (UDP and TCP): set AWS_XRAY_DAEMON_ADDRESS={own}, or \
             OTEL_EXPORTER_OTLP_ENDPOINT=http://{otlp} (HTTP)",
            self.tcp
        )?;
        match self.otlp_grpc {
            Some(grpc) => write!(f, " or http://{} (gRPC)", reachable(grpc)),
            None => Ok(()),
        }
    }
}

/// Returns where something that listens on every address is reached on this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

impl Place {
    /// Binds what is wished for; without a wish the port on loopback, and what stands against that goes to `missing`.
    fn bind(
        &self,
        wish: Option<Further>,
        missing: &mut Vec<BindError>,
    ) -> Result<Option<TcpListener>, BindError> {
        let address = match wish {
            Some(Further::At(address)) => address,
            Some(Further::Off) => return Ok(None),
            None => SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
        };
        match TcpListener::bind(address) {
            Ok(listener) => Ok(Some(listener)),
            Err(source) => {
                let error = BindError {
                    address,
                    protocol: self.protocol,
                    flag: self.flag,
                    variable: self.variable,
                    source,
                };
                if wish.is_some() {
                    return Err(error);
                }
                missing.push(error);
                Ok(None)
            }
        }
    }
}

impl BindError {
    fn listen(address: SocketAddr, protocol: &'static str, source: io::Error) -> Self {
        Self {
            address,
            protocol,
            flag: "--listen",
            variable: "XRAY_CONSOLE_LISTEN",
            source,
        }
    }
}

fn pair(address: SocketAddr) -> Result<(TcpListener, UdpSocket), BindError> {
    let mut attempt = 1;
    loop {
        let tcp = TcpListener::bind(address)
            .map_err(|source| BindError::listen(address, "TCP", source))?;
        let own = tcp
            .local_addr()
            .map_err(|source| BindError::listen(address, "TCP", source))?;
        match UdpSocket::bind(own) {
            Ok(udp) => return Ok((tcp, udp)),
            // The port that was free for TCP is in use for UDP: another one may be free for both.
            Err(_) if address.port() == 0 && attempt < ATTEMPTS => attempt += 1,
            Err(source) => return Err(BindError::listen(own, "UDP", source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(address: SocketAddr) -> Config {
        Config {
            listen: address,
            otlp: Some(Further::Off),
            otlp_grpc: Some(Further::Off),
            ..Config::default()
        }
    }

    #[test]
    fn port_0_takes_one_port_for_both_protocols() {
        let sockets = Sockets::bind(&config(([127, 0, 0, 1], 0).into())).unwrap();
        assert_eq!(
            sockets.tcp.local_addr().unwrap(),
            sockets.udp.local_addr().unwrap()
        );
    }

    #[test]
    fn a_port_in_use_is_named_with_the_flag_that_changes_it() {
        let taken = Sockets::bind(&config(([127, 0, 0, 1], 0).into())).unwrap();
        let address = taken.tcp.local_addr().unwrap();
        let error = Sockets::bind(&config(address)).unwrap_err().to_string();
        for part in [
            address.to_string().as_str(),
            "TCP",
            "--listen",
            "XRAY_CONSOLE_LISTEN",
        ] {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
        drop(taken.tcp);
        let error = Sockets::bind(&config(address)).unwrap_err().to_string();
        assert!(error.contains("UDP"), "{error}");
    }
    #[test]
    fn a_further_address_that_is_taken_stops_only_whom_was_told_to_use_it() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = taken.local_addr().unwrap();
        let place = Place {
            port: address.port(),
            ..OTLP_GRPC
        };
        let mut missing = Vec::new();
        assert!(place.bind(None, &mut missing).unwrap().is_none());
        let told = place.bind(Some(Further::At(address)), &mut missing);
        for error in [missing.pop().unwrap(), told.unwrap_err()] {
            let error = error.to_string();
            for part in [address.to_string().as_str(), "gRPC", "--otlp-grpc"] {
                assert!(error.contains(part), "{part} is not in: {error}");
            }
        }
        assert!(missing.is_empty());
    }

    #[test]
    fn the_first_line_says_what_programs_are_told() {
        let at = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let line = Announcement {
            tcp: at(2000),
            otlp: None,
            otlp_grpc: Some(at(4317)),
        };
        assert_eq!(
            line.to_string(),
            "console listening on http://0.0.0.0:2000 (UDP and TCP): set AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000, \
             or OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:2000 (HTTP) or http://127.0.0.1:4317 (gRPC)"
        );
    }
}
