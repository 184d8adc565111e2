//! The ports of everything that is deployed, and free ones, for the tests of manifests, images and scripts.

use std::net::{SocketAddr, TcpListener, UdpSocket};

use crate::Result;

/// The port of a service in its container, and of the page on a laptop.
pub const CONTAINER: u16 = 8080;
/// Where a pod is asked whether it lives, and for its metrics.
pub const PROBES: u16 = 9090;
/// Where the back end is on a laptop, beside the front end.
pub const BACK_ON_LAPTOP: u16 = 8081;
/// The port of a service's Kubernetes Service.
pub const SERVICE: u16 = 80;
/// The port of daemons and consoles: UDP for segments, TCP for sampling rules and the console's page.
pub const DAEMON: u16 = 2000;
/// The port on which a collector receives OTLP over HTTP.
pub const OTLP: u16 = 4318;
/// Where it takes OTLP by gRPC.
pub const OTLP_GRPC: u16 = 4317;
/// Where names are resolved.
pub const DNS: u16 = 53;

/// The variables that set the ports of `make shop`, the console's first and the shop's second.
pub const SHOP: [&str; 5] = [
    "CONSOLE_PORT",
    "SHOP_PORT",
    "STOCK_PORT",
    "MOTO_PORT",
    "POSTGRES_PORT",
];

/// Returns a free port for each of these variables.
///
/// # Errors
///
/// If there is none.
pub fn free<const N: usize>(names: [&'static str; N]) -> Result<[(&'static str, u16); N]> {
    let mut ports = names.map(|name| (name, 0));
    for (_, port) in &mut ports {
        *port = free_address()?.port();
    }
    Ok(ports)
}

/// Returns an address of this machine whose port is free for UDP and TCP.
///
/// # Errors
///
/// If there is none.
pub fn free_address() -> Result<SocketAddr> {
    let tcp = TcpListener::bind("127.0.0.1:0")?;
    let address = tcp.local_addr()?;
    UdpSocket::bind(address)?;
    Ok(address)
}
