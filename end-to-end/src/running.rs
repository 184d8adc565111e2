//! A command that runs until it is stopped.

use std::{process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::{PATIENCE, Result, root};

/// It may build first.
const BUILD_PATIENCE: Duration = Duration::from_secs(900);

/// A command that goes on until it is stopped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Reads on, since a full pipe would stop the programs; returns what was said after the beginning. `None` until
    /// the beginning is read.
    reader: Option<JoinHandle<Vec<String>>>,
}

impl Running {
    /// Starts it with ports in its environment, and returns it with its lines up to the one that ends them.
    ///
    /// # Errors
    ///
    /// Returns an error with its lines if it ends before.
    pub async fn start(
        command: &str,
        ports: &[(&str, u16)],
        last: &str,
    ) -> Result<(Self, Vec<String>)> {
        Self::start_until(command, ports, |line| line == last).await
    }

    /// The same, up to the first line that `is_last` takes.
    ///
    /// # Errors
    ///
    /// Returns an error with its lines if it ends before.
    pub async fn start_until(
        command: &str,
        ports: &[(&str, u16)],
        is_last: impl Fn(&str) -> bool,
    ) -> Result<(Self, Vec<String>)> {
        let child = Command::new("sh")
            // The shell makes room for make, which is what is stopped.
            .args(["-c", &format!("exec env {command}")])
            .current_dir(root())
            // As in a new terminal: a make within another one would name the folders it enters.
            .env_remove("MAKELEVEL")
            .env_remove("MAKEFLAGS")
            .envs(ports.iter().map(|(name, port)| (name, port.to_string())))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut running = Self {
            child,
            reader: None,
        };
        let stdout = running.child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut said = Vec::new();
        let until_ready = async {
            while let Some(line) = lines.next_line().await? {
                said.push(line);
                if said.last().is_some_and(|line| is_last(line)) {
                    return Ok(());
                }
            }
            Result::Err(format!("{command} ended:\n{}", said.join("\n")).into())
        };
        timeout(BUILD_PATIENCE, until_ready).await??;
        running.reader = Some(tokio::spawn(read_on(lines)));
        Ok((running, said))
    }

    /// Stops it as Ctrl-C does and returns what else it said.
    ///
    /// # Errors
    ///
    /// If it does not end.
    pub async fn stop(mut self) -> Result<Vec<String>> {
        self.terminate();
        timeout(PATIENCE, self.child.wait()).await??;
        let reader = self.reader.take().ok_or("it did not start")?;
        Ok(timeout(PATIENCE, reader).await??)
    }

    fn terminate(&self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

impl Drop for Running {
    /// Ends what a failed test began. Not by `SIGKILL`, after which the programs that make started would go on.
    fn drop(&mut self) {
        self.terminate();
    }
}

async fn read_on(mut lines: Lines<BufReader<ChildStdout>>) -> Vec<String> {
    let mut said = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        said.push(line);
    }
    said
}
