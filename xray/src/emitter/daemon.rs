//! The route of datagrams to the daemon: sends one document each, only while the daemon is there, and no faster than
//! it reads.

use std::{
    net::SocketAddr,
    ops::ControlFlow::{self, Break, Continue},
    sync::atomic::AtomicU64,
    thread,
    time::{Duration, Instant},
};

use segment::{DaemonAddress, datagram};

use super::{
    Frames, Resolver, Route, RouteContext,
    health::{Answer, Health, Step},
    link::{Connection, Link, Sent},
    pace::Pace,
    resolver::Addresses,
    warnings::Remedies,
};
use crate::delivery::{Counters, add, count};

/// How many of a name's addresses are tried at a time; each may take 250 ms.
const ADDRESSES_AT_ONCE: usize = 4;
/// How often to try to send a datagram that the network does not accept.
const TRIES: u32 = 3;
/// How full the ring must be for waiting to become urgent.
const URGENT_FROM: f64 = 0.5;

/// The emitter's view of the daemon.
#[derive(Debug)]
pub(crate) struct Daemon {
    addresses: Addresses,
    tcp: Tcp,
    health: Health,
    link: Option<Link>,
    /// Kept open to notice when the daemon closes it; nothing is sent on it.
    connection: Option<Connection>,
    /// Index of the address to try first; a refusal moves it to the next one.
    turn: usize,
    pace: Pace,
    /// Whether the daemon was not found since the last document was sent.
    was_away: bool,
    /// Datagrams passed to the network but not yet counted as sent, because a report of their refusal may still
    /// arrive. Negative if a datagram was refused after it was counted; the next one compensates.
    uncounted: i64,
    /// Whether the shutdown has begun and what can be done at once is done.
    is_ending: bool,
}

/// Where the daemon's TCP port is.
#[derive(Debug, Clone, Copy)]
enum Tcp {
    /// At the address of the UDP port.
    SamePort,
    /// On the same host, at this port.
    Port(u16),
    /// On another host, so it says nothing about the UDP port.
    OtherHost,
}

impl Daemon {
    /// Makes a route to the daemon at `address`. Its TCP port is used to check that the daemon is there, if both
    /// ports are on one host.
    pub(crate) fn new(address: &DaemonAddress, resolver: Resolver) -> Self {
        let DaemonAddress { udp, tcp } = address;
        let now = Instant::now();
        Self {
            addresses: Addresses::new(udp.clone(), resolver),
            tcp: if tcp == udp {
                Tcp::SamePort
            } else if tcp.host == udp.host {
                Tcp::Port(tcp.port)
            } else {
                Tcp::OtherHost
            },
            health: Health::new(now),
            link: None,
            connection: None,
            turn: 0,
            pace: Pace::new(now),
            was_away: false,
            uncounted: 0,
            is_ending: false,
        }
    }

    /// Waits until the datagram may be sent, sends it and counts the outcome.
    fn deliver(&mut self, datagram: &[u8], cx: &mut RouteContext) {
        let mut tries = 0;
        loop {
            let lost = cx.until(|cx| self.attempt(datagram, &mut tries, cx));
            match lost {
                Some(None) => return,
                Some(Some(reason)) => return count(reason(&cx.counters)),
                None if self.is_ending => return count(self.reason_at_shutdown(&cx.counters)),
                None => {
                    self.is_ending = true;
                    self.health.allow_connect_now(Instant::now());
                }
            }
        }
    }

    /// Makes one step towards sending the datagram; `Break` once it is sent, or with the reason for its loss.
    fn attempt(
        &mut self,
        datagram: &[u8],
        tries: &mut u32,
        cx: &RouteContext,
    ) -> ControlFlow<Option<Reason>, Duration> {
        let now = Instant::now();
        let is_urgent = !self.health.is_up() && (self.is_ending || cx.ring.fill(0) > URGENT_FROM);
        let counters = &*cx.counters;
        let is_canary = match self.health.step(now, is_urgent) {
            Step::Wait(pause) => return Continue(pause),
            Step::Connect => {
                self.connect(counters, now);
                return Continue(Duration::ZERO);
            }
            Step::Send => false,
            Step::Canary => true,
        };
        let Some(link) = &self.link else {
            self.health.refused(now);
            return Continue(Duration::ZERO);
        };
        match link.send(datagram) {
            Sent::Accepted if is_canary && link.wait_for_refusal() => {
                self.health.canary(true, now);
                self.note_absence(counters);
            }
            Sent::Accepted => {
                if is_canary {
                    self.health.canary(false, now);
                }
                if std::mem::take(&mut self.was_away) {
                    self.pace.ease(now);
                }
                self.uncounted += 1;
                add(&counters.sent_bytes, datagram.len() as u64);
                return Break(None);
            }
            Sent::RefusedBefore => self.note_refusal(counters, now),
            Sent::Failed => {
                *tries += 1;
                self.turn = self.turn.wrapping_add(1);
                self.health.refused(now);
                if *tries == TRIES {
                    return Break(Some(|counters| &counters.failed));
                }
            }
            Sent::Congested => return Break(Some(|counters| &counters.congested)),
            Sent::TooLarge => return Break(Some(|counters| &counters.too_large)),
        }
        Continue(Duration::ZERO)
    }

