//! The console under load: losses, the cost of a document, and the latency of requests.
//!
//! The console is the program itself, in its own process on the cores that it shares with the sender; its processor
//! time is the kernel's figure. `cargo bench -p console`

mod program;

use std::{
    io::{self, Write as _},
    net::UdpSocket,
    time::{Duration, Instant},
};

use program::Program;

/// Documents a second, and for how many seconds.
const LOADS: [(u64, u64); 3] = [(1_000, 5), (20_000, 20), (50_000, 5)];
/// Traces that are held while questions are asked.
const HELD: u64 = 100_000;
/// How often each question is asked.
const TIMES: usize = 11;

fn main() -> io::Result<()> {
    for (rate, seconds) in LOADS {
        receive(rate, seconds)?;
    }
    hold()
}

fn receive(rate: u64, seconds: u64) -> io::Result<()> {
    let program = Program::start(&[])?;
    let before = program.processor_time()?;
    let sent = send(&program, rate, rate * seconds)?;
    program.settle();
    let cost = program.processor_time()?.saturating_sub(before);
    let status = program.get("/status")?;
    let [received, dropped] = [
        number(&status, "received"),
        number(&status, "dropped_by_socket") + number(&status, "dropped_by_queue"),
    ];
    writeln!(
        io::stdout(),
        "{rate:>6}/s for {seconds:>2} s: sent {sent}, lost {} (counted {dropped}), {} ns of processor time per document, {} MiB resident",
        sent - received,
        cost.as_nanos() / u128::from(received.max(1)),
        program.resident()? / 1024 / 1024,
    )
}

/// Holds 100,000 traces of two documents and asks.
fn hold() -> io::Result<()> {
    let program = Program::start(&["--max-bytes", "1000000000"])?;
    for number in 0..HELD {
        program.send(front(number).as_bytes())?;
        program.send(back(number).as_bytes())?;
        // About 20,000 documents a second.
        if number % 20 == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    program.settle();
    let status = program.get("/status")?;
    writeln!(
        io::stdout(),
        "{} traces held in {} MiB, {} MiB resident",
        number(&status, "traces_held"),
        number(&status, "bytes_used") / 1024 / 1024,
        program.resident()? / 1024 / 1024
    )?;
    let range = r#""StartTime":0,"EndTime":4000000000,"TimeRangeType":"Event""#;
    let filter = |expression: &str| format!(r#"{{{range},"FilterExpression":"{expression}"}}"#);
    for (question, operation, request) in [
        ("the first question", "ServiceGraph", format!("{{{range}}}")),
        ("service graph", "ServiceGraph", format!("{{{range}}}")),
        (
            "a filter that takes nothing",
            "TraceSummaries",
            filter(r#"service(\"back\") { fault } AND annotation.tier = \"gold\""#),
        ),
        (
            "a filter that takes a thousandth",
            "TraceSummaries",
            filter(r#"http.url CONTAINS \"/77\" responsetime > 0.2"#),
        ),
        (
            "no filter, first page",
            "TraceSummaries",
            format!("{{{range}}}"),
        ),
    ] {
        let times = if question == "the first question" {
            1
        } else {
            TIMES
        };
        let mut took: Vec<Duration> = Vec::new();
        for _ in 0..times {
            let begin = Instant::now();
            program.post(operation, &request)?;
            took.push(begin.elapsed());
        }
        took.sort_unstable();
        writeln!(
            io::stdout(),
            "{question}: {:?} (median of {times})",
            took[times / 2]
        )?;
    }
    Ok(())
}

/// Sends at a fixed rate and returns how many.
fn send(program: &Program, rate: u64, total: u64) -> io::Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(program.address)?;
    let begin = Instant::now();
    let mut sent = 0;
    while sent < total {
        // As many as are due, then a pause: a sender that only waited would take a core for itself.
        let due = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX) * rate / 1_000_000;
        while sent < due.min(total) {
            socket.send(large(sent).as_bytes())?;
            sent += 1;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(sent)
}

const HEADER: &str = r#"{"format":"json","version":1}"#;

/// A document of 1 kB.
fn large(number: u64) -> String {
    let fill = "x".repeat(430);
    back(number).replacen(
        r#""origin""#,
        &format!(r#""metadata":{{"default":{{"fill":"{fill}"}}}},"origin""#),
        1,
    )
}

fn front(number: u64) -> String {
    format!(
        r#"{HEADER}
{{"name":"front","id":"{:016x}","trace_id":"1-6b032cd4-{number:024x}","start_time":1795370196.9,"end_time":1795370197.1,"origin":"AWS::EKS::Container","http":{{"request":{{"method":"GET","url":"http://127.0.0.1:8080/api/{}","client_ip":"127.0.0.1","user_agent":"curl/7.88.1"}},"response":{{"status":200}}}},"annotations":{{"tier":"silver"}},"aws":{{"xray":{{"sdk_version":"1.0.0","sdk":"opentelemetry for rust"}}}},"subsegments":[{{"id":"{:016x}","name":"back","namespace":"remote","start_time":1795370196.95,"end_time":1795370197.05}}]}}"#,
        number | 1 << 40,
        number % 1_000,
        number | 1 << 41,
    )
}

fn back(number: u64) -> String {
    format!(
        r#"{HEADER}
{{"name":"back","id":"{:016x}","trace_id":"1-6b032cd4-{number:024x}","parent_id":"{:016x}","start_time":1795370196.9984481,"end_time":1795370197.0053296,"origin":"AWS::EKS::Container","http":{{"request":{{"method":"GET","url":"http://127.0.0.1:8081/","client_ip":"127.0.0.1","user_agent":"curl/7.88.1"}},"response":{{"status":200}}}},"aws":{{"xray":{{"sdk_version":"1.0.0","sdk":"opentelemetry for rust"}}}},"subsegments":[{{"id":"{:016x}","name":"back-gen","start_time":1795370197.0052605,"end_time":1795370197.005263}}]}}"#,
        number | 1 << 42,
        number | 1 << 41,
        number | 1 << 43,
    )
}

/// A number in the status; `bytes_used` is the store's.
fn number(status: &str, member: &str) -> u64 {
    let (part, member) = match member {
        "bytes_used" => (status.split_once("\"store\":"), "bytes"),
        "traces_held" => (status.split_once("\"store\":"), "traces"),
        member => (status.split_once("\"datagrams\":"), member),
    };
    let (_, part) = part.unwrap_or_default();
    let (_, rest) = part
        .split_once(&format!("\"{member}\":"))
        .unwrap_or_default();
    let end = rest
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().unwrap_or_default()
}
