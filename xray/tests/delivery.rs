//! Documents while the daemon is away, moves, is slow, or has no address.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    trace::{Span, Tracer},
};
use segment_schema::assert_valid;
use socket2::{Domain, Socket, Type};
use xray::{Config, Resolver, SamplerKind, Tracing, testing::Daemon};

const PATIENCE: Duration = Duration::from_secs(5);

/// Traces everything, and finds its daemon by `resolver`.
fn traced_by(resolver: Resolver) -> Tracing {
    let config = Config {
        sampler: SamplerKind::AlwaysOn,
        ..Config::new("shop")
    };
    Tracing::with_resolver(&config, resolver).unwrap()
}

fn traced(daemon: &Daemon) -> Tracing {
    Tracing::new(&daemon.config("shop")).unwrap()
}

/// Makes one segment with some metadata.
fn make(tracing: &Tracing, metadata: usize) {
    let mut span = tracing.tracer().unwrap().start("job");
    span.set_attribute(KeyValue::new("body", "x".repeat(metadata)));
    span.end();
}

/// Waits until `is_so`.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn documents_wait_for_a_daemon_that_is_away_though_it_has_no_tcp_port() {
    let closed = Daemon::start().unwrap().socket_address();
    let daemon = Daemon::bind(closed).unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    drop(daemon);
    for _ in 0..10 {
        make(&tracing, 10);
    }
    eventually("nobody is found", || tracing.delivery().failed_probes > 0);
    assert_eq!((tracing.delivery().sent, tracing.delivery().lost()), (0, 0));

    let daemon = Daemon::bind(closed).unwrap().checking(assert_valid);
    make(&tracing, 10);
    assert_eq!(daemon.receive(11).len(), 11);
    eventually("all sent", || tracing.delivery().sent == 11);
    assert_eq!(tracing.delivery().lost(), 0);
}

#[test]
fn a_refusal_is_counted_and_costs_no_other_document() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let address = daemon.socket_address();
    let tracing = traced(&daemon);
    make(&tracing, 10);
    daemon.receive(1);
    drop(daemon);
    // Without a TCP port only a document can tell.
    make(&tracing, 10);
    eventually("a refusal", || tracing.delivery().refused == 1);
    for _ in 0..10 {
        make(&tracing, 10);
    }
    let daemon = Daemon::bind(address).unwrap().checking(assert_valid);
    assert_eq!(daemon.receive(10).len(), 10);
    eventually("all sent", || tracing.delivery().sent == 11);
    assert_eq!(tracing.delivery().lost(), 1);
}

#[test]
fn a_name_that_moves_is_followed_within_seconds() {
    let (first, second) = (
        Daemon::start().unwrap().checking(assert_valid),
        Daemon::start().unwrap().checking(assert_valid),
    );
    let address = Arc::new(Mutex::new(first.socket_address()));
    let known = Arc::clone(&address);
    let resolver = Resolver::new(move |_| Ok(vec![*known.lock().unwrap()]));
    let tracing = traced_by(resolver);
    make(&tracing, 10);
    first.receive(1);

    drop(first);
    *address.lock().unwrap() = second.socket_address();
    let moved = Instant::now();
    while tracing.delivery().sent < 2 {
        make(&tracing, 10);
        thread::sleep(Duration::from_millis(20));
    }
    second.receive(1);
    assert!(
        moved.elapsed() < Duration::from_secs(4),
        "{:?}",
        moved.elapsed()
    );
}

#[test]
fn of_several_addresses_the_one_that_answers_is_found() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let closed = Daemon::start().unwrap().socket_address();
    let addresses = vec![closed, daemon.socket_address()];
    let tracing = traced_by(Resolver::new(move |_| Ok(addresses.clone())));
    eventually("a document at the second address", || {
        make(&tracing, 10);
        tracing.delivery().sent > 0
    });
    daemon.receive(1);
}

#[test]
fn documents_wait_for_a_name_that_does_not_resolve_yet() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let answer: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
    let known = Arc::clone(&answer);
    let resolve = move |_: &_| {
        known
            .lock()
            .unwrap()
            .map(|address| vec![address])
            .ok_or_else(|| io::Error::other("no such name"))
    };
    let tracing = traced_by(Resolver::new(resolve));
    for _ in 0..50 {
        make(&tracing, 10);
    }
    eventually("a failed lookup", || tracing.delivery().failed_lookups > 0);
    *answer.lock().unwrap() = Some(daemon.socket_address());
    assert_eq!(daemon.receive(50).len(), 50);
    assert_eq!(tracing.delivery().lost(), 0);
}

