//! Forwards every datagram to a real daemon.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use segment::HostPort;

/// How long a resolved address is used, and how long to wait after a failed lookup.
const FRESH: Duration = Duration::from_secs(60);

/// Forwards datagrams unchanged.
#[derive(Debug)]
pub struct Forwarder {
    target: HostPort,
    socket: Option<UdpSocket>,
    resolve_at: Instant,
    counts: Arc<Forwarded>,
}

/// Counters of forwarded datagrams.
#[derive(Debug, Default)]
pub struct Forwarded {
    /// Datagrams that the system accepted.
    pub sent: AtomicU64,
    /// Datagrams that the system did not accept, that had no address, or that were refused because nothing listens. A
    /// refusal is reported with the next datagram, so a refused one counts as sent too.
    pub failed: AtomicU64,
}

impl Forwarder {
    /// Forwards to `target`, whose name is resolved with the first datagram.
    pub fn new(target: HostPort) -> Self {
        Self {
            target,
            socket: None,
            resolve_at: Instant::now(),
            counts: Arc::default(),
        }
    }

    /// Returns the counters.
    pub fn counts(&self) -> Arc<Forwarded> {
        self.counts.clone()
    }

    pub(super) fn send(&mut self, datagram: &[u8]) {
        let now = Instant::now();
        if now >= self.resolve_at {
            self.resolve_at = now + FRESH;
            self.socket = self.connect();
        }
        let sent = self.socket.as_ref().is_some_and(|socket| {
            match socket.send(datagram) {
                // The report is about the previous datagram; this one was not sent.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    self.counts.failed.fetch_add(1, Relaxed);
                    socket.send(datagram).is_ok()
                }
                sent => sent.is_ok(),
            }
        });
        let counter = if sent {
            &self.counts.sent
        } else {
            &self.counts.failed
        };
        counter.fetch_add(1, Relaxed);
    }

    fn connect(&self) -> Option<UdpSocket> {
        let addresses = (self.target.host.as_str(), self.target.port)
            .to_socket_addrs()
            .ok()?;
        addresses.into_iter().find_map(|address| {
            let own = match address {
                SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            };
            let socket = UdpSocket::bind(own).ok()?;
            socket.connect(address).ok()?;
            // If the buffer is full, the datagram is dropped, as it would be at the daemon's own socket.
            socket.set_nonblocking(true).ok()?;
            Some(socket)
        })
    }
}
