//! What is recorded on its way out: one bounded ring, one thread, one [`Route`].
//!
//! A request only appends to the ring. The thread waits for the ring to turn from empty to not empty,
//! lingers for more, takes everything and hands it to the route; while there is traffic it only lingers. The
//! routes: datagrams to the node daemon ([`Daemon`]), or OTLP to a collector ([`crate::otlp`]). Sending in the
//! request costs as much again as all the rest of tracing; a channel and a thread blocked in `recv` cost twice
//! that, for the wake-ups (`docs/measurements.md`).

mod daemon;
mod pace;
mod ring;
mod warnings;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use opentelemetry::Context;

pub(crate) use daemon::Daemon;
pub use daemon::Resolver;
pub(crate) use ring::Frames;
use ring::{Ring, Turn};
use warnings::Warnings;

use crate::delivery::{Counters, Delivery, count};

/// How often the thread looks after what is not a document: segments open for long, warnings.
const TICK: Duration = Duration::from_secs(1);

/// Takes documents, or spans for OTLP, from any thread and sends them.
#[derive(Debug)]
pub(crate) struct Emitter {
    ring: Arc<Ring>,
    counters: Arc<Counters>,
    max_bytes: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// The way out. It runs on the emitter's thread and may block there.
pub(crate) trait Route: Send + 'static {
    /// What stands in front of each document in the ring.
    const PREFIX: &'static [u8];
    /// Largest document.
    const MAX_BYTES: usize;
    /// How long the thread waits for more once something is there.
    const LINGER: Duration;

    /// Sends what was taken from the ring, and counts what became of each.
    fn send(&mut self, taken: &[u8], desk: &mut Desk);

    /// Says what to do about what was lost between two readings of the counters.
    fn remedy(now: &Delivery, before: &Delivery) -> &'static str;
}

/// What a route works with beside what it sends.
pub(crate) struct Desk {
    pub(crate) ring: Arc<Ring>,
    pub(crate) counters: Arc<Counters>,
    warnings: Warnings,
}

impl Emitter {
    /// Starts the thread. `tick` is called on it about once a second, with a way to emit documents.
    pub(crate) fn start<R: Route>(
        destination: String,
        route: R,
        counters: Arc<Counters>,
        tick: impl Fn(&dyn Fn(&[u8])) + Send + 'static,
    ) -> io::Result<Self> {
        let ring = Arc::new(Ring::new(R::PREFIX));
        let mut worker = Worker {
            route,
            desk: Desk {
                ring: Arc::clone(&ring),
                counters: Arc::clone(&counters),
                warnings: Warnings::new(destination, R::remedy),
            },
        };
        let thread = thread::Builder::new()
            .name("xray-emitter".to_owned())
            .spawn(move || {
                // What sends traces must not make any.
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                worker.run(&tick);
            })?;
        Ok(Self {
            ring,
            counters,
            max_bytes: R::MAX_BYTES,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Appends one document. Never blocks and never fails: what there is no room for is counted.
    pub(crate) fn emit(&self, document: &[u8]) {
        emit(&self.ring, &self.counters, self.max_bytes, document);
    }

    /// Waits until everything emitted so far is sent, at most `patience`; `false` if it was not.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.ring.flush(Instant::now() + patience)
    }

    /// Sends the rest and ends the thread, waiting at most `patience`; `false` if not everything was sent.
    ///
    /// The last tenth of the patience is for counting what could not be sent.
    pub(crate) fn shutdown(&self, patience: Duration) -> bool {
        const LOOK_EVERY: Duration = Duration::from_millis(1);
        let deadline = Instant::now() + patience;
        let is_sent = self.flush(patience / 10 * 9);
        self.ring.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            while !thread.is_finished() && Instant::now() < deadline {
                thread::sleep(LOOK_EVERY);
            }
        }
        is_sent
    }
}

fn emit(ring: &Ring, counters: &Counters, max_bytes: usize, document: &[u8]) {
    if document.len() > max_bytes {
        count(&counters.too_large);
    } else if !ring.push(document) {
        count(&counters.shed);
    }
}

/// What runs on the thread.
struct Worker<R> {
    route: R,
    desk: Desk,
}

impl<R: Route> Worker<R> {
    fn run(&mut self, tick: &impl Fn(&dyn Fn(&[u8]))) {
        let mut taken = Vec::new();
        let mut ticked_at = Instant::now();
        loop {
            match self.desk.ring.take(&mut taken, TICK, R::LINGER) {
                Turn::Send => self.route.send(&taken, &mut self.desk),
                Turn::Idle => {}
                Turn::Closed => return,
            }
            let now = Instant::now();
            if now >= ticked_at + TICK {
                ticked_at = now;
                let Desk { ring, counters, .. } = &self.desk;
                tick(&|document| emit(ring, counters, R::MAX_BYTES, document));
                self.desk.warn(now);
            }
        }
    }
}

impl Desk {
    /// Waits for `pause`, warning of what was lost if it is time; `true` if the end has come meanwhile.
    pub(crate) fn wait_closed(&mut self, pause: Duration, now: Instant) -> bool {
        self.warn(now);
        self.ring.wait_closed(pause)
    }

    fn warn(&mut self, now: Instant) {
        self.warnings.look_at(&self.counters.read(), now);
    }
}
