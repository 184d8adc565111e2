//! The console: parses, binds, runs.

use std::{
    error::Error,
    io::{self, Write as _},
    pin::Pin,
    process::ExitCode,
};

use console::{
    Arguments, Command, Config, Sockets,
    command::{browser, doctor, expect, map, trace, traces, watch},
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{
    filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// glibc's own keeps memory for each thread, and with that the console would exceed its bound. The images are built with musl, whose
/// allocator gives memory back.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// The result of a command.
type Done = Result<ExitCode, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::read();
    // Boxed: the runtime has several loops, and each would be compiled with all of this code.
    let done: Pin<Box<dyn Future<Output = Done>>> = match arguments.command {
        None => Box::pin(start(&arguments.config)),
        Some(Command::Trace(options)) => Box::pin(show(options)),
        Some(Command::Traces(options)) => Box::pin(list(options)),
        Some(Command::Map(options)) => Box::pin(draw(options)),
        Some(Command::Watch(options)) => Box::pin(watch(options)),
        Some(Command::Expect(options)) => Box::pin(expect(options)),
        Some(Command::Doctor(options)) => Box::pin(examine(options)),
    };
    match done.await {
        Ok(code) => code,
        Err(error) => {
            // If standard error is closed, nobody can be told.
            let _ = writeln!(io::stderr(), "console: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start(config: &Config) -> Done {
    let sockets = Sockets::bind(config)?;
    log()?;
    let disk = console::open_disk(config)?;
    let shutdown = shutdown()?;
    for missing in &sockets.missing {
        tracing::warn!("{missing}");
    }
    let announcement = sockets.announcement()?;
    writeln!(io::stdout(), "{announcement}")?;
    // The sockets are bound: the page's first request waits until it is served.
    if config.open
        && let Err(instead) = browser::open(&announcement.page())
    {
        tracing::warn!("{instead}");
    }
    console::run(sockets, disk, config, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}

async fn show(options: trace::Options) -> Done {
    let shown = trace::run(options, &variable).await?;
    for warning in shown.warnings {
        writeln!(io::stderr(), "console: {warning}")?;
    }
    io::stdout().write_all(shown.timeline.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn list(options: traces::Options) -> Done {
    traces::run(options, &variable, &mut io::stdout()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn draw(options: map::Options) -> Done {
    let map = map::run(options, &variable).await?;
    io::stdout().write_all(map.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

async fn watch(options: watch::Options) -> Done {
    let watched = watch::run(options, &variable).await?;
    io::stdout().write_all(watched.text.as_bytes())?;
    Ok(watched.code.into())
}

async fn expect(options: expect::Options) -> Done {
    let expected = expect::run(options, &variable).await?;
    io::stdout().write_all(expected.text.as_bytes())?;
    Ok(u8::from(!expected.is_so).into())
}

async fn examine(options: doctor::Options) -> Done {
    let said = doctor::run(options, &variable).await?;
    io::stdout().write_all(said.text.as_bytes())?;
    Ok(said.code.into())
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The values of `RUST_LOG`.
const LEVELS: &str = "write a level (error, warn, info, debug, trace, off), or target=level,…";

fn log() -> Result<(), Box<dyn Error>> {
    let wish = std::env::var("RUST_LOG").unwrap_or_default();
    let wish = if wish.is_empty() { "info" } else { &wish };
    let targets: Targets = wish
        .parse()
        .map_err(|_| format!("RUST_LOG={wish:?}: {LEVELS}"))?;
    tracing_subscriber::registry()
        .with(targets)
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .init();
    Ok(())
}

/// Returns a future that ends with Ctrl-C or SIGTERM.
fn shutdown() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
