//! The node daemon as the emitter sees it: a name, an address for now, a socket.

use std::{
    fmt, io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket},
    sync::Arc,
    time::{Duration, Instant},
};

use segment::{HostPort, datagram};

use super::{Desk, Frames, Route, pace::Pace};
use crate::delivery::{Counters, Delivery, add, count};

/// How long an address is used before its name is looked up again.
const ADDRESS_TTL: Duration = Duration::from_secs(60);
/// How long to wait between two lookups when something is wrong.
const LOOKUP_PAUSE: Duration = Duration::from_secs(1);
/// How often a datagram is tried when this host's network takes no more, and how long to wait between.
const CONGESTION_TRIES: u32 = 20;
const CONGESTION_PAUSE: Duration = Duration::from_millis(1);

/// Looks a name up. A parameter, so that tests can move a name.
#[derive(Clone)]
pub struct Resolver(Arc<Resolve>);

type Resolve = dyn Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The route of datagrams: one document each, to the node daemon, no faster than it can read.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: HostPort,
    resolver: Resolver,
    link: Option<Link>,
    looked_up_at: Option<Instant>,
    /// Which of several addresses was used last; the next one follows a refusal.
    turn: usize,
    pace: Pace,
    /// How many datagrams were handed to the network and are not counted as sent yet, for they may be refused
    /// still. Below zero if one was refused that had been counted: the next one makes up for it.
    uncounted: i64,
}

/// A socket that is connected to one of the daemon's addresses.
#[derive(Debug)]
struct Link {
    socket: UdpSocket,
    address: SocketAddr,
    resolved_at: Instant,
    /// Something was refused here: look the name up as soon as that is allowed.
    is_doubtful: bool,
}

impl Resolver {
    /// Looks names up with `resolve`. It runs on the emitter's thread and may block: requests do not wait.
    pub fn new(
        resolve: impl Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(resolve))
    }

    pub(crate) fn look_up(&self, name: &HostPort) -> io::Result<Vec<SocketAddr>> {
        (self.0)(name)
    }
}

impl Default for Resolver {
    /// The system's resolver.
    fn default() -> Self {
        Self::new(|name| Ok((name.host.as_str(), name.port).to_socket_addrs()?.collect()))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resolver")
    }
}

impl Daemon {
    pub(crate) fn new(name: HostPort, resolver: Resolver) -> Self {
        Self {
            name,
            resolver,
            link: None,
            looked_up_at: None,
            turn: 0,
            pace: Pace::new(Instant::now()),
            uncounted: 0,
        }
    }

    /// Waits until the name resolves; `false` if the end came before. What is emitted meanwhile stays in the
    /// ring as far as it has room.
    fn wait_until_ready(&mut self, desk: &mut Desk) -> bool {
        loop {
            let now = Instant::now();
            if self.is_ready(&desk.counters, now) {
                return true;
            }
            if desk.wait_closed(self.pause(now), now) {
                return false;
            }
        }
    }

    /// Makes sure that there is a socket, looking the name up if it is time; `false` if there is none.
    fn is_ready(&mut self, counters: &Counters, now: Instant) -> bool {
        let is_fresh = self
            .link
            .as_ref()
            .is_some_and(|link| !link.is_doubtful && now < link.resolved_at + ADDRESS_TTL);
        let may_look_up = self.looked_up_at.is_none_or(|at| now >= at + LOOKUP_PAUSE);
        if !is_fresh && may_look_up {
            self.looked_up_at = Some(now);
            self.look_up(counters, now);
        }
        self.link.is_some()
    }

    /// How long [`Daemon::is_ready`] will not look the name up again.
    fn pause(&self, now: Instant) -> Duration {
        self.looked_up_at.map_or(Duration::ZERO, |at| {
            (at + LOOKUP_PAUSE).saturating_duration_since(now)
        })
    }

