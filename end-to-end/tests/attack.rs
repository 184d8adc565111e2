//! Floods, bombs and slow clients against the programs, within the memory limits of their pods. No attack may end a program
//! or block it. Each test prints its figures.
//!
//! `make attack` runs them one after another with static programs like those of the images; `ATTACK_SECONDS` sets how long
//! those without an end of their own go on. They use 127.0.0.1 only.

mod clients;
mod connections;
mod console;
mod hostile;
mod large;
mod strangers;

use std::{env, time::Duration};

use end_to_end::{Console, MemoryLimit, Result};
use tokio::time::{Instant, sleep};

/// The limits of the manifests: `k8s/base`, and `k8s/components/local-console`, which holds traces in a quarter of it.
const SERVICE: u64 = 32 * MIB;
const CONSOLE: u64 = 256 * MIB;
const CONSOLE_ARGUMENTS: [&str; 2] = ["--max-bytes", "67108864"];
const MIB: u64 = 1024 * 1024;

/// How long an attack without an end of its own goes on.
fn duration() -> Result<Duration> {
    const SHORT: u64 = 8;
    let seconds = match env::var("ATTACK_SECONDS") {
        Ok(seconds) => seconds
            .parse()
            .map_err(|error| format!("ATTACK_SECONDS={seconds}: {error}"))?,
        Err(_) => SHORT,
    };
    Ok(Duration::from_secs(seconds))
}

/// Starts a console with the limits of its manifest.
async fn console() -> Result<(Console, MemoryLimit)> {
    let limit = MemoryLimit::new(CONSOLE);
    let console = Console::start_within(&limit, &CONSOLE_ARGUMENTS).await?;
    Ok((console, limit))
}

/// Prints the figures, and fails if the console has ended or no longer answers.
async fn survives(
    what: &str,
    console: &mut Console,
    limit: &MemoryLimit,
    figures: &str,
) -> Result<()> {
    report(what, limit, figures)?;
    if console.program.has_ended()? {
        return Err(format!("{what}: the console was ended").into());
    }
    let asked = Instant::now();
    console.status().await?;
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{what}: {:?}",
        asked.elapsed()
    );
    assert!(console.program.terminate().await?.success());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "figures are what `make attack` is for")]
fn report(what: &str, limit: &MemoryLimit, figures: &str) -> Result<()> {
    let peak = limit.peak()?.map_or("not counted".to_owned(), mib);
    println!("attack: {what}: {figures}; memory at most {peak}");
    Ok(())
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes / MIB)
}

/// Probes the console until `work` is done; returns its result and the longest time that a probe took.
async fn while_alive<T>(console: &Console, work: impl Future<Output = T>) -> Result<(T, Duration)> {
    const EVERY: Duration = Duration::from_millis(50);
    let mut longest = Duration::ZERO;
    let asking = async {
        loop {
            let asked = Instant::now();
            let alive = reqwest::get(console.url("/livez")).await?;
            alive.error_for_status()?;
            longest = longest.max(asked.elapsed());
            sleep(EVERY).await;
        }
    };
    let result = tokio::select! {
        result = work => Ok(result),
        error = asking => error,
    };
    result
        .map(|result: T| (result, longest))
        .map_err(|error: reqwest::Error| error.into())
}
