//! The services, each in its own process.

use std::{collections::HashMap, fs, io, net::AddrParseError, path::Path};

use axum::Router;
use clap::Parser;
use end_to_end::{Program, Result};
use frontend::ApiMetrics;
use pod::Readiness;
use tracing_subscriber::{Registry, layer::SubscriberExt, util::SubscriberInitExt};
use xray::{Config, Resolver, SHUTDOWN_TIMEOUT, Tracing};

/// How many numbers the back end generates.
const NUMBERS: u32 = 10;
/// What the line begins with that a service writes last: its counters.
const COUNTERS: &str = "counters ";

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    name: &'static str,
    program: Program,
    /// Where it listens, as a URL.
    pub(crate) url: String,
}

impl Service {
    /// Starts this program as a service.
    pub(crate) async fn start(
        name: &'static str,
        program: &Path,
        arguments: &[&str],
    ) -> Result<Self> {
        let variables = [
            ("LISTEN_ADDRESS", "127.0.0.1:0"),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
        ];
        let arguments: Vec<&str> = std::iter::once(name)
            .chain(arguments.iter().copied())
            .collect();
        let mut program = Program::run(name, program, &arguments, &variables)?;
        let url = program
            .line(|line| line.starts_with("http://").then(|| line.to_owned()))
            .await?;
        Ok(Self { name, program, url })
    }

    /// Returns how much memory it holds.
    pub(crate) fn resident_kib(&self) -> Result<u64> {
        let id = self.program.id().ok_or("the service has ended")?;
        let status = fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("the system does not tell")?.parse()?)
    }

    /// Ends it and returns its counters.
    pub(crate) async fn end(mut self) -> Result<HashMap<String, u64>> {
        self.program.terminate().await?;
        let lines = self.program.lines();
        let counters = lines.iter().find_map(|line| line.strip_prefix(COUNTERS));
        let counters = counters.ok_or_else(|| format!("{}: {}", self.name, lines.join("\n")))?;
        let pairs = counters.split(' ').filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(counter, value)| Ok((counter.to_owned(), value.parse()?)))
            .collect()
    }
}

/// Is the back end.
pub(crate) async fn back(file: &str) -> Result<()> {
    let settings =
        backend::Settings::read(&backend::Args::parse_from(["back"]), &xray::environment)?;
    let tracing = trace(&settings.tracing, file)?;
    serve(backend::app(&tracing, &settings.pod, || NUMBERS), tracing).await
}

/// Is the front end.
pub(crate) async fn front(file: &str, backend_url: &str) -> Result<()> {
    let args = frontend::Args::parse_from(["front", "--backend-url", backend_url]);
    let settings = frontend::Settings::read(&args, &xray::environment)?;
    let tracing = trace(&settings.tracing, file)?;
    let app = frontend::app(&tracing, &settings, ApiMetrics::default())?;
    serve(app, tracing).await
}

/// Starts tracing to the daemon whose addresses are in a file, one a line.
fn trace(config: &Config, file: &str) -> Result<Tracing> {
    let file = file.to_owned();
    let resolver = Resolver::new(move |_| {
        let addresses = fs::read_to_string(&file)?;
        let parse = |line: &str| {
            line.parse()
                .map_err(|error: AddrParseError| io::Error::other(error))
        };
        addresses.lines().map(parse).collect()
    });
    let tracing = Tracing::with_resolver(config, resolver)?;
    Registry::default().with(tracing.layer()).try_init()?;
    Ok(tracing)
}

async fn serve(app: Router, tracing: Tracing) -> Result<()> {
    let listener = pod::bind(([127, 0, 0, 1], 0).into()).await?;
    println!("http://{}", listener.local_addr()?);
    let shutdown = pod::shutdown_signal()?;
    pod::serve(
        &pod::server(),
        listener,
        app,
        Readiness::default(),
        shutdown,
    )
    .await;
    tracing.shutdown(SHUTDOWN_TIMEOUT);
    let delivery = tracing.delivery();
    let counters: Vec<_> = delivery
        .counters()
        .chain([("lost", delivery.lost())])
        .map(|(counter, value)| format!("{counter}={value}"))
        .collect();
    println!("{COUNTERS}{}", counters.join(" "));
    Ok(())
}
