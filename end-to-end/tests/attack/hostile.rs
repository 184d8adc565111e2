//! Valid documents that are expensive to keep, while a client asks for the map and the traces.

use std::{
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use end_to_end::{Console, MemoryLimit, Result};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{MIB, duration, mib, survives};

/// What the console is told to hold.
const BOUND: u64 = 32 * MIB;
/// What the process may need: as much again for what waits and is processed, and 32 MiB.
const MOST: u64 = 2 * BOUND + 32 * MIB;
/// A kind of documents: its name, its documents a second, and what makes one of a number that never repeats.
type Kind = (&'static str, u32, fn(u64) -> Value);

const KINDS: [Kind; 9] = [
    (
        "names that never repeat",
        2_000,
        |n| json!({ "name": format!("n{n}") }),
    ),
    (
        "metadata of 60 kB",
        250,
        |_| json!({ "metadata": { "d": { "k": "x".repeat(60_000) } } }),
    ),
    ("1,500 annotations", 150, |n| {
        let annotations =
            (0..1_500).map(|key| (format!("k{n}_{key}"), json!(format!("v{n}{key}"))));
        json!({ "annotations": annotations.collect::<serde_json::Map<_, _>>() })
    }),
    ("450 calls to hosts that never repeat", 150, |n| {
        let calls = (0..450_u64).map(|call| {
            json!({ "name": format!("h{n}_{call}"), "id": id(n << 16 | call), "namespace": "remote", "start_time": now(), "end_time": now() })
        });
        json!({ "subsegments": calls.collect::<Vec<_>>() })
    }),
    ("450 calls to hosts that come again", 150, |n| {
        let n = n % 250;
        let calls = (0..450_u64).map(|call| {
            json!({ "name": format!("h{n}_{call}"), "id": id(n << 16 | call), "namespace": "remote", "start_time": now(), "end_time": now() })
        });
        json!({ "subsegments": calls.collect::<Vec<_>>() })
    }),
    ("450 calls between every two of 1,000 services", 150, |n| {
        let calls = (0..450_u64).map(|call| {
            let (name, took) = (format!("s{}", (n * 449 + call * 7) % 1_000), Duration::from_millis(call * 2));
            json!({ "name": name, "id": id(n << 16 | call), "namespace": "remote", "start_time": now(), "end_time": now() + took.as_secs_f64() })
        });
        json!({ "name": format!("s{}", n % 1_000), "subsegments": calls.collect::<Vec<_>>() })
    }),
    ("300 exceptions", 200, |n| {
        let exceptions = (0..300_u64).map(
            |at| json!({ "id": id(n << 16 | at), "type": format!("T{n}{at}"), "message": "m" }),
        );
        json!({ "fault": true, "cause": { "exceptions": exceptions.collect::<Vec<_>>() } })
    }),
    ("long URLs and users", 500, |n| {
        let request = json!({ "method": "GET", "url": format!("http://h/{}", format!("{n:x}/").repeat(800)), "user_agent": "u".repeat(2_000) });
        json!({ "http": { "request": request, "response": { "status": 200 } }, "user": format!("{n}").repeat(20) })
    }),
    (
        "subsegments whose segments never come",
        1_500,
        |n| json!({ "type": "subsegment", "parent_id": id(n), "namespace": "remote", "sql": { "url": format!("u{n}"), "sanitized_query": "select ".repeat(150) } }),
    ),
];

fn now() -> f64 {
    since_1970().as_secs_f64()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn id(number: u64) -> String {
    format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
}

/// Sends documents of each kind for `each`, one kind after the other, on another thread; `kind` says which.
fn send(
    address: std::net::SocketAddr,
    each: Duration,
    kind: Arc<AtomicUsize>,
) -> JoinHandle<std::io::Result<u64>> {
    std::thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let mut number = 0;
        for (place, (_, rate, make)) in KINDS.into_iter().enumerate() {
            kind.store(place, Relaxed);
            let (began, mut sent) = (Instant::now(), 0);
            while began.elapsed() < each {
                let mut document = make(number);
                let own = json!({ "name": "shop", "id": id(number ^ 0xabcd), "start_time": now(), "end_time": now() + 0.2,
                    "trace_id": format!("1-{:08x}-{number:024x}", since_1970().as_secs()) });
                for (member, value) in own.as_object().into_iter().flatten() {
                    document
                        .as_object_mut()
                        .map(|members| members.entry(member).or_insert(value.clone()));
                }
                socket.send_to(
                    format!("{{\"format\":\"json\",\"version\":1}}\n{document}").as_bytes(),
                    address,
                )?;
                (number, sent) = (number + 1, sent + 1);
                let due = Duration::from_secs(1).mul_f64(f64::from(sent) / f64::from(rate));
                std::thread::sleep(due.saturating_sub(began.elapsed()));
            }
        }
        Ok(number)
    })
}

/// Returns the process's resident memory, now and at its peak.
fn resident(console: &Console) -> Result<(u64, u64)> {
    let pid = console.program.id().ok_or("it has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let kib = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line
            .and_then(|line| line.split_whitespace().next())
            .ok_or("no such line")?;
        Ok(number.parse::<u64>()? * 1024)
    };
    Ok((kib("VmRSS:")?, kib("VmHWM:")?))
}

/// Whether the program has no C library of the machine's, as in the images.
fn is_static(console: &Console) -> Result<bool> {
    let pid = console.program.id().ok_or("it has ended")?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    Ok(!maps.contains("/libc.so"))
}

/// Asks for the map and the traces, and returns how long each answer took.
async fn ask(console: &Console) -> Result<[Duration; 2]> {
    let seconds = now();
    let window = json!({ "StartTime": seconds - 300.0, "EndTime": seconds + 5.0 });
    let mut took = [Duration::ZERO; 2];
    for (path, took) in ["/ServiceGraph", "/TraceSummaries"].iter().zip(&mut took) {
        let asked = Instant::now();
        console.call(path, window.clone()).await?;
        *took = asked.elapsed();
    }
    Ok(took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_within_twice_the_bound_and_comes_down_again() -> Result<()> {
    let limit = MemoryLimit::new(2 * MOST);
    let mut console = Console::start_within(&limit, &["--max-bytes", &BOUND.to_string()]).await?;
    let count = u32::try_from(KINDS.len())?;
    let kind = Arc::<AtomicUsize>::default();
    let sending = send(console.address, duration()? / count, kind.clone());
    let (mut took, mut of_kinds) = (Vec::new(), [0; KINDS.len()]);
    while !sending.is_finished() {
        took.extend(ask(&console).await?);
        let most = &mut of_kinds[kind.load(Relaxed)];
        *most = (*most).max(resident(&console)?.0);
        sleep(Duration::from_secs(1)).await;
    }
    let sent = sending.join().map_err(|_| "the sender panicked")??;
    took.sort();
    let (_, most) = resident(&console)?;
    let store = console.status().await?["store"]["bytes"].clone();
    console.call("/clear", json!({})).await.ok();
    let cleared = resident(&console)?.0;
    let [middle, slowest] = [took[took.len() / 2], took[took.len() - 1]];
    let kinds = KINDS.iter().zip(of_kinds);
    let kinds: Vec<_> = kinds
        .map(|((name, ..), bytes)| format!("{} with {name}", mib(bytes)))
        .collect();
    let figures = format!(
        "{sent} documents, the store holds {store} bytes, resident at most {} ({}) and {} when it was cleared; {} \
         questions, half of them within {middle:?}, all within {slowest:?}",
        mib(most),
        kinds.join(", "),
        mib(cleared),
        took.len()
    );
    assert!(most <= MOST, "{figures}");
    // A build with glibc has an allocator that keeps what is free for what comes next.
    assert!(cleared < most || !is_static(&console)?, "{figures}");
    survives("hostile documents", &mut console, &limit, &figures).await
}
