//! A daemon that has a TCP port, as AWS's daemon, the CloudWatch agent and the console have, goes and comes back:
//! documents wait, none is lost where nobody is told, and none is sent twice.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    collections::HashSet,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    trace::{Span, Tracer},
};
use segment::{DaemonAddress, HostPort};
use segment_schema::assert_valid;
use socket2::{Domain, Socket, Type};
use xray::{Config, Resolver, SamplerKind, Tracing, testing::Daemon};

const PATIENCE: Duration = Duration::from_secs(10);

/// A daemon with both ports, of which each can be closed by itself. Connections are accepted by the kernel and never
/// answered.
struct Node {
    udp: Option<Daemon>,
    tcp: Option<TcpListener>,
    address: SocketAddr,
}

impl Node {
    fn start() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into())
    }

    fn at(address: SocketAddr) -> Self {
        // The port that is free for TCP may be taken for UDP.
        let bound = std::iter::repeat_with(|| {
            let tcp = TcpListener::bind(address).unwrap();
            let address = tcp.local_addr().unwrap();
            Daemon::bind(address).map(|udp| (udp, tcp, address))
        });
        let (udp, tcp, address) = bound.take(100).find_map(Result::ok).unwrap();
        Self {
            udp: Some(udp.checking(assert_valid)),
            tcp: Some(tcp),
            address,
        }
    }

    fn udp(&self) -> &Daemon {
        self.udp.as_ref().unwrap()
    }

    /// Takes no more connections and closes those that it has.
    fn close_tcp(&mut self) {
        self.tcp = None;
    }

    fn open_tcp(&mut self) {
        self.tcp = Some(TcpListener::bind(self.address).unwrap());
    }

    fn close_udp(&mut self) {
        self.udp = None;
    }

    fn open_udp(&mut self) {
        self.udp = Some(Daemon::bind(self.address).unwrap().checking(assert_valid));
    }

    fn tracing(&self) -> Tracing {
        traced(self.address)
    }

    /// How many connections were made since the last call.
    fn connections(&self) -> usize {
        let tcp = self.tcp.as_ref().unwrap();
        tcp.set_nonblocking(true).unwrap();
        std::iter::from_fn(|| tcp.accept().ok()).count()
    }
}

fn traced(address: SocketAddr) -> Tracing {
    traced_by(address.port(), Resolver::new(move |_| Ok(vec![address])))
}

/// Traces everything, to a daemon with one name and one port for both protocols.
fn traced_by(port: u16, resolver: Resolver) -> Tracing {
    let address = HostPort {
        host: "daemon.example".to_owned(),
        port,
    };
    let config = Config {
        sampler: SamplerKind::AlwaysOn,
        daemon: DaemonAddress {
            udp: address.clone(),
            tcp: address,
        },
        ..Config::new("shop")
    };
    Tracing::with_resolver(&config, resolver).unwrap()
}

fn make(tracing: &Tracing, metadata: usize) {
    let mut span = tracing.tracer().unwrap().start("job");
    span.set_attribute(KeyValue::new("body", "x".repeat(metadata)));
    span.end();
}