    /// Sends one datagram and counts what became of it.
    fn send_one(&mut self, datagram: &[u8], counters: &Counters) {
        for _ in 0..CONGESTION_TRIES {
            let Some(link) = &self.link else {
                count(&counters.unresolved);
                return;
            };
            match link.socket.send(datagram) {
                Ok(_) => {
                    self.uncounted += 1;
                    add(&counters.sent_bytes, datagram.len() as u64);
                    return;
                }
                // The refusal of an earlier datagram; this one was not sent and is tried again.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    self.note_refusal(counters);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(CONGESTION_PAUSE);
                }
                Err(error) => {
                    self.doubt();
                    count(if is_too_large(&error) {
                        &counters.too_large
                    } else {
                        &counters.failed
                    });
                    return;
                }
            }
        }
        count(&counters.congested);
    }

    /// Learns of the last datagram's refusal, which would otherwise come with the next one, and counts the
    /// others as sent. If a refusal comes later than this, the next datagram is not counted in return: what is
    /// counted as sent never decreases.
    fn settle(&mut self, counters: &Counters) {
        let link = self.link.as_ref();
        if let Some(Ok(Some(error))) = link.map(|link| link.socket.take_error())
            && error.kind() == io::ErrorKind::ConnectionRefused
        {
            self.note_refusal(counters);
        }
        if let Ok(sent) = u64::try_from(self.uncounted) {
            add(&counters.sent, sent);
            self.uncounted = 0;
        }
    }

    fn note_refusal(&mut self, counters: &Counters) {
        self.doubt();
        self.uncounted -= 1;
        count(&counters.refused);
    }

    fn doubt(&mut self) {
        if let Some(link) = &mut self.link {
            link.is_doubtful = true;
        }
    }

    fn look_up(&mut self, counters: &Counters, now: Instant) {
        count(&counters.lookups);
        let addresses = self.resolver.look_up(&self.name).unwrap_or_default();
        if addresses.is_empty() {
            // The address that was good is kept: a resolver that is away says nothing about the daemon.
            count(&counters.failed_lookups);
            return;
        }
        if let Some(link) = &mut self.link {
            if link.is_doubtful {
                self.turn = self.turn.wrapping_add(1);
            } else if addresses.contains(&link.address) {
                link.resolved_at = now;
                return;
            }
        }
        let address = addresses[self.turn % addresses.len()];
        match connect(address) {
            Ok(socket) => {
                self.link = Some(Link {
                    socket,
                    address,
                    resolved_at: now,
                    is_doubtful: false,
                });
            }
            Err(_) => count(&counters.failed_connects),
        }
    }
}

impl Route for Daemon {
    const PREFIX: &'static [u8] = datagram::HEADER;
    const MAX_BYTES: usize = datagram::MAX_DOCUMENT;
    const LINGER: Duration = Duration::from_millis(2);

    fn send(&mut self, taken: &[u8], desk: &mut Desk) {
        if !self.wait_until_ready(desk) {
            Frames::new(taken).for_each(|_| count(&desk.counters.unresolved));
            return;
        }
        let mut fill = desk.ring.fill();
        for datagram in Frames::new(taken) {
            let wait = self.pace.wait(datagram.len(), fill, Instant::now());
            if !wait.is_zero() {
                self.settle(&desk.counters);
                std::thread::sleep(wait);
                fill = desk.ring.fill();
            }
            self.send_one(datagram, &desk.counters);
        }
        self.settle(&desk.counters);
    }

    fn remedy(now: &Delivery, before: &Delivery) -> &'static str {
        if now.failed_lookups > before.failed_lookups {
            "the X-Ray daemon's name does not resolve: check AWS_XRAY_DAEMON_ADDRESS and the cluster's DNS; documents wait as long as there is room"
        } else if now.failed_connects > before.failed_connects {
            "this host has no way to the X-Ray daemon's address: check AWS_XRAY_DAEMON_ADDRESS and the network's routes; documents wait as long as there is room"
        } else if now.refused > before.refused {
            "nothing listens at the X-Ray daemon's address, documents are lost: start the daemon or the console there, or set AWS_XRAY_DAEMON_ADDRESS"
        } else if now.shed > before.shed {
            "documents come faster than a daemon takes them and are lost: sample fewer requests"
        } else {
            "documents to the X-Ray daemon are lost: /metrics shows why"
        }
    }
}

