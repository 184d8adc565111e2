//! What tracing costs a request, in CPU time of the service, beside a bare send of the same run.
//!
//! The service is this program again, in a process of its own on the first core, with the number of random
//! numbers fixed. The load comes from the last core, by a client that never sleeps: a closed loop of sleeping
//! clients bills its own wake-ups to the service. The rate is fixed, below what the emitter sends without
//! waiting, so that every document is sent and paid for. Variants take turns; medians are printed.
//!
//! The services' core never sleeps either: on a virtual machine waking it costs more than a request, and the
//! bill goes to whoever wakes it.
//!
//! Only ratios within one run mean anything on a machine that is shared.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod load;
mod service;
mod spinner;

use std::{env, net::UdpSocket, time::Duration};

use load::Load;
use rustix::time::{ClockId, clock_gettime};
use service::{Service, Tracing};
use spinner::Spinner;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Requests a second. A document of 1 kB may follow another every 108 µs.
const RATE: u32 = 7_500;
/// What a caller sends to the back end that has decided, and one that leaves the decision to the rules.
const SAMPLED: &str = "x-amzn-trace-id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1\r\n";
const UNDECIDED: &str = "x-amzn-trace-id: Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=?\r\n";
/// How long one variant is measured at a time, and how often.
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 7;
/// Bytes of a bare send, those of a datagram of the back end.
const BARE_SEND: usize = 700;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["back"] => service::back(),
        ["spin"] => spinner::spin(),
        ["front", backend_url] => service::front(backend_url),
        _ => measure(),
    }
}

fn measure() -> Result<()> {
    load::pin(load::last_core())?;
    let _awake = Spinner::start()?;
    let sink = UdpSocket::bind("127.0.0.1:0")?;
    sink.set_nonblocking(true)?;
    let bare = bare_send(&sink)?;
    println!("a bare send of {BARE_SEND} bytes: {bare:.2} µs");

    println!("\nback end, GET /, 30 numbers, {RATE} requests/s, CPU of the service per request");
    compare(&sink, bare, |tracing| {
        Service::start(&["back"], tracing, &sink)
    })?;

    println!(
        "\nthe pair, GET /api, {} requests/s, CPU of both services per request",
        RATE / 4
    );
    compare_pair(&sink, bare)
}

/// Measures one service in its variants.
fn compare(sink: &UdpSocket, bare: f64, start: impl Fn(Tracing) -> Result<Service>) -> Result<()> {
    let mut variants = Vec::new();
    for tracing in Tracing::ALL {
        let service = start(tracing)?;
        let header = match tracing {
            Tracing::Off | Tracing::On => SAMPLED,
            Tracing::Unsampled => UNDECIDED,
        };
        let load = Load::connect(service.address, "/", header)?;
        variants.push((load, vec![service]));
    }
    report(&mut variants, RATE, sink, bare)
}

/// Measures the pair in its variants.
fn compare_pair(sink: &UdpSocket, bare: f64) -> Result<()> {
    let mut variants = Vec::new();
    for tracing in Tracing::ALL {
        let back = Service::start(&["back"], tracing, sink)?;
        let front = Service::start(
            &["front", &format!("http://{}", back.address)],
            tracing,
            sink,
        )?;
        variants.push((Load::connect(front.address, "/api", "")?, vec![front, back]));
    }
    report(&mut variants, RATE / 4, sink, bare)
}

/// Lets the variants take turns and prints their medians, as additions to the first.
fn report(
    variants: &mut [(Load, Vec<Service>)],
    rate: u32,
    sink: &UdpSocket,
    bare: f64,
) -> Result<()> {
    let mut costs = vec![Vec::new(); variants.len()];
    for round in 0..=ROUNDS {
        for ((load, services), costs) in variants.iter_mut().zip(&mut costs) {
            let before: Duration = services.iter().map(Service::cpu_time).sum();
            let requests = load.run(rate, ROUND, sink)?;
            let after: Duration = services.iter().map(Service::cpu_time).sum();
            // The first round warms up.
            if round > 0 {
                costs.push(after.saturating_sub(before).as_secs_f64() * 1e6 / f64::from(requests));
            }
        }
    }
    let untraced = median(&mut costs[0]);
    for ((tracing, costs), (_, services)) in Tracing::ALL.iter().zip(&mut costs).zip(variants) {
        let cost = median(costs);
        let added = cost - untraced;
        let resident: Vec<String> = services
            .iter()
            .map(|service| format!("{:.1}", service.resident_megabytes()))
            .collect();
        println!(
            "  {:<10} {cost:6.2} µs   adds {added:5.2} µs = {:4.2} bare sends   resident {} MB",
            tracing.name(),
            added / bare,
            resident.join(" + "),
        );
    }
    Ok(())
}

/// Returns what one send of a UDP datagram on loopback costs, in µs of CPU time.
fn bare_send(sink: &UdpSocket) -> Result<f64> {
    // As many as the receiver's buffer holds are sent before it is emptied.
    const TOGETHER: u32 = 50;
    const TIMES: u32 = 400;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(sink.local_addr()?)?;
    let datagram = [b'x'; BARE_SEND];
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let mut spent = Duration::ZERO;
        for _ in 0..TIMES {
            let before = thread_cpu_time()?;
            for _ in 0..TOGETHER {
                socket.send(&datagram)?;
            }
            spent += thread_cpu_time()?.saturating_sub(before);
            load::drain(sink);
        }
        costs.push(spent.as_secs_f64() * 1e6 / f64::from(TIMES * TOGETHER));
    }
    Ok(median(&mut costs))
}

fn thread_cpu_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::ThreadCPUTime).try_into()?)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
