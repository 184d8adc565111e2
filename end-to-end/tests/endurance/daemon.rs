//! A daemon that counts what it receives, and what its socket dropped.

use std::{
    net::{TcpListener, UdpSocket},
    path::Path,
    time::Duration,
};

use end_to_end::{Program, Result};
use rustix::process::Signal;
use segment::datagram;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::timeout,
};

/// How long nothing must come until all has come that was on its way.
const QUIET: Duration = Duration::from_millis(100);
/// Every which document is checked by the schema: checking all would take longer than making them.
const CHECKED: u64 = 1_000;

/// A daemon in a process of its own.
#[derive(Debug)]
pub(crate) struct Daemon {
    program: Program,
}

/// What became of the datagrams that were sent to daemons.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Received {
    pub(crate) datagrams: u64,
    pub(crate) dropped: u64,
}

impl Daemon {
    pub(crate) async fn start(program: &Path, address: &str) -> Result<Self> {
        let mut program = Program::run("daemon", program, &["daemon", address], &[])?;
        program
            .line(|line| (line == "listening").then_some(()))
            .await?;
        Ok(Self { program })
    }

    /// Stops the process for a while, as a machine that swaps or a debugger does.
    pub(crate) async fn pause(&self, pause: Duration) -> Result<()> {
        self.program.signal(Signal::STOP)?;
        tokio::time::sleep(pause).await;
        self.program.signal(Signal::CONT)
    }

    /// Ends it and adds what it received.
    pub(crate) async fn end(mut self, received: &mut Received) -> Result<()> {
        let status = self.program.terminate().await?;
        let lines = self.program.lines();
        if !status.success() {
            return Err(format!("the daemon ended with {status}: {}", lines.join("\n")).into());
        }
        let last = lines.last().map(String::as_str).unwrap_or_default();
        let (datagrams, dropped) = last.split_once(' ').ok_or("the daemon said nothing")?;
        received.datagrams += datagrams.parse::<u64>()?;
        received.dropped += dropped.parse::<u64>()?;
        Ok(())
    }
}

/// Is the daemon: receives until it is told to end.
pub(crate) async fn run(address: &str) -> Result<()> {
    let socket = UdpSocket::bind(address)?;
    let counted = socket.try_clone()?;
    socket.set_nonblocking(true)?;
    let socket = tokio::net::UdpSocket::from_std(socket)?;
    // The kernel accepts, and nobody ever answers.
    let tcp = TcpListener::bind(address)?;
    let mut end = signal(SignalKind::terminate())?;
    println!("listening");
    let mut buffer = vec![0; datagram::MAX_DATAGRAM];
    let mut received = 0;
    loop {
        tokio::select! {
            _ = end.recv() => break,
            length = socket.recv(&mut buffer) => take(&buffer[..length?], &mut received)?,
        }
    }
    // Like every daemon that ends it takes no more connections first, and closes those that it has.
    drop(tcp);
    // Connected to itself it gets nothing more: the kernel tells the senders so, and no datagram is between the
    // last that is read here and the first that is refused.
    socket.connect(socket.local_addr()?).await?;
    while let Ok(length) = timeout(QUIET, socket.recv(&mut buffer)).await {
        take(&buffer[..length?], &mut received)?;
    }
    println!("{received} {}", console::receive::daemon::dropped(&counted));
    Ok(())
}

fn take(bytes: &[u8], received: &mut u64) -> Result<()> {
    let document = datagram::document(bytes)?;
    if received.is_multiple_of(CHECKED) {
        segment_schema::check(std::str::from_utf8(document)?)?;
    }
    *received += 1;
    Ok(())
}
