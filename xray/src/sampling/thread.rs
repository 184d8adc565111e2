//! The thread on which rules are kept up to date, whatever runtime the service has.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry::Context;
use segment::HostPort;

use super::{
    Rules, RulesFile, Service, Settings, daemon::Daemon, in_force::InForce, poll::Poll,
    schedule::Schedule,
};
use crate::{
    delivery::{Counters, count},
    emitter::Resolver,
};

/// The thread; it ends soon after this is dropped, and nobody waits for it.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Never sends: the thread sees that it is gone.
    _stop: Sender<Infallible>,
    /// Never receives: the thread drops its end once it has asked for the rules.
    first: Mutex<Receiver<Infallible>>,
}

/// Begins to keep rules up to date: those of the file if there is one, else X-Ray's.
pub(crate) fn start(
    settings: &Settings,
    daemon: &HostPort,
    service: Service,
    resolver: Resolver,
    counters: Arc<Counters>,
) -> io::Result<(Arc<InForce>, Thread)> {
    let Some(file) = settings.file.clone() else {
        let in_force = Arc::new(InForce::new(Rules::default()));
        let address = settings.endpoint.as_ref().unwrap_or(daemon).clone();
        let daemon = Daemon::new(address, resolver)?;
        let (rules, targets) = (settings.rules_interval, settings.targets_interval);
        let schedule = Schedule::new(rules, targets, Instant::now());
        let poll = Poll::new(daemon, Arc::clone(&in_force), service, schedule, counters);
        return Ok((in_force, spawn(|stop, first| poll.run(stop, first))?));
    };
    let in_force = Arc::new(InForce::new(Rules::of_file(&file.rules)));
    let (interval, watched) = (settings.file_interval, Arc::clone(&in_force));
    let watch = move |stop: &_, first| {
        drop(first);
        watch(file, interval, &watched, &counters, stop);
    };
    Ok((in_force, spawn(watch)?))
}

impl Thread {
    /// Waits until the rules were asked for, whether they came or not; `false` if that takes longer than
    /// `patience`.
    pub(crate) fn wait(&self, patience: Duration) -> bool {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}

fn spawn(
    run: impl FnOnce(&Receiver<Infallible>, Sender<Infallible>) + Send + 'static,
) -> io::Result<Thread> {
    let (stop, stopped) = mpsc::channel();
    let (done, first) = mpsc::channel();
    thread::Builder::new()
        .name("xray-sampling".to_owned())
        .spawn(move || {
            // What decides on traces must not make any.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            run(&stopped, done);
        })?;
    Ok(Thread {
        _stop: stop,
        first: Mutex::new(first),
    })
}

/// Reads the file again and again. One that cannot be used changes nothing, and is warned about once.
fn watch(
    mut file: RulesFile,
    interval: Duration,
    in_force: &InForce,
    counters: &Counters,
    stop: &Receiver<Infallible>,
) {
    let mut problem = None;
    while stop.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        match RulesFile::read(&file.path) {
            Ok(read) => {
                problem = None;
                if read != file {
                    in_force.replace(Rules::of_file(&read.rules));
                    tracing::info!(file = %read.path.display(), "the sampling rules have changed");
                    file = read;
                }
            }
            Err(error) => {
                let error = error.to_string();
                if problem.as_ref() != Some(&error) {
                    count(&counters.sampling_skipped);
                    tracing::warn!(
                        file = %file.path.display(),
                        "the sampling rules stay as they were: {error}"
                    );
                    problem = Some(error);
                }
            }
        }
    }
}
