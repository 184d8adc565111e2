//! What becomes of documents that come faster than a daemon may be sent them. `cargo bench -p aws-xray --bench burst`.
//!
//! Two rows, a few times each: 20,000 documents at 44,000 a second to a daemon that keeps up and has as large a buffer as
//! the system allows (`sysctl net.core.rmem_max`; 64 MB hold the burst), and 2,000 at once to one with the default
//! buffer that takes 60 µs for each. Shed is what the emitter's ring had no room for; dropped, what the daemon's
//! socket had none for. Other programs that use the processors show in the second.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]
#![allow(clippy::print_stdout, missing_docs, reason = "a benchmark prints")]

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    trace::{Span, Tracer},
};
use socket2::{Domain, Socket, Type};
use xray::{Config, Resolver, SamplerKind, Tracing};

const TIMES: usize = 6;
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of metadata: with them a document has some 800.
const METADATA: usize = 300;

/// One row of the table.
struct Burst {
    name: &'static str,
    documents: u64,
    /// Time from one document to the next.
    interval: Duration,
    /// Bytes of the daemon's socket; `None` for the default.
    buffer: Option<usize>,
    /// How long the daemon takes for a document.
    cost: Duration,
}

fn main() {
    let bursts = [
        Burst {
            name: "20,000 at 44,000/s, a daemon that keeps up",
            documents: 20_000,
            interval: Duration::from_nanos(22_727),
            buffer: Some(64 << 20),
            cost: Duration::ZERO,
        },
        Burst {
            name: "2,000 at once, a daemon that takes 60 µs",
            documents: 2_000,
            interval: Duration::ZERO,
            buffer: None,
            cost: Duration::from_micros(60),
        },
    ];
    for burst in &bursts {
        println!("{}", burst.name);
        for _ in 0..TIMES {
            burst.run();
        }
    }
}

impl Burst {
    fn run(&self) {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        if let Some(bytes) = self.buffer {
            socket.set_recv_buffer_size(bytes).unwrap();
        }
        socket
            .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
            .unwrap();
        let buffer = socket.recv_buffer_size().unwrap();
        let socket = UdpSocket::from(socket);
        let address = socket.local_addr().unwrap();
        let is_sent = Arc::new(AtomicBool::new(false));
        let (was_sent, cost) = (Arc::clone(&is_sent), self.cost);
        let daemon = thread::spawn(move || read(&socket, cost, &was_sent));

        let tracing = traced(address);
        make(&tracing);
        assert!(tracing.flush(PATIENCE));
        let begin = Instant::now();
        let mut due = begin;
        for _ in 1..self.documents {
            due += self.interval;
            while Instant::now() < due {
                std::hint::spin_loop();
            }
            make(&tracing);
        }
        assert!(tracing.flush(PATIENCE));
        let took = begin.elapsed();
        is_sent.store(true, Ordering::Release);
        let received = daemon.join().unwrap();
        let delivery = tracing.delivery();
        println!(
            "  {:4} shed, {:4} dropped, {took:.0?}, buffer of {buffer} bytes",
            delivery.shed,
            delivery.sent - received,
        );
        assert_eq!(delivery.sent + delivery.lost(), self.documents);
    }
}

/// Is the daemon; returns how many datagrams it got.
fn read(socket: &UdpSocket, cost: Duration, was_sent: &AtomicBool) -> u64 {
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let (mut buffer, mut received) = (vec![0; 65_536], 0);
    loop {
        let is_last = was_sent.load(Ordering::Acquire);
        match socket.recv(&mut buffer) {
            Ok(_) => received += 1,
            Err(_) if is_last => return received,
            Err(_) => continue,
        }
        let taken = Instant::now();
        while taken.elapsed() < cost {
            std::hint::spin_loop();
        }
    }
}

fn traced(address: SocketAddr) -> Tracing {
    let config = Config {
        sampler: SamplerKind::AlwaysOn,
        ..Config::new("shop")
    };
    let resolver = Resolver::new(move |_| Ok(vec![address]));
    Tracing::with_resolver(&config, resolver).unwrap()
}

fn make(tracing: &Tracing) {
    let mut span = tracing.tracer().unwrap().start("job");
    span.set_attribute(KeyValue::new("body", "x".repeat(METADATA)));
    span.end();
}
