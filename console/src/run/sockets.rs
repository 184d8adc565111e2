//! The addresses that the console listens on.

use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
};

use crate::command::Config;

/// How often to try another free port if only one of the two protocols has it free.
const ATTEMPTS: usize = 32;

/// What the console listens on.
#[derive(Debug)]
pub struct Sockets {
    /// The X-Ray API and the page.
    pub tcp: TcpListener,
    /// Segments, on the same port.
    pub udp: UdpSocket,
    /// OTLP alone, if asked for.
    pub otlp: Option<TcpListener>,
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
        let otlp = config.otlp.map(|address| {
            TcpListener::bind(address).map_err(|source| BindError {
                flag: "--otlp",
                variable: "XRAY_CONSOLE_OTLP",
                ..BindError::listen(address, "TCP, OTLP", source)
            })
        });
        Ok(Self {
            tcp,
            udp,
            otlp: otlp.transpose()?,
        })
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
}
