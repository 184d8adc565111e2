//! How far a connection is, and how long it may stay there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use crate::{
    counts::{Closed, Counts},
    limits::Limits,
};

/// How long an unfinished request, or an answer that nobody takes, may go on when the server ends and no whole
/// request is under way any more.
pub(crate) const DRAIN_PATIENCE: Duration = Duration::from_millis(500);
/// How long a client that has ended its side of the connection may wait for an answer. Whether it only half-closed the
/// connection, and reads on, or has left, shows when the answer is sent; work for one that has left must not go on for long.
const HALF_CLOSED: Duration = Duration::from_secs(2);
/// How often a connection looks whether that is so.
const DRAIN_PAUSE: Duration = Duration::from_millis(100);

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The rest of a request's head.
    Head,
    /// Another request.
    Idle,
    /// The rest of a request's body.
    Body,
    /// The answer to a whole request.
    Answer,
    /// Nothing: the answer is one that goes on.
    Stream,
}

/// How far a connection is. Its task, its socket and its bodies write it, the server reads it.
#[derive(Debug)]
pub(crate) struct Progress {
    counts: Arc<Counts>,
    /// What all times are counted from.
    start: Instant,
    /// The phase in the lowest three bits, above them the millisecond in which it began.
    phase: AtomicU64,
    /// The millisecond since which the client takes nothing of an answer, plus one; 0 if it does.
    stalled: AtomicU64,
    /// The millisecond in which the client ended its side of the connection, plus one; 0 if it has not.
    ended: AtomicU64,
    /// Requests that are under way: with HTTP/1.1 one at most.
    requests: AtomicUsize,
    /// Whether the server wants the place of this connection for another one.
    evicted: AtomicBool,
    /// Whether the server ends.
    draining: AtomicBool,
    /// Wakes the connection's task when the server has something to say.
    pub(crate) told: Notify,
}

impl Progress {
    pub(crate) fn new(counts: Arc<Counts>) -> Self {
        counts.open.fetch_add(1, Relaxed);
        Self {
            counts,
            start: Instant::now(),
            phase: AtomicU64::new(Phase::Head as u64),
            stalled: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
            evicted: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            told: Notify::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        unpack(self.phase.load(Relaxed)).0
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let entered = self.millis() << 3 | phase as u64;
        let (left, _) = unpack(self.phase.swap(entered, Relaxed));
        if phase == Phase::Answer && left != Phase::Answer {
            self.counts.answering.fetch_add(1, Relaxed);
        } else if left == Phase::Answer && phase != Phase::Answer {
            self.counts.answering.fetch_sub(1, Relaxed);
        }
    }

    /// A request begins: its head is read.
    pub(crate) fn begin(&self, phase: Phase) {
        self.requests.fetch_add(1, Relaxed);
        self.enter(phase);
    }

    /// A request is answered or given up; after the last one the connection waits for another.
    pub(crate) fn end(&self) {
        if self.requests.fetch_sub(1, Relaxed) == 1 {
            self.enter(Phase::Idle);
        }
    }

    /// The client takes nothing of an answer.
    pub(crate) fn stalls(&self) {
        if self.stalled.load(Relaxed) == 0 {
            self.stalled.store(self.millis() + 1, Relaxed);
        }
    }

    /// The client took something.
    pub(crate) fn flows(&self) {
        if self.stalled.load(Relaxed) != 0 {
            self.stalled.store(0, Relaxed);
        }
    }

    /// The client sends nothing any more.
    pub(crate) fn client_ended(&self) {
        let now = self.millis() + 1;
        if self
            .ended
            .compare_exchange(0, now, Relaxed, Relaxed)
            .is_ok()
        {
            self.told.notify_one();
        }
    }

    pub(crate) fn has_client_ended(&self) -> bool {
        self.ended.load(Relaxed) != 0
    }

    /// Asks the connection to make room for another one.
    pub(crate) fn evict(&self) {
        self.evicted.store(true, Relaxed);
        self.told.notify_one();
    }

    /// Tells the connection that the server ends.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Relaxed);
        self.told.notify_one();
    }

