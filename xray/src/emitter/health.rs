//! Decides whether anything receives datagrams at the daemon's address, from evidence.
//!
//! UDP does not tell. On one host the kernel reports each datagram that nothing received, but in a cluster Linux
//! sends at most one such report a second to a pod, and a flow to a daemon that is gone may get none at all. So three
//! kinds of evidence are combined:
//!
//! - **a TCP connection** to the same address: AWS's daemon, the CloudWatch agent and the console listen there. It is
//!   opened while documents are sent, and kept open: when the daemon ends, it closes the connection, which shows at
//!   once;
//! - **a canary**: after any doubt, one document is sent alone, through a socket of its own. If the network reports a
//!   refusal, exactly this document was refused, so it is kept and sent again later;
//! - **refusals** of datagrams, where the network reports them.
//!
//! As long as the evidence says that nothing receives datagrams, documents wait in the ring.
//!
//! A daemon that has accepted a TCP connection is expected to accept the next one. A daemon whose host *refuses* TCP
//! but whose canary is not refused has no TCP port; from then on only refusals count as evidence against it. If TCP
//! connections get no answer at all, there are two possible reasons: a firewall that passes only UDP, or a Service
//! whose traffic policy drops packets because there is no daemon on this node. Then documents wait for [`GRACE`], or
//! until the ring is half full, and are sent.
//!
//! This file does no I/O: time is an argument, and the sockets are in `daemon.rs`.

use std::time::{Duration, Instant};

/// How long a connection counts as evidence while documents are sent.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The same for a daemon without a TCP port, which may have opened one since.
const CHECK_WITHOUT_TCP: Duration = Duration::from_secs(10);
/// How long to wait after a failed connection before the next one.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(500);
/// How long to wait after a refused canary if the daemon never had a TCP port. A connection and a canary can each
/// cause one report of the network; Linux sends one a second.
const CANARY_EVERY: Duration = Duration::from_millis(2_500);
/// How long documents wait for a daemon that neither accepts nor refuses.
const GRACE: Duration = Duration::from_secs(30);
/// A connection that is closed sooner than this is one that the other end does not keep open.
const SHORT_LIVED: Duration = Duration::from_millis(300);
/// After how many short-lived connections in a row a closed connection no longer counts as evidence.
const ENOUGH_HANGUPS: u8 = 3;

/// The state, and the evidence for it.
#[derive(Debug)]
pub(crate) struct Health {
    state: State,
    /// Whether the daemon has ever accepted a connection.
    has_tcp: bool,
    connected_at: Option<Instant>,
    /// The earliest time for the next connection.
    next_at: Instant,
    /// Since when a daemon without a known TCP port has not answered.
    silent_since: Option<Instant>,
    /// Whether documents are sent without evidence that they are received.
    is_unconfirmed: bool,
    /// Whether the last connection is open, as far as is known.
    is_held: bool,
    /// The number of short-lived connections in a row.
    hangups: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing indicates that datagrams are received, or something indicates the opposite.
    Waiting,
    /// The daemon's host answers; the next document shows whether datagrams are received.
    Canary,
    /// Datagrams are received.
    Up,
}

/// What to do with the next document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send it.
    Send,
    /// Send it alone, through a new socket, and wait for a report of the network.
    Canary,
    /// Connect by TCP first.
    Connect,
    /// Keep it and ask again after this time.
    Wait(Duration),
}

/// The result of a TCP connection; the best is the smallest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// The daemon accepted it.
    Accepted,
    /// The host, or the network on its behalf, refused it.
    Refused,
    /// There was no answer in time.
    Silent,
    /// There is no address to connect to.
    NoAddress,
}

