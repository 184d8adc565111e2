//! Sends documents in the background: one bounded ring, one thread, one [`Route`].
//!
//! A request only appends to the ring. The thread waits until the ring is no longer empty, lingers for more, takes
//! everything and passes it to the route; under traffic it only lingers. There are two routes: datagrams to the
//! daemon ([`Daemon`]), and OTLP to a collector ([`crate::otlp`]). Sending within the request would double the cost
//! of tracing; a channel with a thread blocked in `recv` costs twice as much as sending, because of the wake-ups
//! (`docs/measurements.md`).

mod daemon;
mod health;
mod link;
mod pace;
mod resolver;
mod ring;
mod warnings;

use std::{
    io,
    ops::ControlFlow::{self, Break, Continue},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use opentelemetry::Context;

pub(crate) use daemon::Daemon;
pub use resolver::Resolver;
pub(crate) use ring::Frames;
pub(crate) use ring::Priority;
use ring::{Ring, Turn};
pub(crate) use warnings::Remedies;
use warnings::Warnings;

use crate::delivery::{Counters, count};

/// How often the thread checks for segments that are open for long, and for warnings to log.
const TICK: Duration = Duration::from_secs(1);

/// Takes documents, or spans for OTLP, from any thread and sends them.
#[derive(Debug)]
pub(crate) struct Emitter {
    ring: Arc<Ring>,
    counters: Arc<Counters>,
    max_bytes: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A destination of documents. It runs on the emitter's thread and may block.
pub(crate) trait Route: Send + 'static {
    /// What precedes each document in the ring.
    const PREFIX: &'static [u8];
    /// Largest document, in bytes.
    const MAX_BYTES: usize;
    /// How long the thread waits for more documents after the first one.
    const LINGER: Duration;
    /// What the user can do about losses.
    const REMEDIES: Remedies;

    /// Sends what was taken from the ring, and counts what happened to each document.
    fn send(&mut self, taken: &[u8], cx: &mut RouteContext);

    /// Called after a second without documents.
    fn rest(&mut self) {}
}

/// What the emitter provides to a route.
pub(crate) struct RouteContext {
    pub(crate) ring: Arc<Ring>,
    pub(crate) counters: Arc<Counters>,
    warnings: Warnings,
    max_bytes: usize,
    tick: Box<Tick>,
    ticked_at: Instant,
}

/// Looks after what is not a document yet, with a way to emit documents.
type Tick = dyn Fn(&Emit<'_>) + Send;

/// Takes a document, and says what its room is for.
pub(crate) type Emit<'e> = dyn Fn(&[u8], Priority) + 'e;

impl Emitter {
    /// Starts the thread. It calls `tick` about once a second, with a function that emits documents.
    pub(crate) fn start<R: Route>(
        destination: String,
        route: R,
        counters: Arc<Counters>,
        tick: impl Fn(&Emit<'_>) + Send + 'static,
    ) -> io::Result<Self> {
        let ring = Arc::new(Ring::new(R::PREFIX));
        let mut worker = Worker {
            route,
            cx: RouteContext {
                ring: Arc::clone(&ring),
                counters: Arc::clone(&counters),
                warnings: Warnings::new(destination, R::REMEDIES),
                max_bytes: R::MAX_BYTES,
                tick: Box::new(tick),
                ticked_at: Instant::now(),
            },
        };
        let thread = thread::Builder::new()
            .name("xray-emitter".to_owned())
            .spawn(move || {
                // Sending traces must not create traces.
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                worker.run();
            })?;
        Ok(Self {
            ring,
            counters,
            max_bytes: R::MAX_BYTES,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Appends one document. Never blocks and never fails: what there is no room for is counted.
    pub(crate) fn emit(&self, document: &[u8], priority: Priority) {
        emit(
            &self.ring,
            &self.counters,
            self.max_bytes,
            document,
            priority,
        );
    }

    /// Waits until everything emitted so far is sent, for at most `patience`; `false` on timeout.
    pub(crate) fn flush(&self, patience: Duration) -> bool {
        self.ring.flush(Instant::now() + patience)
    }

    /// Sends the rest and ends the thread, waiting for at most `patience`; `false` if not everything was sent.
    ///
    /// The last tenth of `patience` is for counting what could not be sent.
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

fn emit(ring: &Ring, counters: &Counters, max_bytes: usize, document: &[u8], priority: Priority) {
    if document.len() > max_bytes {
        count(&counters.too_large);
    } else if !ring.push(document, priority) {
        count(&counters.shed);
    }
}

/// The state of the thread.
struct Worker<R> {
    route: R,
    cx: RouteContext,
}

impl<R: Route> Worker<R> {
    fn run(&mut self) {
        let mut taken = Vec::new();
        loop {
            match self.cx.ring.take(&mut taken, TICK, R::LINGER) {
                Turn::Send => self.route.send(&taken, &mut self.cx),
                Turn::Idle => self.route.rest(),
                Turn::Closed => return self.cx.warn_at_shutdown(),
            }
            self.cx.run_tick(Instant::now());
        }
    }
}

impl RouteContext {
    /// Calls `attempt` until it is done, with the pauses that it asks for; `None` if the shutdown begins during a
    /// pause.
    ///
    /// Documents emitted meanwhile stay in the ring as long as it has room.
    pub(crate) fn until<T>(
        &mut self,
        mut attempt: impl FnMut(&Self) -> ControlFlow<T, Duration>,
    ) -> Option<T> {
        loop {
            match attempt(self) {
                Break(result) => return Some(result),
                Continue(Duration::ZERO) => {}
                Continue(pause) => {
                    self.run_tick(Instant::now());
                    if self.ring.wait_closed(pause) {
                        return None;
                    }
                }
            }
        }
    }

    /// Runs once a second: the tick, and warnings.
    fn run_tick(&mut self, now: Instant) {
        if now < self.ticked_at + TICK {
            return;
        }
        self.ticked_at = now;
        let emit_one = |document: &[u8], priority| {
            emit(
                &self.ring,
                &self.counters,
                self.max_bytes,
                document,
                priority,
            );
        };
        (self.tick)(&emit_one);
        self.warnings.warn_of_losses(&self.counters.read(), now);
    }

    fn warn_at_shutdown(&mut self) {
        self.warnings.warn_at_shutdown(&self.counters.read());
    }
}
