//! Commands as a reader types them, and programs that run until they are stopped.

use std::{net::TcpListener, process::Stdio, time::Duration};

use end_to_end::{Result, root};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    task::JoinHandle,
    time::timeout,
};

/// `make run` builds with the release profile first.
const BUILD_PATIENCE: Duration = Duration::from_secs(900);

/// The README's three ports, exchanged for free ones.
pub(crate) struct Ports(pub(crate) [(u16, u16); 3]);

impl Ports {
    pub(crate) fn free() -> Self {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let free = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap().port());
        Self([(2000, free[0]), (8080, free[1]), (8081, free[2])])
    }

    pub(crate) fn console(&self) -> u16 {
        self.0[0].1
    }

    pub(crate) fn exchange(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (known, free)| {
            text.replace(&format!("localhost:{known}"), &format!("localhost:{free}"))
        })
    }
}

/// Runs a command to its end and returns what it says.
pub(crate) async fn run(command: &str) -> Result<String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(root())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{command}: {} {said}", output.status).into())
    }
}

/// A command that goes on until it is stopped.
pub(crate) struct Running {
    child: Child,
    /// Reads on, since a full pipe would stop the programs; returns what was said after the beginning. `None` until
    /// the beginning is read.
    reader: Option<JoinHandle<Vec<String>>>,
}

impl Running {
    /// Starts it and returns it with its lines up to the one that ends them.
    pub(crate) async fn start(
        command: &str,
        ports: &Ports,
        last: &str,
    ) -> Result<(Self, Vec<String>)> {
        Self::start_until(command, ports, |line| line == last).await
    }

    /// The same, up to the first line that `is_last` takes.
    pub(crate) async fn start_until(
        command: &str,
        ports: &Ports,
        is_last: impl Fn(&str) -> bool,
    ) -> Result<(Self, Vec<String>)> {
        let variables = ["CONSOLE_PORT", "FRONT_PORT", "BACK_PORT"].into_iter();
        let child = Command::new("sh")
            // The shell makes room for make, which is what is stopped.
            .args(["-c", &format!("exec env {command}")])
            .current_dir(root())
            // As in a new terminal: a make within another one would name the folders it enters.
            .env_remove("MAKELEVEL")
            .env_remove("MAKEFLAGS")
            .envs(variables.zip(ports.0.map(|(_, port)| port.to_string())))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut running = Self {
            child,
            reader: None,
        };
        let mut lines = BufReader::new(running.child.stdout.take().unwrap()).lines();
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
    pub(crate) async fn stop(mut self) -> Result<Vec<String>> {
        self.terminate();
        timeout(end_to_end::PATIENCE, self.child.wait()).await??;
        let reader = self.reader.take().unwrap();
        Ok(timeout(end_to_end::PATIENCE, reader).await??)
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
