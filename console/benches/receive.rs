//! Documents of 1 kB over UDP: what is lost, and what each costs.
//!
//! The console runs in this process, on the machine that it shares with the sender; the sender's
//! processor time is taken off by measuring it in its own thread. `cargo bench -p console --bench receive`

use std::{
    io::Write as _,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use console::{Config, Sockets};

/// Documents a second, and for how many seconds.
const LOADS: [(u32, u32); 3] = [(1_000, 5), (20_000, 20), (50_000, 5)];

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (rate, seconds) in LOADS {
        runtime.block_on(measure(rate, seconds));
    }
}

async fn measure(rate: u32, seconds: u32) {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    };
    let sockets = Sockets::bind(&config).expect("a free port");
    let address = sockets.tcp.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let console = tokio::spawn(async move {
        let shutdown = async {
            let _ = stopped.await;
        };
        console::run(sockets, &config, shutdown).await
    });
    let before = process_time();
    let sender = std::thread::spawn(move || send(address, rate, seconds));
    while !sender.is_finished() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (sent, sender_time) = sender.join().expect("the sender does not panic");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let spent = process_time() - before - sender_time;
    let status = status(address);
    let _ = stop.send(());
    let _ = console.await;
    let received = number(&status, "received");
    let lost = u64::from(sent) - received;
    let _ = writeln!(
        std::io::stdout(),
        "{rate:>6}/s for {seconds:>2} s: sent {sent}, lost {lost} ({:.2} %), counted as dropped {}, CPU per document {:.2} µs, store {} MiB",
        lost as f64 * 100.0 / f64::from(sent),
        number(&status, "dropped_by_socket") + number(&status, "dropped_by_queue"),
        spent.as_secs_f64() * 1e6 / received as f64,
        number(&status, "bytes") / 1024 / 1024,
    );
}

/// Sends at a fixed rate and returns how many, and the processor time that it took.
fn send(address: SocketAddr, rate: u32, seconds: u32) -> (u32, Duration) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.connect(address).expect("an address");
    let total = rate * seconds;
    let begin = Instant::now();
    let mut sent = 0;
    while sent < total {
        // As many as are due, then a pause: a sender that only waited would take a core for itself.
        let due = (begin.elapsed().as_secs_f64() * f64::from(rate)) as u32;
        while sent < due.min(total) {
            let _ = socket.send(document(sent).as_bytes());
            sent += 1;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    (sent, thread_time())
}

fn document(number: u32) -> String {
    let fill = "x".repeat(430);
    format!(
        "{{\"format\":\"json\",\"version\":1}}\n{{\"name\":\"x-ray-sample-back-k8s\",\"id\":\"{number:016x}\",\"trace_id\":\"1-6b032cd4-{number:024x}\",\
         \"parent_id\":\"bbbbbbbbbbbbbbbb\",\"start_time\":1795370196.9984481,\"end_time\":1795370197.0053296,\"origin\":\"AWS::ECS::Container\",\
         \"http\":{{\"request\":{{\"method\":\"GET\",\"url\":\"http://127.0.0.1:8081/\",\"client_ip\":\"127.0.0.1\",\"user_agent\":\"curl/7.88.1\"}},\
         \"response\":{{\"status\":200}}}},\"aws\":{{\"xray\":{{\"sdk_version\":\"1.0.0\",\"sdk\":\"opentelemetry for rust\"}}}},\
         \"metadata\":{{\"default\":{{\"fill\":\"{fill}\"}}}},\
         \"subsegments\":[{{\"id\":\"{:016x}\",\"name\":\"x-ray-sample-back-k8s-gen\",\"start_time\":1795370197.0052605,\"end_time\":1795370197.005263}}]}}",
        u64::from(number) | 1 << 40,
    )
}

fn status(address: SocketAddr) -> String {
    use std::io::Read as _;
    let mut stream = std::net::TcpStream::connect(address).expect("the console");
    let request = format!("GET /status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn number(status: &str, member: &str) -> u64 {
    let (_, rest) = status
        .split_once(&format!("\"{member}\":"))
        .expect("the member");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

/// Processor time of this process, from the kernel's table.
fn process_time() -> Duration {
    ticks("/proc/self/stat")
}

/// Processor time of this thread.
fn thread_time() -> Duration {
    ticks("/proc/thread-self/stat")
}

fn ticks(path: &str) -> Duration {
    let stat = std::fs::read_to_string(path).expect("Linux");
    let (_, rest) = stat.rsplit_once(')').expect("a line");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |index: usize| fields[index].parse::<u64>().expect("a number");
    // User and system time in hundredths of a second; the state is field 0.
    Duration::from_millis((field(11) + field(12)) * 10)
}