    pub(crate) fn is_to_drain(&self) -> bool {
        self.draining.load(Relaxed)
    }

    /// Returns why the connection is to be closed now, or else when to ask again.
    pub(crate) fn verdict(
        &self,
        limits: &Limits,
        draining: Option<Instant>,
    ) -> Result<Instant, Closed> {
        if self.evicted.load(Relaxed) {
            return Err(Closed::Evicted);
        }
        let now = Instant::now();
        let (phase, since) = self.since();
        // What begins right after this is overdue no earlier.
        let mut again = now + limits.shortest();
        for (limit, since, reason) in [
            limit(limits, phase).map(|(limit, reason)| (limit, since, reason)),
            self.stalled_since()
                .map(|since| (limits.stall_time, since, Closed::NotReading)),
            self.instant(&self.ended)
                .map(|since| (HALF_CLOSED, since, Closed::Left)),
        ]
        .into_iter()
        .flatten()
        {
            if now >= since + limit {
                return Err(reason);
            }
            again = again.min(since + limit);
        }
        let Some(draining) = draining else {
            return Ok(again);
        };
        if now >= draining + DRAIN_PATIENCE && self.may_be_given_up(phase, now) {
            return Err(Closed::Unfinished);
        }
        Ok(again.min(now + DRAIN_PAUSE))
    }

    /// How long the connection has kept the server waiting beyond what is usual; `None` if it has not.
    pub(crate) fn overstay(&self) -> Option<Duration> {
        let now = Instant::now();
        let (phase, since) = self.since();
        let usual = match phase {
            Phase::Head => Some((1, since)),
            Phase::Idle => Some((2, since)),
            Phase::Body => Some((5, since)),
            Phase::Answer | Phase::Stream => {
                let stalled = self.stalled_since().map(|since| (5, since));
                self.instant(&self.ended)
                    .map(|since| (0, since))
                    .or(stalled)
            }
        };
        let (seconds, since) = usual?;
        let beyond = now.checked_duration_since(since + Duration::from_secs(seconds))?;
        (!self.evicted.load(Relaxed)).then_some(beyond)
    }

    /// A whole request is answered to the end, if its client takes the answer; others wait for the last of these.
    fn may_be_given_up(&self, phase: Phase, now: Instant) -> bool {
        let is_stalled = self
            .stalled_since()
            .is_some_and(|since| now >= since + DRAIN_PATIENCE);
        is_stalled || (phase != Phase::Answer && self.counts.answering.load(Relaxed) == 0)
    }

    fn since(&self) -> (Phase, Instant) {
        let (phase, millis) = unpack(self.phase.load(Relaxed));
        (phase, self.start + Duration::from_millis(millis))
    }

    fn stalled_since(&self) -> Option<Instant> {
        self.instant(&self.stalled)
    }

    /// Returns the time that a millisecond plus one stands for.
    fn instant(&self, millis: &AtomicU64) -> Option<Instant> {
        let millis = millis.load(Relaxed).checked_sub(1)?;
        Some(self.start + Duration::from_millis(millis))
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX >> 3)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.enter(Phase::Idle);
        self.counts.open.fetch_sub(1, Relaxed);
    }
}

/// Returns how long a connection may stay in a phase, and what it is closed for then.
fn limit(limits: &Limits, phase: Phase) -> Option<(Duration, Closed)> {
    match phase {
        Phase::Head => Some((limits.header_time, Closed::Header)),
        Phase::Idle => Some((limits.idle_time, Closed::Idle)),
        Phase::Body => Some((limits.body_time, Closed::Body)),
        Phase::Answer => Some((limits.answer_time, Closed::Answer)),
        Phase::Stream => None,
    }
}

fn unpack(packed: u64) -> (Phase, u64) {
    let phase = match packed & 7 {
        0 => Phase::Head,
        1 => Phase::Idle,
        2 => Phase::Body,
        3 => Phase::Answer,
        _ => Phase::Stream,
    };
    (phase, packed >> 3)
}
