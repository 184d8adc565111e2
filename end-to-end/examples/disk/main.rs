//! What it costs to keep traces on disk: `cargo build --release -p console`, then
//! `END_TO_END_PROGRAMS=$PWD/target/release cargo run -p end-to-end --example disk`. `docs/measurements.md` has the
//! figures. It takes five minutes, and 0.5 GB in the temporary folder.
//!
//! First the same load in turn in memory alone and with `--data`: losses, and the processor time of a document. Then a
//! folder with a million traces, a console within 256 MB: its start, its first list, and traces by their ids.
#![expect(clippy::print_stdout, reason = "this is a program for a terminal")]

mod load;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use end_to_end::{Console, MemoryLimit, Result};
use load::{Ids, Load};
use rustix::process::Signal;
use serde_json::json;

/// Documents a second, and how many.
const RATE: u64 = 20_000;
const COMPARED: u64 = 400_000;
/// How often each of the two is measured.
const ROUNDS: usize = 2;
/// Traces of one document each in the large folder.
const TRACES: u64 = 1_000_000;
/// What a console over that folder may take, and what of it are traces, as in `k8s/overlays/local`.
const MEMORY: u64 = 256_000_000;
const MAX_BYTES: &str = "67108864";
/// Room for all of it.
const MAX_DISK: &str = "10000000000";
/// How many traces are asked for by their ids.
const BY_ID: u64 = 200;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("x-ray-console-disk-{}", std::process::id()));
    let measured = measure(&folder).await;
    fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &Path) -> Result<()> {
    for (what, ids) in [
        ("the time and random bits", Ids::Time),
        ("random bits", Ids::Random),
    ] {
        println!("ids of {what}:");
        compare(folder, ids).await?;
    }
    let ids = fill(folder).await?;
    for after in ["SIGKILL", "SIGTERM"] {
        ask(folder, after, &ids).await?;
    }
    Ok(())
}

async fn compare(folder: &Path, ids: Ids) -> Result<()> {
    let (mut memory, mut disk) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        memory = memory.min(receive("memory alone", None, ids).await?);
        disk = disk.min(receive("with --data", Some(folder), ids).await?);
        fs::remove_dir_all(folder)?;
    }
    let ratio = disk.as_secs_f64() / memory.as_secs_f64();
    println!(
        "  {ratio:.2} × the processor time of memory alone, the least of {ROUNDS} rounds each"
    );
    Ok(())
}

/// Sends documents to a console, and returns the processor time that it took for each.
async fn receive(what: &str, data: Option<&Path>, ids: Ids) -> Result<Duration> {
    let mut console = start(data, "268435456").await?;
    let before = console.program.processor_time()?;
    let load = Load {
        rate: RATE,
        documents: COMPARED,
        ids,
    };
    let (sent, _) = load.send(console.address, COMPARED)?;
    let status = settle(&console, data.is_some()).await?;
    let took =
        (console.program.processor_time()?.saturating_sub(before)) / u32::try_from(COMPARED)?;
    println!(
        "  {what}: {COMPARED} documents at {RATE} a second, {} lost, {} not written; {took:.2?} of processor time each",
        COMPARED - status["documents"]["accepted"].as_u64().unwrap_or_default(),
        status["disk"]["unwritten_documents"],
    );
    if let Some(data) = data {
        let bytes = on_disk(data)?;
        println!(
            "  {:.2} bytes on disk for each of {} MB of documents",
            bytes as f64 / sent as f64,
            sent / 1_000_000
        );
    }
    console.program.terminate().await?;
    Ok(took)
}

/// Makes the large folder, and returns the ids of some of its traces.
async fn fill(data: &Path) -> Result<Vec<String>> {
    let mut console = start(Some(data), MAX_BYTES).await?;
    let load = Load {
        rate: RATE,
        documents: TRACES,
        ids: Ids::Time,
    };
    let (sent, ids) = load.send(console.address, TRACES / BY_ID)?;
    let status = settle(&console, true).await?;
    println!(
        "a folder with {} of {TRACES} traces of {} MB: {:.2} bytes on disk for each byte",
        status["disk"]["written_documents"],
        sent / 1_000_000,
        on_disk(data)? as f64 / sent as f64,
    );
    console.program.signal(Signal::KILL)?;
    console.program.ended().await?;
    Ok(ids)
}

