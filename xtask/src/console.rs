//! The console, which `make run` and `make shop` start alike.

use std::path::Path;

use tokio::process::Command;

use crate::{Result, ports, process::Process, processes::Processes, tee::Tee};

/// Where the console listens, on loopback.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Console {
    /// The console, UDP and TCP
    #[arg(
        id = "console",
        long,
        value_name = "PORT",
        env = "CONSOLE_PORT",
        default_value_t = 2000
    )]
    pub(crate) port: u16,
}

impl Console {
    /// Returns its address, which is also that of the daemon.
    pub(crate) fn address(self) -> String {
        ports::local(self.port)
    }

    /// Returns its URL for a browser.
    pub(crate) fn url(self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Starts it; returns what passes log lines on to it.
    pub(crate) async fn start(
        self,
        program: &Path,
        running: &mut Processes,
    ) -> Result<Option<Tee>> {
        let address = self.address();
        let mut command = Command::new(program);
        command.envs([
            ("XRAY_CONSOLE_LISTEN", &*address),
            ("XRAY_CONSOLE_LOGS", "-"),
        ]);
        let mut process = Process::start("console", 36, command, None)?;
        let tee = process.stdin().map(Tee::new);
        running.add_ready(process, &address).await?;
        Ok(tee)
    }
}