impl Health {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            state: State::Waiting,
            has_tcp: false,
            connected_at: None,
            next_at: now,
            silent_since: None,
            is_unconfirmed: false,
            is_held: false,
            hangups: 0,
        }
    }

    /// Returns what to do with the next document. `is_urgent`: the ring has little room left.
    pub(crate) fn step(&mut self, now: Instant, is_urgent: bool) -> Step {
        let is_due = now >= self.next_at;
        match self.state {
            State::Up if !is_due => Step::Send,
            State::Canary => Step::Canary,
            State::Waiting if self.has_waited_enough(now, is_urgent) => {
                self.silent_since = None;
                self.is_unconfirmed = true;
                self.up(now);
                Step::Send
            }
            State::Up | State::Waiting if is_due => Step::Connect,
            State::Up | State::Waiting => Step::Wait(self.next_at - now),
        }
    }

    /// Whether further waiting for an answer is pointless.
    fn has_waited_enough(&self, now: Instant, is_urgent: bool) -> bool {
        self.silent_since
            .is_some_and(|since| is_urgent || now >= since + GRACE)
    }

    /// Records the result of [`Step::Connect`].
    pub(crate) fn connected(&mut self, answer: Answer, now: Instant) {
        self.connected_at = Some(now);
        self.next_at = now + RETRY_AFTER;
        let is_accepted = answer == Answer::Accepted;
        if self.is_held || !is_accepted {
            self.hangups = 0;
        }
        self.is_held = is_accepted;
        self.has_tcp |= is_accepted;
        let silent_since = self.silent_since.take();
        self.is_unconfirmed &= answer == Answer::Silent;
        match answer {
            Answer::NoAddress => self.state = State::Waiting,
            _ if self.is_up() && (is_accepted || !self.has_tcp) => self.up(now),
            Answer::Accepted => self.state = State::Canary,
            _ if self.has_tcp => self.state = State::Waiting,
            Answer::Refused => self.state = State::Canary,
            Answer::Silent => self.silent_since = silent_since.or(Some(now)),
        }
    }

    /// Records whether the network reported that the document of [`Step::Canary`] was refused.
    pub(crate) fn canary(&mut self, is_refused: bool, now: Instant) {
        if is_refused {
            self.refused(now);
        } else {
            self.up(now);
        }
    }

    /// Records that the network reported a refused datagram.
    pub(crate) fn refused(&mut self, now: Instant) {
        self.state = State::Waiting;
        self.next_at = if self.has_tcp {
            self.next_connection(now)
        } else {
            now + CANARY_EVERY
        };
    }

    /// Records that the daemon closed the connection.
    pub(crate) fn closed(&mut self, now: Instant) {
        self.is_held = false;
        let lived = self
            .connected_at
            .map_or(Duration::MAX, |at| now.saturating_duration_since(at));
        if lived < SHORT_LIVED {
            self.hangups = self.hangups.saturating_add(1);
        } else {
            self.hangups = 0;
        }
        if self.state == State::Up && self.hangups < ENOUGH_HANGUPS {
            self.state = State::Waiting;
            self.next_at = self.next_connection(now);
        }
    }

    /// Allows the next connection at once, because the shutdown has begun.
    pub(crate) fn allow_connect_now(&mut self, now: Instant) {
        self.next_at = self.next_at.min(now);
    }

    /// Whether datagrams are thought to be received.
    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether documents wait.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }

    /// Whether the daemon has ever accepted a connection.
    pub(crate) fn has_tcp(&self) -> bool {
        self.has_tcp
    }

    /// Whether documents are sent without evidence that they are received.
    pub(crate) fn is_unconfirmed(&self) -> bool {
        self.is_unconfirmed
    }

    fn up(&mut self, now: Instant) {
        self.state = State::Up;
        let proof = if self.has_tcp {
            CHECK_EVERY
        } else {
            CHECK_WITHOUT_TCP
        };
        self.next_at = self.connected_at.unwrap_or(now) + proof;
    }

    fn next_connection(&self, now: Instant) -> Instant {
        self.connected_at
            .map_or(now, |at| now.max(at + RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests;