/// Starts a console over the large folder, and asks it.
async fn ask(data: &Path, after: &str, ids: &[String]) -> Result<()> {
    let limit = MemoryLimit::new(MEMORY);
    let began = Instant::now();
    let data = data.display().to_string();
    let arguments = [
        "--max-bytes",
        MAX_BYTES,
        "--data",
        &data,
        "--max-disk",
        MAX_DISK,
    ];
    let mut console = Console::start_within(&limit, &arguments).await?;
    console.status().await?;
    println!(
        "after {after}: from the start to the first answer {:.0?}, {:.0?} of the processor",
        began.elapsed(),
        console.program.processor_time()?,
    );
    let (began, before) = (Instant::now(), console.program.processor_time()?);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let range = json!({ "start": now - 86_400, "end": now + 60 });
    let list = json!({
        "traces": range, "rows": { "limit": 100 }, "groups": [{ "by": "node", "limit": 50 }], "scatter": true, "facets": true,
    });
    let found = console.call("/analysis/traces", list).await?;
    println!(
        "  the first list, of {} traces: {:.0?}, {:.0?} of the processor",
        found["total"],
        began.elapsed(),
        console.program.processor_time()?.saturating_sub(before),
    );
    let (mut took, mut found) = (Vec::new(), 0);
    for id in ids {
        let began = Instant::now();
        let answer = console.call("/Traces", json!({ "TraceIds": [id] })).await?;
        took.push(began.elapsed());
        found += answer["Traces"].as_array().map_or(0, Vec::len);
    }
    took.sort_unstable();
    let [median, slowest] = [took[took.len() / 2], took[took.len() - 1]];
    println!(
        "  a trace by its id: {found} of {BY_ID} found, median {median:.1?}, slowest {slowest:.1?}"
    );
    let resident = status_of(&console, "VmHWM:")? / 1_000;
    println!(
        "  memory at most: {resident} MB resident, {:?} bytes with the kernel's",
        limit.peak()?
    );
    console.program.terminate().await?;
    Ok(())
}

async fn start(data: Option<&Path>, max_bytes: &str) -> Result<Console> {
    let data = data.map(|data| data.display().to_string());
    let mut arguments = vec!["--max-bytes", max_bytes, "--max-disk", MAX_DISK];
    if let Some(data) = &data {
        arguments.extend(["--data", data]);
    }
    Console::start_with(&arguments).await
}

/// Waits until nothing more comes and, if there is a disk, nothing more waits for it; returns the status.
async fn settle(console: &Console, is_kept: bool) -> Result<serde_json::Value> {
    let mut last = None;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let status = console.status().await?;
        let [accepted, written, unwritten] = [
            ("documents", "accepted"),
            ("disk", "written_documents"),
            ("disk", "unwritten_documents"),
        ]
        .map(|(part, member)| status[part][member].as_u64().unwrap_or_default());
        if last == Some(accepted) && (!is_kept || written + unwritten == accepted) {
            return Ok(status);
        }
        last = Some(accepted);
    }
}

/// A figure of the process's status, in kB.
fn status_of(console: &Console, member: &str) -> Result<u64> {
    let status = fs::read_to_string(proc_file(console, "status")?)?;
    let line = status.lines().find_map(|line| line.strip_prefix(member));
    let figure = line.and_then(|line| line.split_whitespace().next());
    Ok(figure.ok_or("no figure")?.parse()?)
}

fn proc_file(console: &Console, name: &str) -> Result<PathBuf> {
    let id = console.program.id().ok_or("the console has ended")?;
    Ok(PathBuf::from(format!("/proc/{id}/{name}")))
}

/// How many bytes the files of a folder take on disk.
fn on_disk(folder: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let sizes = fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.blocks() * 512));
    sizes.sum()
}
