//! Parses, binds, runs.

use std::{error::Error, process::ExitCode, time::SystemTime};

use backend::{Args, Settings, app};
use clap::Parser;
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

    let readiness = Readiness::default();
    let traced = Tracing::clone(&tracing);
    let server = pod::server();
    let connections = server.counts();
    let probes = pod::probes(readiness.clone(), move || {
        traced.delivery().to_string() + &connections.to_prometheus("")
    });
    let app = app(&tracing, &settings.pod, second_of_the_minute);
    let app = pod::add_probes(app, probes, probes_listener);
    let shutdown = pod::shutdown_signal()?;
    pod::serve(&server, listener, app, readiness, shutdown).await;
    Ok(())
}

fn second_of_the_minute() -> u32 {
    let since_1970 = SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default()
        .as_secs();
    u32::try_from(since_1970 % 60).unwrap_or_default()
}
