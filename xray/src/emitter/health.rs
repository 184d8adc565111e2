//! Whether anybody takes datagrams at the daemon's address, judged from evidence.
//!
//! UDP does not tell. On one host the kernel reports each datagram that nobody took, but in a cluster Linux sends
//! at most one such report a second to a pod, and a flow to a daemon that is gone may get none at all. So this
//! judges from three kinds of evidence together:
//!
//! - **a TCP connection** to the same address: AWS's daemon, the CloudWatch agent and the console listen there.
//!   It is made while documents flow, and held: the daemon's end closes it, which is known at once;
//! - **a canary**: after any doubt one document goes out alone, through a socket of its own. If the network reports
//!   that nobody took it, exactly that one was refused, so it is kept and sent again later;
//! - **refusals** of datagrams, where they are reported.
//!
//! While there is reason to think that nobody takes datagrams, documents wait in the ring.
//!
//! A daemon that accepted a TCP connection once is expected to accept the next one. One whose host *refuses* TCP
//! but whose canary is not refused has no TCP port; from then on only refusals speak against it. Where TCP gets
//! no answer at all, both may be true: a firewall lets only UDP through, or a Service's traffic policy drops what
//! has no daemon on this node. Then documents wait for [`GRACE`], or until the ring is half full, and are sent.
//!
//! This is only the judgement: time is an argument, and the sockets are in `daemon.rs`.

use std::time::{Duration, Instant};

/// How long a connection is proof enough, while documents flow.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The same for a daemon without a TCP port: it might have got one.
const CHECK_WITHOUT_TCP: Duration = Duration::from_secs(10);
/// How long to wait before the next connection after one that failed; never is one made sooner after another.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(500);
/// How long to wait after a refused canary of a daemon that was never seen to have a TCP port. A connection and a
/// canary can cost one report of the network each; Linux sends one a second.
const CANARY_EVERY: Duration = Duration::from_millis(2_500);
/// How long documents wait for a daemon of which nothing is heard and nothing is known.
const GRACE: Duration = Duration::from_secs(30);
/// A connection that was closed sooner than this is one that the other end does not want to hold.
const SHORT_LIVED: Duration = Duration::from_millis(300);
/// How many short-lived connections in a row it takes until their end is no evidence any more.
const ENOUGH_HANGUPS: u8 = 3;

/// The judgement, and what it rests on.
#[derive(Debug)]
pub(crate) struct Health {
    state: State,
    /// The daemon accepted a connection once.
    has_tcp: bool,
    connected_at: Option<Instant>,
    /// When the next connection may or should be made.
    next_at: Instant,
    /// Since when nothing is heard of a daemon that was never seen to have a TCP port.
    silent_since: Option<Instant>,
    /// Documents are sent although nothing is heard.
    is_unconfirmed: bool,
    /// The last connection is not known to be closed.
    is_held: bool,
    /// Short-lived connections in a row.
    hangups: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing speaks for somebody who takes datagrams, or something speaks against it.
    Waiting,
    /// Somebody is there; the next document shows whether he takes datagrams.
    Canary,
    /// Somebody takes datagrams.
    Up,
}

/// What to do next with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send it.
    Send,
    /// Send it alone, through a new socket, and wait for the network's report.
    Canary,
    /// Connect by TCP first.
    Connect,
    /// Keep it and ask again after this time.
    Wait(Duration),
}

/// What came of a connection by TCP.
/// The better one is the smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// It is there.
    Accepted,
    /// The host, or the network for it, says that nobody listens.
    Refused,
    /// Nothing came back in time.
    Silent,
    /// There is no address to connect to.
    Nowhere,
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

    /// Says what to do with the next document. `is_urgent`: there is not much room for more to wait.
    pub(crate) fn step(&mut self, now: Instant, is_urgent: bool) -> Step {
        let is_due = now >= self.next_at;
        match self.state {
            State::Up if !is_due => Step::Send,
            State::Canary => Step::Canary,
            State::Waiting if self.is_given_up_on(now, is_urgent) => {
                self.silent_since = None;
                self.is_unconfirmed = true;
                self.up(now);
                Step::Send
            }
            State::Up | State::Waiting if is_due => Step::Connect,
            State::Up | State::Waiting => Step::Wait(self.next_at - now),
        }
    }

    /// Whether it is no use to go on waiting to hear of the daemon.
    fn is_given_up_on(&self, now: Instant, is_urgent: bool) -> bool {
        self.silent_since
            .is_some_and(|since| is_urgent || now >= since + GRACE)
    }

    /// Notes what came of [`Step::Connect`].
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
            Answer::Nowhere => self.state = State::Waiting,
            _ if self.is_up() && (is_accepted || !self.has_tcp) => self.up(now),
            Answer::Accepted => self.state = State::Canary,
            _ if self.has_tcp => self.state = State::Waiting,
            Answer::Refused => self.state = State::Canary,
            Answer::Silent => self.silent_since = silent_since.or(Some(now)),
        }
    }

    /// Notes whether the network reported that nobody took the document of [`Step::Canary`].
    pub(crate) fn canary(&mut self, is_refused: bool, now: Instant) {
        if is_refused {
            self.refused(now);
        } else {
            self.up(now);
        }
    }

    /// Notes that the network reported of a datagram that nobody took it.
    pub(crate) fn refused(&mut self, now: Instant) {
        self.state = State::Waiting;
        self.next_at = if self.has_tcp {
            self.next_connection(now)
        } else {
            now + CANARY_EVERY
        };
    }

    /// Notes that the daemon's end closed the connection that was held.
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

    /// Lets the next connection be made at once: the end has come, and there will be no other.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.next_at = self.next_at.min(now);
    }

    /// Whether somebody is thought to take datagrams.
    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether documents wait.
    pub(crate) fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }

    /// Whether the daemon accepted a connection once.
    pub(crate) fn has_tcp(&self) -> bool {
        self.has_tcp
    }

    /// Whether documents are sent although nothing is heard of anybody who takes them.
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
