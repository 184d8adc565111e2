//! A pod, its node and two daemons as a cluster's network has them: each in a network namespace of its own, and on the
//! node the rules that kube-proxy writes for a Service. What happens there does not happen on a loopback interface: a
//! refusal is reported once a second, a packet is dropped without a word, and a flow stays with a daemon that is gone.
//!
//! Needs Linux, root, `ip` and `nft`.

use std::{
    collections::HashSet,
    fs::File,
    io::Write,
    net::{TcpListener, UdpSocket},
    os::fd::AsFd,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use end_to_end::ports;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use segment::{Document, SegmentId, datagram};
use xray::{Config, Resolver, SamplerKind, Tracing};

const PATIENCE: Duration = Duration::from_secs(15);
/// The Service's address, which no interface has.
const SERVICE: &str = "10.96.0.10";
/// From one document to the next: fifty a second.
const INTERVAL: Duration = Duration::from_millis(20);

/// The namespaces `pod`, `node`, `one` and `two`; the node is the others' router.
struct Network {
    prefix: String,
}

/// A daemon that reads until it is ended, and keeps the ids of the documents that it gets.
struct Daemon {
    ends: Arc<AtomicBool>,
    tcp: TcpListener,
    reader: JoinHandle<Vec<SegmentId>>,
}

impl Network {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let network = Self {
            prefix: format!("xray-{}-{number}", std::process::id()),
        };
        let node = network.name("node");
        ip(&["netns", "add", &node]);
        for (index, other) in ["pod", "one", "two"].iter().enumerate() {
            let name = network.name(other);
            ip(&["netns", "add", &name]);
            ip(&[
                "-n", &node, "link", "add", other, "type", "veth", "peer", "name", "eth0", "netns",
                &name,
            ]);
            ip(&[
                "-n",
                &node,
                "address",
                "add",
                &format!("10.244.{index}.1/24"),
                "dev",
                other,
            ]);
            ip(&["-n", &node, "link", "set", other, "up"]);
            ip(&[
                "-n",
                &name,
                "address",
                "add",
                &format!("10.244.{index}.2/24"),
                "dev",
                "eth0",
            ]);
            ip(&["-n", &name, "link", "set", "eth0", "up"]);
            ip(&[
                "-n",
                &name,
                "route",
                "add",
                "default",
                "via",
                &format!("10.244.{index}.1"),
            ]);
        }
        // What is for the Service and not translated would leave by the node's default route.
        ip(&["-n", &node, "route", "add", "default", "via", "10.244.1.2"]);
        network.inside("node", || {
            std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
        });
        network
    }

    fn name(&self, of: &str) -> String {
        format!("{}-{of}", self.prefix)
    }

    /// Runs `make` on a thread of that namespace. Threads and sockets that it makes are of that namespace too.
    fn inside<T: Send>(&self, of: &str, make: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.name(of))).unwrap();
        thread::scope(|scope| {
            let thread = scope.spawn(move || {
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                    .unwrap();
                make()
            });
            thread.join().unwrap()
        })
    }

    /// Writes the node's rules anew, as kube-proxy does. Flows that exist keep the translation that they have.
    fn rule(&self, translate: &str, forward: &str) {
        let port = ports::DAEMON;
        let rules = format!(
            "add table ip proxy
             delete table ip proxy
             table ip proxy {{
               chain services {{
                 type nat hook prerouting priority dstnat
                 ip daddr {SERVICE} meta l4proto {{ tcp, udp }} th dport {port} {translate}
               }}
               chain endpoints {{
                 type filter hook forward priority filter
                 ip daddr {SERVICE} {forward}
               }}
             }}"
        );
        let mut nft = Command::new("ip")
            .args(["netns", "exec", &self.name("node"), "nft", "-f", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        nft.stdin
            .take()
            .unwrap()
            .write_all(rules.as_bytes())
            .unwrap();
        assert!(nft.wait().unwrap().success(), "{rules}");
    }

    /// The Service has a ready endpoint.
    fn leads_to(&self, daemon: &str) {
        let address = if daemon == "one" {
            "10.244.1.2"
        } else {
            "10.244.2.2"
        };
        self.rule(&format!("dnat to {address}"), "accept");
    }

    /// The Service has no endpoint: packets are refused.
    fn leads_nowhere(&self) {
        self.rule("accept", "reject");
    }

    /// The Service has an endpoint on another node alone, and its traffic policy is Local.
    fn leads_to_other_nodes(&self) {
        self.rule("accept", "drop");
    }

    /// The pod's network goes, as one's does whose node crashes: nobody says good-bye.
    fn cut(&self, daemon: &str) {
        ip(&["-n", &self.name("node"), "link", "delete", daemon]);
    }

    fn daemon(&self, of: &str) -> Daemon {
        self.inside(of, || {
            let tcp = TcpListener::bind(("0.0.0.0", ports::DAEMON)).unwrap();
            let udp = UdpSocket::bind(("0.0.0.0", ports::DAEMON)).unwrap();
            let ends = Arc::new(AtomicBool::new(false));
            let end = Arc::clone(&ends);
            let reader = thread::spawn(move || read(&udp, &end));
            Daemon { ends, tcp, reader }
        })
    }

    fn tracing(&self) -> Tracing {
        self.inside("pod", || {
            let config = Config {
                sampler: SamplerKind::AlwaysOn,
                ..Config::new("shop")
            };
            let address = format!("{SERVICE}:{}", ports::DAEMON).parse().unwrap();
            Tracing::with_resolver(&config, Resolver::new(move |_| Ok(vec![address]))).unwrap()
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for of in ["pod", "node", "one", "two"] {
            ip(&["netns", "delete", &self.name(of)]);
        }
    }
}

impl Daemon {
    /// Ends it as a process ends: its ports close, and then whoever is connected is told. Returns the ids that it got.
    fn end(self) -> Vec<SegmentId> {
        drop(self.tcp);
        self.ends.store(true, Ordering::Release);
        self.reader.join().unwrap()
    }
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().unwrap();
    assert!(status.success(), "ip {}", arguments.join(" "));
}

fn read(socket: &UdpSocket, ends: &AtomicBool) -> Vec<SegmentId> {
    socket
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let (mut ids, mut buffer) = (Vec::new(), vec![0; datagram::MAX_DATAGRAM]);
    loop {
        let is_last = ends.load(Ordering::Acquire);
        match socket.recv(&mut buffer) {
            Ok(length) => {
                let document = datagram::document(&buffer[..length]).unwrap();
                let document = Document::decode(std::str::from_utf8(document).unwrap()).unwrap();
                ids.push(document.id);
            }
            Err(_) if is_last => return ids,
            Err(_) => {}
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Makes a document every 20 ms for `time`, and returns how many.
async fn make(tracing: &Tracing, time: Duration) -> u64 {
    let (begin, mut made) = (Instant::now(), 0);
    while begin.elapsed() < time {
        tracing.segment("job", async {}).await;
        made += 1;
        tokio::time::sleep(INTERVAL).await;
    }
    made
}

/// Waits until everything is sent, and checks that what was made is accounted for: what the daemons got, once each, what is
/// counted as lost, and at most `unseen` documents that were sent when nobody could know yet.
fn account(tracing: &Tracing, made: u64, unseen: u64, got: impl FnOnce() -> Vec<SegmentId>) {
    assert!(tracing.flush(PATIENCE), "{:?}", tracing.delivery());
    let got = got();
    let delivery = tracing.delivery();
    let ids: HashSet<_> = got.iter().collect();
    assert_eq!(ids.len(), got.len(), "one came twice");
    let known = got.len() as u64 + delivery.lost();
    assert_eq!(delivery.sent + delivery.lost(), made, "{delivery:?}");
    assert!(
        known <= made && made - known <= unseen,
        "{made} made, {} received, {delivery:?}",
        got.len()
    );
}

/// A `DaemonSet` that is restarted without a surge, or a console with no replica: at first the Service has no endpoint, then
/// another one. Without the connection hardly one of the hundred would be known to be lost.
#[tokio::test]
async fn a_service_without_endpoints_loses_nothing() {
    loses_nothing_while(Network::leads_nowhere).await;
}

/// A node whose daemon is gone, while other nodes have theirs: not even a connection is refused.
#[tokio::test]
async fn a_node_without_a_daemon_loses_nothing() {
    loses_nothing_while(Network::leads_to_other_nodes).await;
}

/// Makes documents while there is a daemon, while there is none, and while there is another one.
async fn loses_nothing_while(away: fn(&Network)) {
    let network = Network::new();
    let one = network.daemon("one");
    network.leads_to("one");
    let tracing = network.tracing();
    let mut made = make(&tracing, SECOND).await;
    let mut got = one.end();
    away(&network);
    made += make(&tracing, 2 * SECOND).await;
    assert!(tracing.delivery().failed_probes > 1);
    let two = network.daemon("two");
    network.leads_to("two");
    made += make(&tracing, SECOND).await;
    account(&tracing, made, 1, || {
        got.extend(two.end());
        got
    });
    assert!(tracing.delivery().lost() <= 1, "{:?}", tracing.delivery());
}

/// A daemon is replaced, and the node goes on translating the flow of before to the address that is no more: only a new
/// socket reaches the next one.
#[tokio::test]
async fn a_flow_that_stays_with_a_daemon_that_is_gone_is_left_within_seconds() {
    let network = Network::new();
    let one = network.daemon("one");
    let two = network.daemon("two");
    network.leads_to("one");
    let tracing = network.tracing();
    let mut made = make(&tracing, SECOND).await;
    network.cut("one");
    network.leads_to("two");
    made += make(&tracing, 3 * SECOND).await;
    // What is made between two connections, at fifty a second.
    account(&tracing, made, 75, || {
        let mut got = one.end();
        got.extend(two.end());
        got
    });
}

/// Rules that change while both daemons are there, as in a rollout with a surge: nothing at all is lost.
#[tokio::test]
async fn a_rollout_with_a_surge_loses_nothing() {
    let network = Network::new();
    let one = network.daemon("one");
    let two = network.daemon("two");
    network.leads_to("one");
    let tracing = network.tracing();
    let mut made = make(&tracing, SECOND).await;
    network.leads_to("two");
    // The time of `preStop`.
    made += make(&tracing, 3 * SECOND).await;
    let mut got = one.end();
    made += make(&tracing, SECOND).await;
    account(&tracing, made, 0, || {
        let of_two = two.end();
        assert!(!of_two.is_empty(), "the flow was never left");
        got.extend(of_two);
        got
    });
    assert_eq!(tracing.delivery().lost(), 0);
}

/// Pods that start before any daemon has: nothing is known of one, and refusals are reported once a second.
#[tokio::test]
async fn a_pod_that_is_there_before_its_daemon_waits_for_it() {
    for waits in [Network::leads_nowhere, Network::leads_to_other_nodes] {
        let network = Network::new();
        waits(&network);
        let tracing = network.tracing();
        let mut made = make(&tracing, 8 * SECOND).await;
        assert_eq!(tracing.delivery().sent, 0, "{:?}", tracing.delivery());
        let one = network.daemon("one");
        network.leads_to("one");
        made += make(&tracing, SECOND).await;
        account(&tracing, made, 0, || one.end());
        assert_eq!(tracing.delivery().lost(), 0);
    }
}
