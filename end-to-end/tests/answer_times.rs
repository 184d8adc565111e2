//! How long the console takes to answer while documents come as fast as its socket takes them. A measurement: it prints a
//! table and asserts only that all questions are answered.
//!
//! `END_TO_END_PROGRAMS=$PWD/target/release cargo test --workspace --test end-to-end answer_times:: -- --ignored --nocapture
//! --test-threads 1`, after `cargo build --release`. `ANSWER_SECONDS` sets how long each question is asked (default 10).

use std::{
    env, fmt,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use end_to_end::{Console, Result};
use serde_json::{Value, json};
use tokio::task::block_in_place;

/// Enough for the traces that are held and for some seconds of the large documents.
const MAX_BYTES: &str = "1000000000";
/// How long a question rests before it is asked again: the page asks less often.
const PAUSE: Duration = Duration::from_millis(10);

/// What a datagram begins with.
const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";

/// What comes meanwhile.
#[derive(Clone, Copy)]
struct Feed {
    name: &'static str,
    documents_a_second: u32,
    /// The calls within each document.
    calls: usize,
}

const NOTHING: Feed = Feed {
    name: "nothing",
    documents_a_second: 0,
    calls: 0,
};
const SMALL: Feed = Feed {
    name: "5,000 small documents/s",
    documents_a_second: 5_000,
    calls: 1,
};
const LARGE: Feed = Feed {
    name: "400 documents/s of 450 calls",
    documents_a_second: 400,
    calls: 450,
};

/// A question, and the seconds of the past that it is about.
const QUESTIONS: [(&str, &str, f64); 5] = [
    (
        "a page of summaries of the last minutes",
        "/TraceSummaries",
        300.0,
    ),
    ("a page of summaries of an hour", "/TraceSummaries", 3_600.0),
    ("the graph of the last 0.2 s", "/ServiceGraph", 0.2),
    ("the graph of the last minutes", "/ServiceGraph", 300.0),
    ("the graph of an hour", "/ServiceGraph", 3_600.0),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of minutes"]
async fn with_100_000_traces_held() -> Result<()> {
    for feed in [NOTHING, SMALL, LARGE] {
        let console = filled(100_000).await?;
        measure(&console, feed)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of minutes"]
async fn with_1_000_traces_held() -> Result<()> {
    for feed in [NOTHING, SMALL] {
        let console = filled(1_000).await?;
        measure(&console, feed)?;
    }
    Ok(())
}

/// Starts a console and fills it with traces of two documents, of the last hour.
async fn filled(traces: u64) -> Result<Console> {
    let most = traces.to_string();
    let console = Console::start_with(&["--max-bytes", MAX_BYTES, "--max-traces", &most]).await?;
    let documents = (0..traces).flat_map(|number| {
        #[expect(clippy::cast_precision_loss, reason = "a share of an hour")]
        let start = now() - 3_000.0 * (traces - number) as f64 / traces as f64;
        [front(number, start), back(number, start)]
    });
    console.put(&documents.collect::<Vec<_>>()).await?;
    Ok(console)
}

/// Asks each question again and again while documents come, and prints how long the answers took.
#[expect(clippy::print_stdout, reason = "figures are what this is for")]
fn measure(console: &Console, feed: Feed) -> Result<()> {
    block_in_place(|| {
        let mut client = Client::new(console.address)?;
        // What no question has seen yet is another figure: `cargo bench -p console --bench load`.
        client.ask("/ServiceGraph", 3_600.0)?;
        let sender = Sender::start(console.address, feed);
        println!("beside {}:", feed.name);
        for (what, path, seconds) in QUESTIONS {
            println!("  {what}: {}", times(&mut client, path, seconds)?);
        }
        println!("  fed {}", sender.stop()?);
        let status: Value = serde_json::from_slice(&client.exchange("GET", "/status", "")?)?;
        println!(
            "  datagrams {}, store {}",
            status["datagrams"], status["store"]
        );
        Ok(())
    })
}

fn times(client: &mut Client, path: &str, seconds: f64) -> Result<Times> {
    let each = Duration::from_secs(match env::var("ANSWER_SECONDS") {
        Ok(seconds) => seconds.parse()?,
        Err(_) => 10,
    });
    let began = Instant::now();
    let mut times = Times::default();
    while began.elapsed() < each {
        let asked = Instant::now();
        times.bytes = client.ask(path, seconds)?.len();
        times.took.push(asked.elapsed());
        std::thread::sleep(PAUSE);
    }
    times.took.sort_unstable();
    Ok(times)
}

#[derive(Default)]
struct Times {
    /// Sorted.
    took: Vec<Duration>,
    /// Of the last answer.
    bytes: usize,
}

impl fmt::Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.took.len();
        let at = |percent: usize| self.took[(count * percent / 100).min(count - 1)];
        write!(
            formatter,
            "p50 {:.2?}, p99 {:.2?}, at most {:.2?} of {count}; {} bytes",
            at(50),
            at(99),
            at(100),
            self.bytes
        )
    }
}

/// A connection that stays open: another one for each question would be part of the times.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    fn new(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::new(stream);
        Ok(Self { stream })
    }

    /// Asks about the last seconds, and returns the answer.
    fn ask(&mut self, path: &str, seconds: f64) -> Result<Vec<u8>> {
        let now = now();
        let question = json!({ "StartTime": now - seconds, "EndTime": now });
        self.exchange("POST", path, &question.to_string())
    }

    fn exchange(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), None);
        self.stream.read_line(&mut line)?;
        let is_ok = line.contains(" 200 ");
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = Some(value.trim().parse()?);
            }
        }
        let mut answer = vec![0; length.ok_or("no length")?];
        self.stream.read_exact(&mut answer)?;
        if !is_ok {
            return Err(format!("{path}: {}", String::from_utf8_lossy(&answer)).into());
        }
        Ok(answer)
    }
}