fn connect(address: SocketAddr) -> io::Result<UdpSocket> {
    let any = if address.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.set_nonblocking(true)?;
    socket.connect(address)?;
    Ok(socket)
}

/// EMSGSIZE, for which the standard library has no name: 90 on Linux, 40 on macOS and the BSDs.
fn is_too_large(error: &io::Error) -> bool {
    let code = if cfg!(target_os = "linux") { 90 } else { 40 };
    error.raw_os_error() == Some(code)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A socket that reads, and a daemon whose name resolves to what `addresses` holds.
    fn daemon(addresses: Vec<SocketAddr>) -> (Daemon, Arc<Mutex<Vec<SocketAddr>>>) {
        let addresses = Arc::new(Mutex::new(addresses));
        let known = Arc::clone(&addresses);
        let resolver = Resolver::new(move |_| Ok(known.lock().unwrap().clone()));
        let name = HostPort {
            host: "daemon.example".to_owned(),
            port: 2000,
        };
        (Daemon::new(name, resolver), addresses)
    }

    fn reader() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    #[test]
    fn a_name_is_looked_up_again_after_a_minute_and_a_new_address_is_used() {
        let ((first, first_address), (second, second_address)) = (reader(), reader());
        let (mut daemon, addresses) = daemon(vec![first_address]);
        let (counters, now) = (Counters::default(), Instant::now());
        assert!(daemon.is_ready(&counters, now));
        daemon.send_one(b"1", &counters);
        *addresses.lock().unwrap() = vec![second_address];
        assert!(daemon.is_ready(&counters, now + ADDRESS_TTL / 2));
        daemon.send_one(b"2", &counters);
        assert!(daemon.is_ready(&counters, now + ADDRESS_TTL));
        daemon.send_one(b"3", &counters);
        let mut buffer = [0; 2];
        for (socket, expected) in [(&first, b"1"), (&first, b"2"), (&second, b"3")] {
            let length = socket.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], expected);
        }
        daemon.settle(&counters);
        let delivery = counters.read();
        assert_eq!((delivery.lookups, delivery.sent), (2, 3));
    }

    #[test]
    fn an_address_to_which_nothing_may_be_sent_is_counted_until_it_is_another() {
        let (_socket, good) = reader();
        // The kernel sends to it only from sockets that ask for that.
        let broadcast = "255.255.255.255:2000".parse().unwrap();
        let (mut daemon, addresses) = daemon(vec![broadcast]);
        let (counters, now) = (Counters::default(), Instant::now());
        assert!(!daemon.is_ready(&counters, now));
        assert!(!daemon.is_ready(&counters, now), "not at once again");
        let delivery = counters.read();
        assert_eq!((delivery.failed_connects, delivery.failed_lookups), (1, 0));
        *addresses.lock().unwrap() = vec![good];
        assert!(daemon.is_ready(&counters, now + LOOKUP_PAUSE));
    }

    #[test]
    fn a_datagram_that_the_kernel_finds_too_large_is_counted_and_costs_no_other() {
        let (socket, address) = reader();
        let (mut daemon, _) = daemon(vec![address]);
        let counters = Counters::default();
        assert!(daemon.is_ready(&counters, Instant::now()));
        daemon.send_one(&vec![b'x'; datagram::MAX_DATAGRAM + 1], &counters);
        daemon.send_one(b"1", &counters);
        daemon.settle(&counters);
        let delivery = counters.read();
        assert_eq!((delivery.too_large, delivery.sent), (1, 1), "{delivery:?}");
        assert_eq!(socket.recv(&mut [0; 2]).unwrap(), 1);
    }

    /// A UDP socket on this host is never full, so one of another kind takes its place: one that is.
    #[cfg(unix)]
    #[test]
    fn a_datagram_that_the_network_does_not_take_is_tried_again_and_then_counted() {
        use std::os::{fd::OwnedFd, unix::net::UnixDatagram};

        let (sender, receiver) = UnixDatagram::pair().unwrap();
        sender.set_nonblocking(true).unwrap();
        while sender.send(&[0; 1_000]).is_ok() {}
        let (mut daemon, _) = daemon(Vec::new());
        daemon.link = Some(Link {
            socket: OwnedFd::from(sender).into(),
            address: "127.0.0.1:2000".parse().unwrap(),
            resolved_at: Instant::now(),
            is_doubtful: false,
        });
        let counters = Counters::default();
        daemon.send_one(b"1", &counters);
        assert_eq!(counters.read().congested, 1);
        receiver.recv(&mut [0; 1_000]).unwrap();
        daemon.send_one(b"2", &counters);
        daemon.settle(&counters);
        let delivery = counters.read();
        assert_eq!((delivery.congested, delivery.sent), (1, 1), "{delivery:?}");
    }

    /// A socket of another kind again: one whose other end takes no more, ever.
    #[cfg(unix)]
    #[test]
    fn whatever_else_the_network_says_is_counted_and_the_name_is_looked_up_again() {
        use std::{
            net::Shutdown,
            os::{fd::OwnedFd, unix::net::UnixDatagram},
        };

        let (sender, _receiver) = UnixDatagram::pair().unwrap();
        sender.shutdown(Shutdown::Write).unwrap();
        let (socket, address) = reader();
        let (mut daemon, _) = daemon(vec![address]);
        let now = Instant::now();
        daemon.link = Some(Link {
            socket: OwnedFd::from(sender).into(),
            address,
            resolved_at: now,
            is_doubtful: false,
        });
        let counters = Counters::default();
        daemon.send_one(b"1", &counters);
        assert_eq!(counters.read().failed, 1);
        assert!(daemon.is_ready(&counters, now));
        daemon.send_one(b"22", &counters);
        assert_eq!(socket.recv(&mut [0; 3]).unwrap(), 2);
        daemon.settle(&counters);
        let delivery = counters.read();
        assert_eq!(
            (delivery.failed, delivery.lookups, delivery.sent),
            (1, 1, 1)
        );
    }

    #[test]
    fn what_is_counted_as_sent_does_not_decrease_when_a_refusal_comes_late() {
        let (first, address) = reader();
        let (mut daemon, _) = daemon(vec![address]);
        let counters = Counters::default();
        assert!(daemon.is_ready(&counters, Instant::now()));
        daemon.send_one(b"1", &counters);
        daemon.settle(&counters);
        assert_eq!((counters.read().sent, counters.read().refused), (1, 0));

        drop(first);
        // Of the first datagram, as far as the socket tells.
        daemon.link.as_ref().unwrap().socket.send(b"1").unwrap();
        let _second = UdpSocket::bind(address).unwrap();
        daemon.send_one(b"2", &counters);
        daemon.settle(&counters);
        assert_eq!((counters.read().sent, counters.read().refused), (1, 1));
        daemon.send_one(b"3", &counters);
        daemon.settle(&counters);
        assert_eq!((counters.read().sent, counters.read().refused), (2, 1));
    }

    #[test]
    fn what_to_do_depends_on_what_happened() {
        let before = Delivery::default();
        let said = |now: Delivery| Daemon::remedy(&now, &before);
        let count = |set: fn(&mut Delivery)| {
            let mut now = before;
            set(&mut now);
            now
        };
        assert!(said(count(|now| now.failed_lookups = 1)).contains("does not resolve"));
        assert!(said(count(|now| now.failed_connects = 1)).contains("no way"));
        assert!(said(count(|now| now.refused = 1)).contains("start the daemon"));
        assert!(said(count(|now| now.shed = 1)).contains("sample fewer"));
        assert!(said(count(|now| now.failed = 1)).contains("/metrics"));
    }
}
