//! `make run`: the console, the back end and the front end on this machine, until Ctrl-C.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use crate::{
    Result,
    build::{self, PROGRAMS},
    ports,
    process::Process,
    processes::{self, Processes},
    tee::Tee,
};

/// The ports of the three programs, on loopback.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The console, UDP and TCP
    #[arg(
        long,
        value_name = "PORT",
        env = "CONSOLE_PORT",
        default_value_t = 2000
    )]
    console: u16,
    /// The front end
    #[arg(long, value_name = "PORT", env = "FRONT_PORT", default_value_t = 8080)]
    front: u16,
    /// The back end
    #[arg(long, value_name = "PORT", env = "BACK_PORT", default_value_t = 8081)]
    back: u16,
}

/// The addresses of the programs.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    pub(crate) console: String,
    pub(crate) back: String,
    pub(crate) front: String,
}

/// Builds the three programs and starts each when the one before is ready; then prints their addresses; stops all on
/// Ctrl-C, on SIGTERM, and when one ends.
pub(crate) async fn run(args: Args) -> Result<()> {
    run_with(args, async |_| ()).await
}

/// As [`run`]; once all are ready, `beside` runs beside them.
pub(crate) async fn run_with(args: Args, beside: impl AsyncFnOnce(Addresses)) -> Result<()> {
    ports::check(
        "run",
        &[
            ("CONSOLE_PORT", args.console),
            ("BACK_PORT", args.back),
            ("FRONT_PORT", args.front),
        ],
    )?;
    let programs = build::release(&PROGRAMS)?;
    let addresses = args.addresses();
    let start = async |running: &mut Processes| {
        start_all(&addresses, &programs, running).await?;
        println!(
            "\n  front end  http://localhost:{}\n  console    {}\n\nCtrl-C stops all.",
            args.front,
            addresses.console_url()
        );
        Ok(())
    };
    processes::run(start, beside(addresses.clone())).await
}

async fn start_all(
    addresses: &Addresses,
    programs: &HashMap<String, PathBuf>,
    running: &mut Processes,
) -> Result<()> {
    let Addresses {
        console,
        back,
        front,
    } = addresses;
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", console.clone());
    let tee = start_console(&programs["console"], console, running).await?;
    // A log line for each request, which the console shows beside the trace.
    let log = std::env::var("RUST_LOG")
        .ok()
        .filter(|wish| !wish.is_empty());
    let log = log.unwrap_or_else(|| "info,frontend=debug,backend=debug".to_owned());
    let log = ("RUST_LOG", log);
    let mut command = Command::new(&programs["backend"]);
    command.envs([
        daemon.clone(),
        log.clone(),
        ("LISTEN_ADDRESS", back.clone()),
        ("POD_NAME", "back".to_owned()),
        ("FAULTS", "true".to_owned()),
        ("XRAY_DEBUG", "true".to_owned()),
    ]);
    let process = Process::start("back", 35, command, tee.as_ref())?;
    running.add_ready(process, back).await?;
    let mut command = Command::new(&programs["frontend"]);
    command.envs([
        daemon,
        log,
        ("LISTEN_ADDRESS", front.clone()),
        ("POD_NAME", "front".to_owned()),
        ("FAULTS", "true".to_owned()),
        ("XRAY_DEBUG", "true".to_owned()),
        ("BACKEND_URL", format!("http://{back}")),
        ("XRAY_CONSOLE_URL", addresses.console_url()),
    ]);
    let process = Process::start("front", 32, command, tee.as_ref())?;
    running.add_ready(process, front).await
}

/// Starts the console; returns what passes log lines on to it.
pub(crate) async fn start_console(
    program: &Path,
    address: &str,
    running: &mut Processes,
) -> Result<Option<Tee>> {
    let mut command = Command::new(program);
    command.envs([("XRAY_CONSOLE_LISTEN", address), ("XRAY_CONSOLE_LOGS", "-")]);
    let mut process = Process::start("console", 36, command, None)?;
    let tee = process.stdin().map(Tee::new);
    running.add_ready(process, address).await?;
    Ok(tee)
}

impl Addresses {
    /// Returns the console's URL for a browser.
    pub(crate) fn console_url(&self) -> String {
        self.console.replace("127.0.0.1", "http://localhost")
    }
}

impl Args {
    fn addresses(&self) -> Addresses {
        let [console, back, front] = [self.console, self.back, self.front].map(ports::local);
        Addresses {
            console,
            back,
            front,
        }
    }
}
