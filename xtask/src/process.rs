//! A running program whose output lines are prefixed with its name.

use std::{
    io::IsTerminal,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    net::TcpStream,
    process::{Child, ChildStdin, Command},
    time::{Instant, sleep, timeout},
};

use crate::{Result, http, tee::Tee};

/// How long a program may take until it is ready.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How often its readiness is checked.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// A running program.
pub(crate) struct Process {
    pub(crate) name: &'static str,
    child: Child,
}

impl Process {
    /// Starts a program; its lines are printed after `name` in a colour, and also go to `tee`.
    pub(crate) fn start(
        name: &'static str,
        colour: u8,
        mut command: Command,
        tee: Option<&Tee>,
    ) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                let program = command.as_std().get_program().display();
                format!("{program} does not start: {error}")
            })?;
        let prefix = prefix(name, colour);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(print_lines(stdout, prefix.clone(), tee.cloned()));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(print_lines(stderr, prefix, tee.cloned()));
        }
        Ok(Self { name, child })
    }

    /// Returns a writer for the program's standard input. If it is not called, the input is open and empty.
    pub(crate) fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Waits until `GET /readyz` at `address` answers 200, or the program has ended.
    pub(crate) async fn ready(&mut self, address: &str) -> Result<()> {
        self.wait_until(async || is_ready(address).await).await
    }

    /// Waits until it takes connections at `address`, or has ended.
    pub(crate) async fn listening(&mut self, address: &str) -> Result<()> {
        self.wait_until(async || TcpStream::connect(address).await.is_ok())
            .await
    }

    async fn wait_until(&mut self, is_ready: impl AsyncFn() -> bool) -> Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        while !is_ready().await {
            if let Some(status) = self.child.try_wait()? {
                return Err(
                    format!("{} ended with {status} before it was ready", self.name).into(),
                );
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "{} is not ready after {} s",
                    self.name,
                    START_TIMEOUT.as_secs()
                )
                .into());
            }
            sleep(ASK_EVERY).await;
        }
        Ok(())
    }

    /// Waits until the program has ended.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Asks the program to end and waits, for at most `patience`; then kills it.
    pub(crate) async fn stop(&mut self, patience: Duration) -> Result<()> {
        let pid = self
            .child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // If it has just ended, it needs no signal.
            let _ = kill_process(pid, Signal::TERM);
        }
        if timeout(patience, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

async fn print_lines(stream: impl AsyncRead + Unpin, prefix: String, tee: Option<Tee>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        println!("{prefix}{line}");
        if let Some(tee) = &tee {
            tee.pass(line);
        }
    }
}

fn prefix(name: &str, colour: u8) -> String {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || !std::io::stdout().is_terminal();
    if is_plain {
        format!("{name:<8}| ")
    } else {
        format!("\u{1b}[{colour}m{name:<8}|\u{1b}[0m ")
    }
}

async fn is_ready(address: &str) -> bool {
    http::get(address, "/readyz", &[], Duration::from_secs(1)).await == Some(200)
}
