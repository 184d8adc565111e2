//! `make run`: the console, the back end and the front end on this machine, until Ctrl-C.

use std::{future::pending, net::TcpListener, path::PathBuf, time::Duration};

use tokio::signal::{
    self,
    unix::{SignalKind, signal},
};

use crate::{Result, build, process::Process, tee::Tee};

/// How long the programs may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

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
    args.check_ports()?;
    let programs = build::release()?;
    let program = |name: &str| {
        programs
            .get(name)
            .cloned()
            .ok_or_else(|| format!("cargo built no {name}"))
    };
    let addresses = args.addresses();
    let mut running = Vec::new();
    let start_and_watch = async {
        start_all(&addresses, &program, &mut running).await?;
        println!(
            "\n  front end  http://localhost:{}\n  console    {}\n\nCtrl-C stops all.",
            args.front,
            addresses.console_url()
        );
        let beside = async {
            beside(addresses.clone()).await;
            pending::<()>().await;
        };
        tokio::select! {
            outcome = watch(&mut running) => outcome,
            () = beside => Ok(()),
        }
    };
    let outcome = tokio::select! {
        outcome = start_and_watch => outcome,
        outcome = interrupted() => outcome,
    };
    println!("stopping");
    // The front end first: the services that it calls still run while it drains.
    for process in running.iter_mut().rev() {
        process.stop(STOP_TIMEOUT).await?;
    }
    outcome
}

async fn start_all(
    addresses: &Addresses,
    program: &impl Fn(&str) -> std::result::Result<PathBuf, String>,
    running: &mut Vec<Process>,
) -> Result<()> {
    let Addresses {
        console,
        back,
        front,
    } = addresses;
    let daemon = ("AWS_XRAY_DAEMON_ADDRESS", console.clone());

    let variables = [
        ("XRAY_CONSOLE_LISTEN", console.clone()),
        ("XRAY_CONSOLE_LOGS", "-".to_owned()),
    ];
    let mut process = Process::start("console", 36, &program("console")?, &variables, None)?;
    let tee = process.stdin().map(Tee::new);
    start(running, process, console).await?;
    // A log line for each request, which the console shows beside the trace.
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
        ("XRAY_DEBUG", "true".to_owned()),
    ];
    start(
        running,
        Process::start("back", 35, &program("backend")?, &variables, tee.as_ref())?,
        back,
    )
    .await?;
    let variables = [
        daemon,
        log,
        ("LISTEN_ADDRESS", front.clone()),
        ("POD_NAME", "front".to_owned()),
        ("FAULTS", "true".to_owned()),
        ("XRAY_DEBUG", "true".to_owned()),
        ("BACKEND_URL", format!("http://{back}")),
        ("XRAY_CONSOLE_URL", addresses.console_url()),
    ];
    start(
        running,
        Process::start("front", 32, &program("frontend")?, &variables, tee.as_ref())?,
        front,
    )
    .await
}

/// Waits until one of the three ends, which is an error.
async fn watch(running: &mut [Process]) -> Result<()> {
    let [console, back, front] = running else {
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

impl Addresses {
    /// Returns the console's URL for a browser.
    pub(crate) fn console_url(&self) -> String {
        self.console.replace("127.0.0.1", "http://localhost")
    }
}

impl Args {
    fn addresses(&self) -> Addresses {
        let [console, back, front] =
            [self.console, self.back, self.front].map(|port| format!("127.0.0.1:{port}"));
        Addresses {
            console,
            back,
            front,
        }
    }

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
