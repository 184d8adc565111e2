//! `make run`: the console, the back end and the front end on this machine, until Ctrl-C.

use std::{net::TcpListener, path::PathBuf, time::Duration};

use tokio::signal::{
    self,
    unix::{SignalKind, signal},
};

use crate::{Result, build, process::Process, tee::Tee};

/// How long the programs may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the three listen, on loopback.
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

/// Builds and starts the three, one after the other is ready; prints their addresses last; stops all on
/// Ctrl-C, on SIGTERM, and when one ends.
pub(crate) async fn run(args: Args) -> Result<()> {
    args.check_ports()?;
    let programs = build::release()?;
    let program = |name: &str| {
        programs
            .get(name)
            .cloned()
            .ok_or_else(|| format!("cargo built no {name}"))
    };
    let mut running = Vec::new();
    let outcome = tokio::select! {
        outcome = start_and_watch(&args, &program, &mut running) => outcome,
        outcome = interrupted() => outcome,
    };
    println!("stopping");
    // The front end first: what it calls is still there while it drains.
    for process in running.iter_mut().rev() {
        process.stop(STOP_TIMEOUT).await?;
    }
    outcome
}

async fn start_and_watch(
    args: &Args,
    program: &impl Fn(&str) -> std::result::Result<PathBuf, String>,
    running: &mut Vec<Process>,
) -> Result<()> {
    let [console, back, front] =
        [args.console, args.back, args.front].map(|port| format!("127.0.0.1:{port}"));
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", console.clone());
    let console_url = format!("http://localhost:{}", args.console);

    let variables = [
        ("XRAY_CONSOLE_LISTEN", console.clone()),
        ("XRAY_CONSOLE_LOGS", "-".to_owned()),
    ];
    let mut process = Process::start("console", 36, &program("console")?, &variables, None)?;
    let tee = process.stdin().map(Tee::new);
    start(running, process, &console).await?;
    // A line for each request: the console shows it beside the trace.
    let log = std::env::var("RUST_LOG")
        .ok()
        .filter(|wish| !wish.is_empty());
    let log = log.unwrap_or_else(|| "info,frontend=debug,backend=debug".to_owned());
    let log = ("RUST_LOG", log);
    let variables = [
        daemon.clone(),
        log.clone(),
        ("LISTEN_ADDRESS", back.clone()),
        ("POD_NAME", "back".to_owned()),
        ("FAULTS", "true".to_owned()),
    ];
    start(
        running,
        Process::start("back", 35, &program("backend")?, &variables, tee.as_ref())?,
        &back,
    )
    .await?;
    let variables = [
        daemon,
        log,
        ("LISTEN_ADDRESS", front.clone()),
        ("POD_NAME", "front".to_owned()),
        ("FAULTS", "true".to_owned()),
        ("BACKEND_URL", format!("http://{back}")),
        ("XRAY_CONSOLE_URL", console_url.clone()),
    ];
    start(
        running,
        Process::start("front", 32, &program("frontend")?, &variables, tee.as_ref())?,
        &front,
    )
    .await?;

    println!(
        "\n  front end  http://localhost:{}\n  console    {console_url}\n\nCtrl-C stops all.",
        args.front
    );
    let [console, back, front] = running.as_mut_slice() else {
        return Err("three programs were started".into());
    };
    let (name, status) = tokio::select! {
        status = console.ended() => ("console", status?),
        status = back.ended() => ("back", status?),
        status = front.ended() => ("front", status?),
    };
    Err(format!("{name} ended with {status}").into())
}

async fn start(running: &mut Vec<Process>, mut process: Process, address: &str) -> Result<()> {
    let ready = process.ready(address).await;
    running.push(process);
    ready
}

async fn interrupted() -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}

impl Args {
    /// Fails before the build if a port is taken, naming it and the variable that changes it.
    fn check_ports(&self) -> Result<()> {
        let ports = [
            ("CONSOLE_PORT", self.console),
            ("BACK_PORT", self.back),
            ("FRONT_PORT", self.front),
        ];
        let taken = |(variable, port): (&str, u16)| {
            let error = TcpListener::bind(("127.0.0.1", port)).err()?;
            Some(format!(
                "port {port} cannot be used ({error}); choose another one: make run {variable}={}",
                port.saturating_add(1000)
            ))
        };
        let taken: Vec<String> = ports.into_iter().filter_map(taken).collect();
        if taken.is_empty() {
            Ok(())
        } else {
            Err(taken.join("\n").into())
        }
    }
}
