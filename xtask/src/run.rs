//! `make run`: the console, the back end and the front end on this machine, until Ctrl-C.

use std::{collections::HashMap, path::PathBuf};

use tokio::process::Command;

use crate::{
    Result,
    build::{self, PROGRAMS},
    console::Console,
    ports,
    process::Process,
    processes::{self, Processes},
};

/// The ports of the three programs, on loopback.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    console: Console,
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
    pub(crate) console: Console,
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
            ("CONSOLE_PORT", args.console.port),
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
            addresses.console.url()
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
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", console.address());
    let tee = console.start(&programs["console"], running).await?;
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
        ("XRAY_CONSOLE_URL", console.url()),
    ]);
    let process = Process::start("front", 32, command, tee.as_ref())?;
    running.add_ready(process, front).await
}

impl Args {
    fn addresses(&self) -> Addresses {
        Addresses {
            console: self.console,
            back: ports::local(self.back),
            front: ports::local(self.front),
        }
    }
}
