//! Passing every datagram on to a real daemon.

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

/// How long an address that was resolved is used, and how long one that failed is left alone.
const FRESH: Duration = Duration::from_secs(60);

/// Passes datagrams on as they came.
#[derive(Debug)]
pub struct Forwarder {
    target: HostPort,
    socket: Option<UdpSocket>,
    resolve_at: Instant,
    counts: Arc<Forwarded>,
}

/// What was passed on.
#[derive(Debug, Default)]
pub struct Forwarded {
    /// Datagrams that the system took.
    pub sent: AtomicU64,
    /// Datagrams that it did not take, that there was no address for, or that came back because nobody
    /// listens there. Of the last ones the system tells with the next datagram, so they count as sent, too.
    pub failed: AtomicU64,
}

impl Forwarder {
    /// Passes on to `target`, whose name is resolved with the first datagram.
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
                // This is what became of the one before; this one was not sent yet.
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
            // A full buffer drops the datagram, as it would on its way to the daemon itself.
            socket.set_nonblocking(true).ok()?;
            Some(socket)
        })
    }
}
