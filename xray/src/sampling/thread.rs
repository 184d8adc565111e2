//! The thread that keeps the rules up to date, independent of the service's runtime.

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
    Rules, RulesFile, Service, Settings, current_rules::CurrentRules, daemon::Daemon, poll::Poll,
    schedule::Schedule,
};
use crate::{
    delivery::{Counters, count},
    emitter::Resolver,
};

/// The thread. It ends soon after this is dropped; dropping does not wait for it.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Never sends: the thread notices when this is dropped.
    _stop: Sender<Infallible>,
    /// Never receives: the thread drops its end after the first attempt to fetch the rules.
    first: Mutex<Receiver<Infallible>>,
}

/// Starts to keep rules up to date: those of the file if there is one, otherwise X-Ray's.
pub(crate) fn start(
    settings: &Settings,
    daemon: &HostPort,
    service: Service,
    resolver: Resolver,
    counters: Arc<Counters>,
) -> io::Result<(Arc<CurrentRules>, Thread)> {
    let Some(file) = settings.file.clone() else {
        let current_rules = Arc::new(CurrentRules::new(Rules::default()));
        let address = settings.endpoint.as_ref().unwrap_or(daemon).clone();
        let daemon = Daemon::new(address, resolver)?;
        let (rules, targets) = (settings.rules_interval, settings.targets_interval);
        let schedule = Schedule::new(rules, targets, Instant::now());
        let poll = Poll::new(
            daemon,
            Arc::clone(&current_rules),
            service,
            schedule,
            counters,
        );
        return Ok((current_rules, spawn(|stop, first| poll.run(stop, first))?));
    };
    let current_rules = Arc::new(CurrentRules::new(Rules::of_file(&file.rules)));
    let (interval, watched) = (settings.file_interval, Arc::clone(&current_rules));
    let watch = move |stop: &_, first| {
        drop(first);
        watch(file, interval, &watched, &counters, stop);
    };
    Ok((current_rules, spawn(watch)?))
}

impl Thread {
    /// Waits for the first attempt to fetch the rules, successful or not; `false` if that takes longer than
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
            // Sampling must not create traces.
            let _suppressed = Context::enter_telemetry_suppressed_scope();
            run(&stopped, done);
        })?;
    Ok(Thread {
        _stop: stop,
        first: Mutex::new(first),
    })
}

/// Reads the file periodically. An invalid file changes nothing; a warning is logged once.
fn watch(
    mut file: RulesFile,
    interval: Duration,
    current_rules: &CurrentRules,
    counters: &Counters,
    stop: &Receiver<Infallible>,
) {
    let mut problem = None;
    while stop.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
        match RulesFile::read(&file.path) {
            Ok(read) => {
                problem = None;
                if read != file {
                    current_rules.replace(Rules::of_file(&read.rules));
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
                        "the sampling rules are not updated: {error}"
                    );
                    problem = Some(error);
                }
            }
        }
    }
}