fn make_many(tracing: &Tracing, count: usize) {
    for _ in 0..count {
        make(tracing, 10);
    }
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until more probes than these have failed.
fn found_away(tracing: &Tracing, probes: u64) {
    eventually("the daemon is found to be away", || {
        tracing.delivery().failed_probes > probes
    });
}

fn assert_delivery(tracing: &Tracing, sent: u64, lost: u64) {
    let delivery = tracing.delivery();
    assert_eq!((delivery.sent, delivery.lost()), (sent, lost));
}

/// Receives `count` documents and fails if one came twice.
fn receive_once(daemon: &Daemon, count: usize) {
    let documents = daemon.receive(count);
    let ids: HashSet<_> = documents.iter().map(|document| document.id).collect();
    assert_eq!(ids.len(), count, "one came twice");
    assert!(daemon.received().is_empty(), "more than were made");
}

/// A node whose daemon has taken a first document.
fn in_touch() -> (Node, Tracing) {
    let node = Node::start();
    let tracing = node.tracing();
    make(&tracing, 10);
    receive_once(node.udp(), 1);
    (node, tracing)
}

#[test]
fn a_daemon_whose_datagrams_vanish_without_a_word_is_known_by_its_tcp_port() {
    let (mut node, tracing) = in_touch();

    // The UDP socket stays: whatever is sent now is neither refused nor read.
    node.close_tcp();
    make_many(&tracing, 100);
    found_away(&tracing, 1);
    assert!(node.udp().received().is_empty(), "sent to nobody");
    assert_eq!(tracing.delivery().sent, 1);

    node.open_tcp();
    receive_once(node.udp(), 100);
    assert_delivery(&tracing, 101, 0);
}

#[test]
fn a_daemon_that_is_gone_and_comes_back_gets_what_was_made_meanwhile() {
    let (mut node, tracing) = in_touch();

    node.close_tcp();
    node.close_udp();
    make_many(&tracing, 100);
    found_away(&tracing, 1);
    node.open_udp();
    node.open_tcp();
    receive_once(node.udp(), 100);
    assert_delivery(&tracing, 101, 0);
}

#[test]
fn what_never_finds_its_daemon_again_is_counted_at_the_end() {
    let (mut node, tracing) = in_touch();

    node.close_tcp();
    make_many(&tracing, 10);
    assert!(!tracing.flush(Duration::from_millis(100)));
    tracing.shutdown(Duration::from_millis(100));
    eventually("ten losses", || tracing.delivery().unreachable == 10);
    assert_delivery(&tracing, 1, 10);
}

#[test]
fn a_daemon_that_comes_back_just_before_the_end_gets_its_documents() {
    let (mut node, tracing) = in_touch();

    node.close_tcp();
    make(&tracing, 10);
    found_away(&tracing, 0);
    node.open_tcp();
    tracing.shutdown(PATIENCE);
    receive_once(node.udp(), 1);
}

#[test]
fn a_tcp_port_of_another_program_does_not_lose_documents() {
    let mut node = Node::start();
    node.close_udp();
    let tracing = node.tracing();
    make_many(&tracing, 20);
    found_away(&tracing, 1);
    assert_delivery(&tracing, 0, 0);
    node.open_udp();
    receive_once(node.udp(), 20);
    assert_delivery(&tracing, 20, 0);
}

#[test]
fn of_several_addresses_a_dead_one_costs_no_document() {
    let mut node = Node::at((Ipv4Addr::LOCALHOST, 0).into());
    let port = node.address.port();
    // Nothing listens there, for either protocol.
    let dead = SocketAddr::from(([127, 0, 0, 77], port));
    let addresses = vec![dead, node.address];
    let tracing = traced_by(port, Resolver::new(move |_| Ok(addresses.clone())));
    make_many(&tracing, 10);
    receive_once(node.udp(), 10);

    let second = Node::at(dead);
    node.close_tcp();
    node.close_udp();
    make_many(&tracing, 10);
    receive_once(second.udp(), 10);
    assert_delivery(&tracing, 20, 0);
}

#[test]
fn ipv6_alone_will_do() {
    let mut node = Node::at((Ipv6Addr::LOCALHOST, 0).into());
    let tracing = node.tracing();
    make(&tracing, 10);
    receive_once(node.udp(), 1);
    node.close_tcp();
    make(&tracing, 10);
    found_away(&tracing, 0);
    node.open_tcp();
    receive_once(node.udp(), 1);
}

/// A listener whose queue is full: the kernel drops further connections without an answer, as a firewall does.
fn silent(address: SocketAddr) -> (Socket, Vec<TcpStream>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&address.into()).unwrap();
    listener.listen(0).unwrap();
    let patience = Duration::from_millis(200);
    let queued = std::iter::from_fn(|| TcpStream::connect_timeout(&address, patience).ok());
    let queued = queued.take(100).collect();
    (listener, queued)
}

#[test]
fn where_tcp_gets_no_answer_documents_wait_until_there_is_not_much_room_and_are_sent_then() {
    const MADE: usize = 60;
    let mut node = Node::start();
    node.close_tcp();
    let _silent = silent(node.address);
    let tracing = node.tracing();
    make(&tracing, 10);
    eventually("two probes", || tracing.delivery().probes > 1);
    assert_eq!(tracing.delivery().sent, 0, "it waits");

    // More than half of the ring.
    for _ in 1..MADE {
        make(&tracing, 50_000);
    }
    node.udp().receive(1);
    eventually("all are sent", || tracing.delivery().sent == MADE as u64);
    let delivery = tracing.delivery();
    assert_eq!((delivery.lost(), delivery.unconfirmed), (0, MADE as u64));
}

#[test]
fn a_daemon_that_comes_and_goes_loses_nothing_that_is_not_counted() {
    const ROUNDS: usize = 5;
    let mut node = Node::start();
    let tracing = node.tracing();
    let (mut made, mut documents) = (0, Vec::new());
    for _ in 0..ROUNDS {
        for is_there in [true, false] {
            let end = Instant::now() + Duration::from_millis(600);
            while Instant::now() < end {
                make(&tracing, 10);
                made += 1;
                thread::sleep(Duration::from_millis(5));
                if is_there {
                    documents.extend(node.udp().received());
                }
            }
            if is_there {
                node.close_tcp();
                // What it was sent it reads, as a daemon that drains does.
                documents.extend(node.udp().received());
                node.close_udp();
            } else {
                node.open_udp();
                node.open_tcp();
            }
        }
    }
    eventually("all is sent", || {
        documents.extend(node.udp().received());
        tracing.delivery().sent + tracing.delivery().lost() == made
    });
    documents.extend(node.udp().received());
    let delivery = tracing.delivery();
    // A datagram that was taken in the moment between the last read and the end of the socket is nobody's.
    let unread = delivery.sent - documents.len() as u64;
    assert!(unread <= ROUNDS as u64, "{unread} unread, {delivery:?}");
    assert!(delivery.lost() <= ROUNDS as u64, "{delivery:?}");
    let ids: HashSet<_> = documents.iter().map(|document| document.id).collect();
    assert_eq!(ids.len(), documents.len(), "one came twice");
}

#[test]
fn the_daemon_is_asked_at_most_twice_a_second_and_not_before_something_is_traced() {
    let node = Node::start();
    let tracing = node.tracing();
    assert_eq!(node.connections(), 0);
    let begin = Instant::now();
    let mut connections = 0;
    while tracing.delivery().sent < 100 || begin.elapsed() < Duration::from_millis(1_500) {
        make(&tracing, 10);
        node.udp().receive_text(PATIENCE).unwrap();
        connections += node.connections();
    }
    let most = begin.elapsed().as_millis() / 500 + 1;
    assert!(
        (1..=most).contains(&(connections as u128)),
        "{connections} in {:?}",
        begin.elapsed()
    );
    assert_eq!(tracing.delivery().probes, connections as u64);
}
