//! The route of datagrams: one document each, to the node daemon, when it is there and no faster than it reads.

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

/// How many of a name's addresses are tried at a time; each may take a quarter of a second.
const ADDRESSES_AT_ONCE: usize = 4;
/// How often a datagram is tried that the network does not take.
const TRIES: u32 = 3;
/// From which fill of the ring on there is not much room for more documents to wait.
const URGENT_FROM: f64 = 0.5;

/// The node daemon as the emitter sees it.
#[derive(Debug)]
pub(crate) struct Daemon {
    addresses: Addresses,
    tcp: Tcp,
    health: Health,
    link: Option<Link>,
    /// Held so that its end is seen; nothing is sent on it.
    connection: Option<Connection>,
    /// Which of several addresses comes first; the next one follows a refusal.
    turn: usize,
    pace: Pace,
    /// Nobody was found since something was sent last.
    was_away: bool,
    /// How many datagrams were handed to the network and are not counted as sent yet, for they may be refused
    /// still. Below zero if one was refused that had been counted: the next one makes up for it.
    uncounted: i64,
    /// The end has come, and what can be done at once was done.
    is_ending: bool,
}

/// Where the daemon's TCP port is.
#[derive(Debug, Clone, Copy)]
enum Tcp {
    /// At the same address.
    SamePort,
    /// On the same host.
    Port(u16),
    /// On another host, so that it says nothing about whoever takes datagrams.
    Elsewhere,
}

impl Daemon {
    /// A daemon at `address`. Its TCP port tells whether it is there, if it is on the host of the UDP port.
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
                Tcp::Elsewhere
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

    /// Waits until the datagram may go, sends it and counts what became of it.
    fn deliver(&mut self, datagram: &[u8], cx: &mut RouteContext) {
        let mut tries = 0;
        loop {
            let lost = cx.until(|cx| self.attempt(datagram, &mut tries, cx));
            match lost {
                Some(None) => return,
                Some(Some(reason)) => return count(reason(&cx.counters)),
                None if self.is_ending => return count(self.reason_at_the_end(&cx.counters)),
                None => {
                    self.is_ending = true;
                    self.health.hurry(Instant::now());
                }
            }
        }
    }

    /// One step towards sending the datagram; `Break` once it is sent, or with the reason why it is lost.
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
            Sent::Taken if is_canary && link.waits_for_refusal() => {
                self.health.canary(true, now);
                self.note_absence(counters);
            }
            Sent::Taken => {
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

    /// Looks for an address that accepts a connection by TCP, and makes a new socket to it.
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
        // One that never had a TCP port is not left because of another one that has none either.
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

    /// Keeps the first address that accepts, else the first that refuses, else the first.
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
            return Answer::Nowhere;
        };
        self.link = Some(link);
        answer
    }

    fn ask(&mut self, address: SocketAddr, counters: &Counters) -> Answer {
        let address = match self.tcp {
            Tcp::SamePort => address,
            Tcp::Port(port) => SocketAddr::new(address.ip(), port),
            Tcp::Elsewhere => return Answer::Refused,
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

    /// Notices that the daemon's end of the connection was closed.
    fn look_at_connection(&mut self, now: Instant) {
        if self.connection.as_ref().is_some_and(Connection::is_closed) {
            self.connection = None;
            self.health.closed(now);
        }
    }

    /// Learns of the last datagram's refusal, which would otherwise come with the next one, and counts the
    /// others as sent. If a refusal comes later than this, the next datagram is not counted in return: what is
    /// counted as sent never decreases.
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

    /// Why a document was not sent until the end.
    fn reason_at_the_end<'a>(&self, counters: &'a Counters) -> &'a AtomicU64 {
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
                "this host has no way to the X-Ray daemon's address: check AWS_XRAY_DAEMON_ADDRESS and the network's routes; documents wait as long as there is room",
            ),
            (
                |now| now.refused + now.unreachable + now.failed_probes,
                "nothing listens at the X-Ray daemon's address, documents wait as long as there is room: start the daemon or the console there, or set AWS_XRAY_DAEMON_ADDRESS",
            ),
            (
                |now| now.unconfirmed,
                "the X-Ray daemon's TCP port does not answer, so nothing tells whether anybody takes the documents that are sent: start the daemon, or let TCP through to it beside UDP",
            ),
            (
                |now| now.shed,
                "documents come faster than the X-Ray daemon may be sent them and are lost: sample fewer requests",
            ),
        ],
        otherwise: "documents to the X-Ray daemon are lost: /metrics shows why",
    };

    fn send(&mut self, taken: &[u8], cx: &mut RouteContext) {
        self.look_at_connection(Instant::now());
        let mut frames = Frames::new(taken);
        let mut fill = cx.ring.fill(taken.len());
        while let Some(datagram) = frames.next() {
            let wait = self.pace.wait(datagram.len(), fill, Instant::now());
            if !wait.is_zero() {
                self.settle(&cx.counters, Instant::now());
                thread::sleep(wait);
                self.look_at_connection(Instant::now());
                fill = cx.ring.fill(frames.length());
            }
            self.deliver(datagram, cx);
        }
        self.settle(&cx.counters, Instant::now());
    }

    /// Nothing is held open by a service that traces nothing: its next document is preceded by a connection anyway.
    fn rest(&mut self) {
        self.connection = None;
    }
}
