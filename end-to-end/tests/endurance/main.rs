//! Both services under load for minutes, while their daemon is paused, restarted and moved, and comes and goes every
//! second.
//!
//! `make endurance`. No request may fail, memory must stay flat, and every document must be accounted for: those that
//! the daemon received, its socket dropped, and the services count as lost must add up to those made.
//! `ENDURANCE_SECONDS` and `ENDURANCE_RATE` (requests a second) change the defaults of ten minutes and 2,000;
//! `ENDURANCE_HOSTILE` is how many connections of clients that only hold them the front end has beside that, none by default.
//!
//! The services are the real ones, in their own processes, except for the resolver of the daemon's name: a name that
//! moves needs one, and this one reads a file. The daemon is a socket with the kernel's default buffer, in its own
//! process, so that it can be stopped as a whole. Its TCP port accepts and never answers; while it is away, another
//! program may have that port; its name has a second address at which nothing listens; it moves between IPv4 and
//! IPv6.
#![allow(clippy::print_stdout, reason = "it shows its progress")]

mod daemon;
mod hostile;
mod load;
mod run;
mod service;

use std::{env, time::Duration};

use end_to_end::Result;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.as_slice() {
        ["daemon", address] => runtime.block_on(daemon::run(address)),
        ["back", file] => runtime.block_on(service::back(file)),
        ["front", file, backend_url] => runtime.block_on(service::front(file, backend_url)),
        _ => {
            let seconds = number("ENDURANCE_SECONDS", 600)?;
            let rate = number("ENDURANCE_RATE", 2_000)?;
            let hostile = usize::try_from(number("ENDURANCE_HOSTILE", 0)?)?;
            runtime.block_on(run::run(Duration::from_secs(seconds), rate, hostile))
        }
    }
}

fn number(variable: &str, default: u64) -> Result<u64> {
    match env::var(variable).ok().filter(|value| !value.is_empty()) {
        None => Ok(default),
        Some(value) => value
            .parse()
            .map_err(|error| format!("{variable}={value}: {error}").into()),
    }
}
