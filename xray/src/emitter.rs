//! Documents to the node daemon: one thread, one bounded ring, one UDP socket.
//!
//! A request only appends to the ring. The thread waits for the ring to turn from empty to not empty,
//! lingers for more, takes everything and sends it in a row, no faster than a daemon can read. Sending in
//! the request costs as much again as all the rest of tracing; a channel and a thread blocked in `recv` cost
//! twice that, for the wake-ups (`docs/measurements.md`).

mod daemon;
mod pace;
mod ring;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use daemon::Daemon;
pub use daemon::Resolver;
use pace::Pace;
use ring::{Frames, Ring, Turn};
use segment::{HostPort, datagram::MAX_DOCUMENT};

use crate::delivery::{Counters, Delivery, count};

/// How long the thread waits for more once something is there.
const LINGER: Duration = Duration::from_millis(2);
/// How often the thread looks after what is not a document: segments open for long, warnings.
const TICK: Duration = Duration::from_secs(1);
/// How often losses are warned about, at most.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// Takes documents from any thread and sends them.
#[derive(Debug)]
pub(crate) struct Emitter {
    ring: Arc<Ring>,
    counters: Arc<Counters>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Emitter {
    /// Starts the thread. `tick` is called on it about once a second, with a way to emit documents.
    pub(crate) fn start(
        daemon: HostPort,
        resolver: Resolver,
        counters: Arc<Counters>,
        tick: impl Fn(&dyn Fn(&[u8])) + Send + 'static,
    ) -> io::Result<Self> {
        let ring = Arc::new(Ring::default());
        let mut worker = Worker {
            ring: Arc::clone(&ring),
            counters: Arc::clone(&counters),
            warnings: Warnings::new(daemon.to_string()),
            daemon: Daemon::new(daemon, resolver),
            pace: Pace::new(Instant::now()),
        };
        let thread = thread::Builder::new()
            .name("xray-emitter".to_owned())
            .spawn(move || worker.run(&tick))?;
        Ok(Self {
            ring,
            counters,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Appends one document. Never blocks and never fails: what there is no room for is counted.
    pub(crate) fn emit(&self, document: &[u8]) {
        emit(&self.ring, &self.counters, document);
    }

    /// Waits until everything emitted so far is sent, at most `patience`; `false` if it was not.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.ring.flush(Instant::now() + patience)
    }

    /// Sends the rest and ends the thread, waiting at most `patience`.
    pub(crate) fn shutdown(&self, patience: Duration) {
        let is_sent = self.flush(patience);
        self.ring.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && is_sent
        {
            // The thread has nothing left to do but to see that the ring is closed.
            let _ = thread.join();
        }
    }
}

fn emit(ring: &Ring, counters: &Counters, document: &[u8]) {
    if document.len() > MAX_DOCUMENT {
        count(&counters.too_large);
    } else if !ring.push(document) {
        count(&counters.shed);
    }
}

/// What runs on the thread.
struct Worker {
    ring: Arc<Ring>,
    counters: Arc<Counters>,
    daemon: Daemon,
    pace: Pace,
    warnings: Warnings,
}

impl Worker {
    fn run(&mut self, tick: &impl Fn(&dyn Fn(&[u8]))) {
        let mut taken = Vec::new();
        let mut ticked_at = Instant::now();
        loop {
            match self.ring.take(&mut taken, TICK, LINGER) {
                Turn::Send => self.send(&taken),
                Turn::Idle => {}
                Turn::Closed => return,
            }
            let now = Instant::now();
            if now >= ticked_at + TICK {
                ticked_at = now;
                tick(&|document| emit(&self.ring, &self.counters, document));
                self.warnings.look_at(self.counters.read(), now);
            }
        }
    }

    fn send(&mut self, taken: &[u8]) {
        if !self.wait_for_daemon() {
            Frames::new(taken).for_each(|_| count(&self.counters.unresolved));
            return;
        }
        let mut fill = self.ring.fill();
        for datagram in Frames::new(taken) {
            let wait = self.pace.wait(datagram.len(), fill, Instant::now());
            if !wait.is_zero() {
                thread::sleep(wait);
                fill = self.ring.fill();
            }
            self.daemon.send(datagram, &self.counters);
        }
        self.daemon.settle(&self.counters);
    }

    /// Waits until the daemon's name resolves; `false` if the ring was closed before. What comes meanwhile
    /// stays in the ring as far as it has room.
    fn wait_for_daemon(&mut self) -> bool {
        loop {
            let now = Instant::now();
            if self.daemon.is_ready(&self.counters, now) {
                return true;
            }
            self.warnings.look_at(self.counters.read(), now);
            if self.ring.wait_closed(self.daemon.pause(now)) {
                return false;
            }
        }
    }
}

/// Says what was lost, at most once a minute.
struct Warnings {
    daemon: String,
    warned_at: Option<Instant>,
    seen: Delivery,
}

impl Warnings {
    fn new(daemon: String) -> Self {
        Self {
            daemon,
            warned_at: None,
            seen: Delivery::default(),
        }
    }

    fn look_at(&mut self, delivery: Delivery, now: Instant) {
        let lost = delivery.lost() - self.seen.lost();
        let failed_lookups = delivery.failed_lookups - self.seen.failed_lookups;
        let is_time = self.warned_at.is_none_or(|at| now >= at + WARN_EVERY);
        if !is_time || (lost == 0 && failed_lookups == 0) {
            return;
        }
        tracing::warn!(
            daemon = self.daemon,
            lost,
            refused = delivery.refused - self.seen.refused,
            shed = delivery.shed - self.seen.shed,
            failed_lookups,
            "{}",
            remedy(&delivery, &self.seen)
        );
        self.warned_at = Some(now);
        self.seen = delivery;
    }
}

fn remedy(now: &Delivery, before: &Delivery) -> &'static str {
    if now.failed_lookups > before.failed_lookups {
        "the X-Ray daemon's name does not resolve: check AWS_XRAY_DAEMON_ADDRESS and the cluster's DNS; documents wait as long as there is room"
    } else if now.refused > before.refused {
        "nothing listens at the X-Ray daemon's address, documents are lost: start the daemon or the console there, or set AWS_XRAY_DAEMON_ADDRESS"
    } else if now.shed > before.shed {
        "documents come faster than a daemon takes them and are lost: sample fewer requests"
    } else {
        "documents to the X-Ray daemon are lost: /metrics shows why"
    }
}
