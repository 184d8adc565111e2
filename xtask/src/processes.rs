//! Programs that run together until Ctrl-C.

use std::{
    future::{pending, poll_fn},
    pin::Pin,
    process::ExitStatus,
    task::Poll,
    time::Duration,
};

use tokio::signal::{
    self,
    unix::{SignalKind, signal},
};

use crate::{Result, process::Process};

/// How long the programs may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Running programs, in the order in which they were started.
#[derive(Default)]
pub(crate) struct Processes(Vec<Process>);

/// Starts programs with `start`, and runs `beside` once they are ready; stops all on Ctrl-C, on SIGTERM, and when one
/// ends, which is an error.
pub(crate) async fn run(
    start: impl AsyncFnOnce(&mut Processes) -> Result<()>,
    beside: impl Future<Output = ()>,
) -> Result<()> {
    let mut running = Processes::default();
    let start_and_watch = async {
        start(&mut running).await?;
        let beside = async {
            beside.await;
            pending::<()>().await;
        };
        tokio::select! {
            error = running.one_ended() => error,
            () = beside => Ok(()),
        }
    };
    let outcome = tokio::select! {
        outcome = start_and_watch => outcome,
        outcome = interrupted() => outcome,
    };
    println!("stopping");
    // The last one first: what it calls still runs while it drains.
    for process in running.0.iter_mut().rev() {
        process.stop(STOP_TIMEOUT).await?;
    }
    outcome
}

impl Processes {
    /// Adds a program that needs nothing to be ready.
    pub(crate) fn add(&mut self, process: Process) {
        self.0.push(process);
    }

    /// Adds a program, and waits until its `/readyz` at an address answers.
    pub(crate) async fn add_ready(&mut self, mut process: Process, address: &str) -> Result<()> {
        let ready = process.ready(address).await;
        self.add(process);
        ready
    }

    /// Adds a program, and waits until it listens at an address.
    pub(crate) async fn add_listening(
        &mut self,
        mut process: Process,
        address: &str,
    ) -> Result<()> {
        let listening = process.listening(address).await;
        self.add(process);
        listening
    }

    /// Runs a program to its end beside the others, none of which may end meanwhile.
    pub(crate) async fn complete(&mut self, mut process: Process) -> Result<()> {
        let status = tokio::select! {
            status = process.ended() => status?,
            error = self.one_ended() => return error,
        };
        if status.success() {
            Ok(())
        } else {
            Err(ended(process.name, status))
        }
    }

    /// Waits until one of them ends, and returns that as an error.
    async fn one_ended(&mut self) -> Result<()> {
        let endings = self.0.iter_mut().map(async |process| {
            let status = process.ended().await?;
            Err(ended(process.name, status))
        });
        let mut endings: Vec<Pin<Box<_>>> = endings.map(Box::pin).collect();
        poll_fn(|task| {
            let mut outcomes = endings.iter_mut().map(|ending| ending.as_mut().poll(task));
            outcomes.find(Poll::is_ready).unwrap_or(Poll::Pending)
        })
        .await
    }
}

fn ended(name: &str, status: ExitStatus) -> Box<dyn std::error::Error + Send + Sync> {
    format!("{name} ended with {status}").into()
}

async fn interrupted() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}
