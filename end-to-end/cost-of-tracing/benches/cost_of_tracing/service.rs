//! A service in its own process, and what the system reports about it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, UdpSocket},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use clap::Parser;
use frontend::ApiMetrics;
use pod::Readiness;

use crate::{Result, load};

/// Twenty-five rules that sample nothing, of which the last one is for these requests.
const RULES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/cost_of_tracing/nothing.json"
);

/// How many numbers the back end generates.
const NUMBERS: u32 = 30;

/// What a caller sends to the back end that has decided, and one that leaves the decision to the rules.
const SAMPLED: &str = "x-amzn-trace-id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1\r\n";
const UNDECIDED: &str = "x-amzn-trace-id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=?\r\n";

/// Whether and how a service is traced.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tracing {
    Off,
    Unsampled,
    On,
}

/// A running service; it ends with this.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Kept open: who writes to a closed pipe panics.
    _output: BufReader<ChildStdout>,
}

impl Tracing {
    pub(crate) const ALL: [Self; 3] = [Self::Off, Self::Unsampled, Self::On];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "untraced",
            Self::Unsampled => "unsampled",
            Self::On => "traced",
        }
    }

    /// Returns the header of the requests to the back end.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Off | Self::On => SAMPLED,
            Self::Unsampled => UNDECIDED,
        }
    }

    fn variables(self) -> [(&'static str, &'static str); 3] {
        let (disabled, sampler, rules) = match self {
            Self::Off => ("true", "xray", ""),
            Self::Unsampled => ("false", "xray", RULES),
            Self::On => ("false", "always_on", ""),
        };
        [
            ("AWS_XRAY_SDK_DISABLED", disabled),
            ("OTEL_TRACES_SAMPLER", sampler),
            ("AWS_XRAY_SAMPLING_RULES", rules),
        ]
    }
}

impl Service {
    /// Starts a program as a service that sends its documents to `sink`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&str],
        tracing: Tracing,
        sink: &UdpSocket,
    ) -> Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(environment(tracing, sink)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the service has no output")?;
        let (mut output, mut line) = (BufReader::new(stdout), String::new());
        output.read_line(&mut line)?;
        Ok(Self {
            child,
            address: line.trim().parse()?,
            _output: output,
        })
    }

    /// Returns the CPU time of all its threads.
    pub(crate) fn cpu_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id()))
            .into_iter()
            .flatten()
            .flatten();
        let nanos = threads.filter_map(|thread| {
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Returns how much memory it holds.
    pub(crate) fn resident_megabytes(&self) -> f64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes: f64 = line
            .and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or(f64::NAN);
        kilobytes / 1024.0
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the variables of a service that sends its documents to `sink`.
pub(crate) fn environment(
    tracing: Tracing,
    sink: &UdpSocket,
) -> Result<impl Iterator<Item = (&'static str, String)>> {
    let daemon = sink.local_addr()?.to_string();
    let variables = tracing.variables();
    let variables = variables.map(|(name, value)| (name, value.to_owned()));
    Ok(variables.into_iter().chain([
        ("AWS_XRAY_DAEMON_ADDRESS", daemon),
        ("LISTEN_ADDRESS", "127.0.0.1:0".to_owned()),
        ("RUST_LOG", "warn".to_owned()),
    ]))
}

/// Runs the back end, with the number of numbers fixed.
pub(crate) fn back() -> Result<()> {
    serve(async || {
        let settings =
            backend::Settings::read(&backend::Args::parse_from(["back"]), &xray::environment)?;
        let tracing = xray::start(&settings.tracing)?;
        let app = backend::app(&tracing, &settings.pod, || NUMBERS);
        run(app, tracing).await
    })
}

/// Runs the front end.
pub(crate) fn front(backend_url: &str) -> Result<()> {
    serve(async || {
        let args = frontend::Args::parse_from(["front", "--backend-url", backend_url]);
        let settings = frontend::Settings::read(&args, &xray::environment)?;
        let tracing = xray::start(&settings.tracing)?;
        let app = frontend::app(&tracing, &settings, ApiMetrics::default())?;
        run(app, tracing).await
    })
}

fn serve(service: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
    load::pin(0)?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(service())
}

async fn run(app: axum::Router, _tracing: xray::Guard) -> Result<()> {
    let listener = pod::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{}", listener.local_addr()?);
    let (server, for_ever) = (pod::server(), std::future::pending());
    pod::serve(&server, listener, app, Readiness::default(), for_ever).await;
    Ok(())
}