    /// Looks for an address that accepts a TCP connection, and opens a new socket to it.
    fn connect(&mut self, counters: &Counters, now: Instant) {
        self.settle(counters, now);
        let is_up = self.health.is_up();
        let mut addresses = self.addresses.get(!is_up, counters, now).to_vec();
        let current = self.link.as_ref().filter(|_| is_up).map(Link::address);
        let first = match current {
            Some(current) => addresses.iter().position(|address| *address == current),
            None => self.turn.checked_rem(addresses.len()),
        };
        addresses.rotate_left(first.unwrap_or_default());
        // An address without a TCP port is not replaced by another one that has none either.
        let at_once = if is_up && !self.health.has_tcp() {
            1
        } else {
            ADDRESSES_AT_ONCE
        };
        addresses.truncate(at_once);
        let answer = self.try_each(&addresses, counters);
        self.health.connected(answer, now);
        if self.health.is_waiting() {
            self.note_absence(counters);
        }
    }

    fn note_absence(&mut self, counters: &Counters) {
        count(&counters.failed_probes);
        self.turn = self.turn.wrapping_add(1);
        self.was_away = true;
    }

    /// Keeps the first address that accepts, otherwise the first that refuses, otherwise the first.
    fn try_each(&mut self, addresses: &[SocketAddr], counters: &Counters) -> Answer {
        let mut best = None;
        self.connection = None;
        for address in addresses {
            let Ok(link) = Link::new(*address) else {
                count(&counters.failed_connects);
                continue;
            };
            let answer = self.ask(*address, counters);
            if best.as_ref().is_none_or(|(known, _)| answer < *known) {
                best = Some((answer, link));
            }
            if answer == Answer::Accepted {
                break;
            }
        }
        let Some((answer, link)) = best else {
            return Answer::NoAddress;
        };
        self.link = Some(link);
        answer
    }

    fn ask(&mut self, address: SocketAddr, counters: &Counters) -> Answer {
        let address = match self.tcp {
            Tcp::SamePort => address,
            Tcp::Port(port) => SocketAddr::new(address.ip(), port),
            Tcp::OtherHost => return Answer::Refused,
        };
        count(&counters.probes);
        match Connection::open(address) {
            Ok(connection) => {
                self.connection = Some(connection);
                Answer::Accepted
            }
            Err(answer) => answer,
        }
    }

    /// Checks whether the daemon closed the connection.
    fn check_connection(&mut self, now: Instant) {
        if self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.connection = None;
            self.health.closed(now);
        }
    }

    /// Checks whether the last datagram was refused, which the kernel would otherwise report with the next one, and
    /// counts the others as sent. If a refusal is reported later, the next datagram is not counted instead: `sent`
    /// never decreases.
    fn settle(&mut self, counters: &Counters, now: Instant) {
        if self.link.as_ref().is_some_and(Link::was_refused) {
            self.note_refusal(counters, now);
        }
        if let Ok(sent) = u64::try_from(self.uncounted) {
            add(&counters.sent, sent);
            if self.health.is_unconfirmed() {
                add(&counters.unconfirmed, sent);
            }
            self.uncounted = 0;
        }
    }

    fn note_refusal(&mut self, counters: &Counters, now: Instant) {
        self.uncounted -= 1;
        count(&counters.refused);
        self.turn = self.turn.wrapping_add(1);
        self.health.refused(now);
    }

    /// Returns the counter for a document that was not sent before the shutdown.
    fn reason_at_shutdown<'a>(&self, counters: &'a Counters) -> &'a AtomicU64 {
        if self.addresses.are_known() {
            &counters.unreachable
        } else {
            &counters.unresolved
        }
    }
}

/// The counter of a loss.
type Reason = fn(&Counters) -> &AtomicU64;

impl Route for Daemon {
    const PREFIX: &'static [u8] = datagram::HEADER;
    const MAX_BYTES: usize = datagram::MAX_DOCUMENT;
    const LINGER: Duration = Duration::from_millis(2);
    const REMEDIES: Remedies = Remedies {
        causes: &[
            (
                |now| now.failed_lookups,
                "the X-Ray daemon's name does not resolve: check AWS_XRAY_DAEMON_ADDRESS and the cluster's DNS; documents wait as long as there is room",
            ),
            (
                |now| now.failed_connects,
                "this host has no route to the X-Ray daemon's address: check AWS_XRAY_DAEMON_ADDRESS and the network's routes; documents wait as long as there is room",
            ),
            (
                |now| now.refused + now.unreachable + now.failed_probes,
                "nothing listens at the X-Ray daemon's address: start the daemon or the console there, or set AWS_XRAY_DAEMON_ADDRESS; documents wait as long as there is room",
            ),
            (
                |now| now.unconfirmed,
                "the X-Ray daemon's TCP port does not answer, so documents that are sent may not be received: start the daemon, or allow TCP to it as well as UDP",
            ),
            (
                |now| now.shed,
                "documents are made faster than the X-Ray daemon can receive them, and some are lost: sample fewer requests",
            ),
        ],
        otherwise: "documents to the X-Ray daemon are lost: /metrics shows why",
    };

    fn send(&mut self, taken: &[u8], cx: &mut RouteContext) {
        self.check_connection(Instant::now());
        let mut frames = Frames::new(taken);
        let mut fill = cx.ring.fill(taken.len());
        while let Some(datagram) = frames.next() {
            let wait = self.pace.wait(datagram.len(), fill, Instant::now());
            if !wait.is_zero() {
                self.settle(&cx.counters, Instant::now());
                thread::sleep(wait);
                self.check_connection(Instant::now());
                fill = cx.ring.fill(frames.length());
            }
            self.deliver(datagram, cx);
        }
        self.settle(&cx.counters, Instant::now());
    }

    /// Closes the connection: an idle service holds none open, and its next document begins with a new connection.
    fn rest(&mut self) {
        self.connection = None;
    }
}
