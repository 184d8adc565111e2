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
//! Only ratios within one run mean anything on a machine that is shared. So another commit may be measured beside
//! this one (`beside.sh`). With the argument `instructions` valgrind counts instead.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod build;
mod instructions;
mod load;
mod service;
mod spinner;

use std::{env, net::UdpSocket, time::Duration};

use build::Build;
use load::{CONNECTIONS, Load};
use rustix::time::{ClockId, clock_gettime};
use service::{Service, Tracing};
use spinner::Spinner;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Requests a second. A document of 1 kB may follow another every 108 µs.
const RATE: u32 = 7_500;
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
        ["instructions"] => instructions::count(&Build::all()?),
        _ => measure(&Build::all()?),
    }
}

fn measure(builds: &[Build]) -> Result<()> {
    load::pin(load::last_core())?;
    let _awake = Spinner::start()?;
    let sink = UdpSocket::bind("127.0.0.1:0")?;
    sink.set_nonblocking(true)?;
    let bare = bare_send(&sink)?;
    println!("a bare send of {BARE_SEND} bytes: {bare:.2} µs");

    println!("\nback end, GET /, 30 numbers, {RATE} requests/s, CPU of the service per request");
    compare(builds, &sink, bare)?;

    println!(
        "\nthe pair, GET /api, {} requests/s, CPU of both services per request",
        RATE / 4
    );
    compare_pair(builds, &sink, bare)
}

/// A build in one of its variants, with the load on it.
struct Variant<'b> {
    build: &'b Build,
    tracing: Tracing,
    services: Vec<Service>,
    load: Load,
    /// CPU time per request of each round, in µs.
    costs: Vec<f64>,
}

impl<'b> Variant<'b> {
    fn all(
        builds: &'b [Build],
        start: impl Fn(&Build, Tracing) -> Result<(Load, Vec<Service>)>,
    ) -> Result<Vec<Self>> {
        let mut variants = Vec::new();
        for build in builds {
            for tracing in Tracing::ALL {
                let (load, services) = start(build, tracing)?;
                variants.push(Self {
                    build,
                    tracing,
                    services,
                    load,
                    costs: Vec::new(),
                });
            }
        }
        Ok(variants)
    }
}

/// Measures the back end in its variants.
fn compare(builds: &[Build], sink: &UdpSocket, bare: f64) -> Result<()> {
    let variants = Variant::all(builds, |build, tracing| {
        let service = Service::start(&build.program, &["back"], tracing, sink)?;
        let load = Load::connect(service.address, "/", tracing.header(), CONNECTIONS)?;
        Ok((load, vec![service]))
    })?;
    report(variants, RATE, sink, bare)
}

/// Measures the pair in its variants.
fn compare_pair(builds: &[Build], sink: &UdpSocket, bare: f64) -> Result<()> {
    let variants = Variant::all(builds, |build, tracing| {
        let back = Service::start(&build.program, &["back"], tracing, sink)?;
        let backend_url = format!("http://{}", back.address);
        let front = Service::start(&build.program, &["front", &backend_url], tracing, sink)?;
        let load = Load::connect(front.address, "/api", "", CONNECTIONS)?;
        Ok((load, vec![front, back]))
    })?;
    report(variants, RATE / 4, sink, bare)
}

/// Lets the variants take turns and prints their medians, as additions to their build's first.
fn report(mut variants: Vec<Variant<'_>>, rate: u32, sink: &UdpSocket, bare: f64) -> Result<()> {
    for round in 0..=ROUNDS {
        for variant in &mut variants {
            let cpu_time =
                |services: &[Service]| -> Duration { services.iter().map(Service::cpu_time).sum() };
            let before = cpu_time(&variant.services);
            let requests = variant.load.run(rate, ROUND, sink)?;
            let spent = cpu_time(&variant.services).saturating_sub(before);
            // The first round warms up.
            if round > 0 {
                let cost = spent.as_secs_f64() * 1e6 / f64::from(requests);
                variant.costs.push(cost);
            }
        }
    }
    let mut untraced = 0.0;
    for variant in &mut variants {
        let cost = median(&mut variant.costs);
        if matches!(variant.tracing, Tracing::Off) {
            println!("  {}", variant.build.name);
            untraced = cost;
        }
        let added = cost - untraced;
        let resident = variant.services.iter().map(Service::resident_megabytes);
        let resident: Vec<_> = resident.map(|size| format!("{size:.1}")).collect();
        println!(
            "    {:<10} {cost:6.2} µs   adds {added:5.2} µs = {:4.2} bare sends   resident {} MB",
            variant.tracing.name(),
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
