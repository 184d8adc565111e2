//! `make demo`: as `make run`, with traffic, one guided fault, and the browser opened.

use std::{process::Stdio, time::Duration};

use tokio::{
    process::Command,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use crate::{Result, http, run};

/// When the guided fault begins and ends.
const FAULT_FROM: Duration = Duration::from_secs(30);
const FAULT_UNTIL: Duration = Duration::from_secs(90);
/// The fault, as parameters of `/api`.
const FAULT: &str = "/api?fault=fault:30&at=back";
/// How long an answer may take; `/api` itself times out after 30 s.
const PATIENCE: Duration = Duration::from_secs(35);
/// How many requests may wait for an answer; further ones are skipped, with a message.
const MAX_OPEN: usize = 200;

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    run: run::Args,
    /// Requests per second
    #[arg(long, value_name = "NUMBER", env = "RATE", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=500))]
    rate: u16,
    /// Requests at once, every ten seconds
    #[arg(long, value_name = "NUMBER", env = "BURST", default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=200))]
    burst: u16,
    /// Open no browser
    #[arg(long, env = "NO_OPEN", value_parser = clap::builder::FalseyValueParser::new())]
    no_open: bool,
}

/// Runs the three programs, sends requests to the front end, and tells the user what to look at.
pub(crate) async fn demo(args: DemoArgs) -> Result<()> {
    let (rate, burst, opens) = (args.rate, args.burst, !args.no_open);
    run::run_with(args.run, async move |addresses: run::Addresses| {
        if opens {
            open(&addresses.console.url());
        }
        tokio::join!(
            ask_steadily(&addresses.front, rate, burst),
            guide(&addresses),
        );
    })
    .await
}

/// Prints when the fault begins, where to look, and when it ends.
async fn guide(addresses: &run::Addresses) {
    let start = Instant::now();
    println!(
        "\ndemo: no faults for the first {} s: look at the service map",
        FAULT_FROM.as_secs()
    );
    sleep_until(start + FAULT_FROM).await;
    println!(
        "\ndemo: a third of the back end's answers are faults now, for a minute.\n\
         demo: both rings turn red, but only one service is the cause:\n\
         demo: {}/#/traces?filter=annotation.injected%20%3D%20%22fault%22",
        addresses.console.url()
    );
    sleep_until(start + FAULT_UNTIL).await;
    println!(
        "\ndemo: the fault is over, and the red part shrinks. docs/tour.md has four more. Ctrl-C stops all."
    );
}

async fn ask_steadily(front: &str, rate: u16, burst: u16) {
    let start = Instant::now();
    let mut tick = interval(Duration::from_secs(1) / u32::from(rate));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut bursts = interval(Duration::from_secs(10));
    let mut open = JoinSet::new();
    loop {
        let number = tokio::select! {
            _ = tick.tick() => 1,
            _ = bursts.tick() => burst,
        };
        while open.try_join_next().is_some() {}
        let wanted = usize::from(number);
        let possible = wanted.min(MAX_OPEN - open.len());
        if possible < wanted {
            println!(
                "demo: {} requests skipped: {MAX_OPEN} are waiting for an answer",
                wanted - possible
            );
        }
        let is_faulty = (FAULT_FROM..FAULT_UNTIL).contains(&start.elapsed());
        for _ in 0..possible {
            open.spawn(ask(
                front.to_owned(),
                if is_faulty { FAULT } else { "/api" },
            ));
        }
    }
}

/// Sends a request with the token that the page's own script sends; see the fault panel.
async fn ask(front: String, path: &'static str) {
    let token = [
        ("x-sample-token", "make demo"),
        ("Cookie", "x-sample-token=make demo"),
    ];
    // The console shows the answer, whatever it is.
    http::get(&front, path, &token, PATIENCE).await;
}

/// Opens the browser if this machine has one; the address is printed anyway.
fn open(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let started = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if started.is_err() {
        println!("demo: {opener} is not installed; open {url} yourself");
    }
}