/// The thread that sends.
struct Sender {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    began: Instant,
    thread: JoinHandle<std::io::Result<()>>,
}

impl Sender {
    fn start(console: SocketAddr, feed: Feed) -> Self {
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let thread = std::thread::spawn({
            let (stop, sent) = (stop.clone(), sent.clone());
            move || send(console, feed, &stop, &sent)
        });
        let began = Instant::now();
        Self {
            stop,
            sent,
            began,
            thread,
        }
    }

    /// Ends it, and says how much was sent.
    fn stop(self) -> Result<String> {
        let took = self.began.elapsed().as_secs_f64();
        self.stop.store(true, Relaxed);
        self.thread.join().map_err(|_| "the sender panicked")??;
        let sent = self.sent.load(Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = sent as f64 / took;
        Ok(format!("{sent} documents, {rate:.0} a second"))
    }
}

fn send(
    console: SocketAddr,
    feed: Feed,
    stop: &AtomicBool,
    sent: &AtomicU64,
) -> std::io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(console)?;
    // Made once a second: making them must not take the processor from the console.
    let (mut second, mut calls) = (0, String::new());
    let began = Instant::now();
    while !stop.load(Relaxed) {
        let due = began.elapsed().as_secs_f64() * f64::from(feed.documents_a_second);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        while (sent.load(Relaxed) as f64) < due {
            let number = sent.fetch_add(1, Relaxed);
            let start = now() - 0.1;
            if whole(start) > second {
                second = whole(start);
                calls = self::calls(feed.calls, second);
            }
            let name = ["shop", "cart", "stock"][usize::try_from(number % 3).unwrap_or(0)];
            let document = document(1 << 48 | number, start, name, &calls);
            socket.send(format!("{HEADER}{document}").as_bytes())?;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Calls to twenty hosts.
fn calls(count: usize, second: u64) -> String {
    let call = |number: usize| {
        format!(
            r#"{{"id":"{:016x}","name":"host-{}","namespace":"remote","start_time":{second}.25,"end_time":{second}.5}}"#,
            number + 1,
            number % 20
        )
    };
    (0..count).map(call).collect::<Vec<_>>().join(",")
}

fn document(number: u64, start: f64, name: &str, subsegments: &str) -> String {
    let (id, seconds, end) = (number | 1 << 60, start, start + 0.1);
    format!(
        r#"{{"name":"{name}","id":"{id:016x}","trace_id":"1-{seconds:08x}-{number:024x}","start_time":{start:.6},"end_time":{end:.6},"origin":"AWS::EKS::Container","http":{{"request":{{"method":"GET","url":"http://{name}/cart","client_ip":"10.0.0.1"}},"response":{{"status":200}}}},"annotations":{{"tier":"gold"}},"subsegments":[{subsegments}]}}"#,
        seconds = whole(seconds),
    )
}

fn front(number: u64, start: f64) -> String {
    let (id, end) = (number | 1 << 41, start + 0.09);
    let call = format!(
        r#"{{"id":"{id:016x}","name":"back","namespace":"remote","start_time":{start:.6},"end_time":{end:.6}}}"#
    );
    document(number, start, "front", &call)
}

fn back(number: u64, start: f64) -> String {
    let (id, parent, end) = (number | 1 << 42, number | 1 << 41, start + 0.08);
    format!(
        r#"{{"name":"back","id":"{id:016x}","trace_id":"1-{seconds:08x}-{number:024x}","parent_id":"{parent:016x}","start_time":{start:.6},"end_time":{end:.6},"origin":"AWS::EKS::Container"}}"#,
        seconds = whole(start),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "seconds since 1970"
)]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