#[test]
fn a_name_that_never_resolves_loses_documents_at_the_end_and_counts_them() {
    let tracing = traced_by(Resolver::new(|_| Ok(vec![])));
    for _ in 0..5 {
        make(&tracing, 10);
    }
    tracing.shutdown(Duration::from_millis(50));
    eventually("five losses", || tracing.delivery().unresolved == 5);
}

#[test]
fn more_than_the_ring_holds_is_shed_and_counted_and_memory_stays_bounded() {
    const MADE: u64 = 400;
    let tracing = traced_by(Resolver::new(|_| Ok(vec![])));
    for _ in 0..MADE {
        make(&tracing, 50_000);
    }
    tracing.shutdown(Duration::from_millis(50));
    eventually("every document accounted for", || {
        tracing.delivery().lost() == MADE
    });
    let delivery = tracing.delivery();
    assert!(delivery.shed > 0 && delivery.unresolved > 0, "{delivery:?}");
}

#[test]
fn a_document_that_is_too_large_is_trimmed_and_the_others_do_not_notice() {
    let daemon = Daemon::start().unwrap().checking(assert_valid);
    let tracing = traced(&daemon);
    for metadata in [10, 70_000, 10] {
        make(&tracing, metadata);
    }
    assert_eq!(daemon.receive(3).len(), 3);
    assert_eq!(
        (tracing.delivery().trimmed, tracing.delivery().lost()),
        (1, 0)
    );
}

#[test]
fn ipv6_is_as_good_as_ipv4() {
    let daemon = Daemon::bind("[::1]:0".parse().unwrap())
        .unwrap()
        .checking(assert_valid);
    let tracing = traced(&daemon);
    make(&tracing, 10);
    daemon.receive(1);
}

/// What a reader got, and how late he was at worst.
struct Reading {
    received: usize,
    lateness: Duration,
}

/// Reads what `send` sends, with the kernel's default buffer and five milliseconds of sleep between reads.
fn read_late(send: impl FnOnce(SocketAddr)) -> Reading {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let socket = UdpSocket::from(socket);
    socket.set_nonblocking(true).unwrap();
    let address = socket.local_addr().unwrap();
    let is_sent = Arc::new(AtomicBool::new(false));
    let was_sent = Arc::clone(&is_sent);
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        let mut reading = Reading {
            received: 0,
            lateness: Duration::ZERO,
        };
        loop {
            let is_last = was_sent.load(Ordering::Acquire);
            while socket.recv(&mut buffer).is_ok() {
                reading.received += 1;
            }
            if is_last {
                return reading;
            }
            let emptied = Instant::now();
            thread::sleep(Duration::from_millis(5));
            reading.lateness = reading.lateness.max(emptied.elapsed());
        }
    });
    send(address);
    is_sent.store(true, Ordering::Release);
    reader.join().unwrap()
}

#[test]
fn a_burst_reaches_a_reader_who_is_late_and_without_the_pace_it_would_not() {
    const BURST: usize = 2_048;
    // On a busy machine the reader sleeps longer than he wants; such a reading says nothing.
    const TRIES: usize = 300;
    let paced = || {
        read_late(|address| {
            let resolver = Resolver::new(move |_| Ok(vec![address]));
            let tracing = traced_by(resolver);
            for _ in 0..BURST {
                make(&tracing, 500);
            }
            assert!(tracing.flush(PATIENCE));
            assert_eq!(tracing.delivery().sent, BURST as u64);
        })
    };
    let readings = std::iter::repeat_with(paced).take(TRIES);
    let in_time = readings
        .into_iter()
        .find(|reading| reading.lateness < Duration::from_millis(7));
    assert_eq!(
        in_time
            .expect("a reader who is at most seven milliseconds late")
            .received,
        BURST
    );

    let unpaced = read_late(|address| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for _ in 0..BURST {
            socket.send_to(&[b'x'; 1_000], address).unwrap();
        }
    });
    assert!(
        unpaced.received < BURST,
        "the reader was not late enough to show anything"
    );
}
