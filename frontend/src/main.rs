//! Parses, binds, runs.

use std::{error::Error, process::ExitCode};

use clap::Parser;
use frontend::{ApiMetrics, Args, Settings, app};
use pod::Readiness;
use xray::Tracing;

#[tokio::main]
async fn main() -> ExitCode {
    pod::exit_code(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read(&Args::parse(), &xray::environment)?;
    let tracing = xray::start(&settings.tracing)?;
    let listener = pod::bind(settings.pod.listen_address).await?;
    let probes_listener = pod::bind_probes(settings.pod.probes_address).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");

    let (readiness, api_metrics) = (Readiness::default(), ApiMetrics::default());
    let (traced, counted) = (Tracing::clone(&tracing), api_metrics.clone());
    let server = pod::server();
    let connections = server.counts();
    let metrics = move || {
        traced.delivery().to_string() + &counted.to_prometheus() + &connections.to_prometheus("")
    };
    let probes = pod::probes(readiness.clone(), metrics);
    let app = app(&tracing, &settings, api_metrics)?;
    let app = pod::add_probes(app, probes, probes_listener);
    let shutdown = pod::shutdown_signal()?;
    pod::serve(&server, listener, app, readiness, shutdown).await;
    Ok(())
}
