//! Connections, at the services with 32 MiB.

use std::{net::SocketAddr, time::Duration};

use end_to_end::{Console, MemoryLimit, Program, Result, eventually, stack::start_back};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    SERVICE,
    clients::{allow_many_files, begun, status},
    duration, report,
};

/// Clients of each kind.
const MANY: usize = 2_000;
/// How soon a service must end after SIGTERM if no complete request is under way.
const END: Duration = Duration::from_secs(2);

/// Starts a service whose memory is limited.
pub(super) async fn start(
    name: &'static str,
    console: &Console,
    variables: &[(&str, &str)],
) -> Result<(Program, SocketAddr, MemoryLimit)> {
    let limit = MemoryLimit::new(SERVICE);
    let own = [
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("AWS_XRAY_DAEMON_ADDRESS", &console.address.to_string()),
        ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
    ];
    let mut program = Program::start_within(name, &limit, &[], &[&own, variables].concat())?;
    let address = program.line(listening).await?;
    Ok((program, address, limit))
}

fn listening(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    (line["message"] == "listening").then(|| line["address"].as_str()?.parse().ok())?
}

/// Ends a service while connections are open.
async fn ends_soon(program: &mut Program) -> Result<Duration> {
    let told = Instant::now();
    assert!(program.terminate().await?.success());
    assert!(told.elapsed() <= END, "{:?}", told.elapsed());
    Ok(told.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_clients_that_ask_once_a_second_are_answered_or_turned_away() -> Result<()> {
    allow_many_files()?;
    let console = Console::start().await?;
    let (_back, back) = start_back("127.0.0.1:0", &console.address.to_string()).await?;
    let variables = [("BACKEND_URL", &*format!("http://{back}"))];
    let (mut front, address, limit) = start("frontend", &console, &variables).await?;
    let end = Instant::now() + duration()?;
    let mut clients = JoinSet::new();
    for _ in 0..MANY {
        clients.spawn(ask_until(address, end));
    }
    let counts = clients.join_all().await;
    let sum = |place: usize| counts.iter().map(|counts| counts[place]).sum::<u32>();
    let [answered, refused, closed, late, other] = [0, 1, 2, 3, 4].map(sum);
    let figures = format!(
        "{answered} answers, {refused} times 503, {closed} connections closed, {late} times the back end was too slow"
    );
    report("2,000 keep-alive clients", &limit, &figures)?;
    assert!(!front.has_ended()?, "the front end was ended");
    assert_eq!(other, 0);
    assert!(answered > 0 && refused > 0);
    // The next client is served.
    let mut client = begun(address, b"").await?;
    assert_eq!(status(&mut client, "/livez").await, Some(200));
    ends_soon(&mut front).await?;
    Ok(())
}

/// Asks once a second, as the page does, and reconnects after a 503.
async fn ask_until(address: SocketAddr, end: Instant) -> [u32; 5] {
    const EVERY: Duration = Duration::from_secs(1);
    let mut counts = [0; 5];
    let mut stream = None;
    while Instant::now() < end {
        let open = match stream.take() {
            Some(open) => Ok(open),
            None => begun(address, b"").await,
        };
        let Ok(mut open) = open else {
            counts[2] += 1;
            sleep(EVERY).await;
            continue;
        };
        let place = match status(&mut open, "/api").await {
            Some(200) => 0,
            Some(503) => 1,
            None => 2,
            Some(502 | 504) => 3,
            Some(_) => 4,
        };
        counts[place] += 1;
        stream = (place == 0).then_some(open);
        sleep(EVERY).await;
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_half_headers_hold_neither_memory_nor_the_end() -> Result<()> {
    allow_many_files()?;
    let console = Console::start().await?;
    for (what, length) in [
        ("2,000 half headers", 100),
        ("2,000 halves of headers of 390 kB", 390_000),
    ] {
        let (mut back, address, limit) = start("backend", &console, &[]).await?;
        let half = format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}",
            "a".repeat(length)
        );
        let mut clients = JoinSet::new();
        for _ in 0..MANY {
            let half = half.clone();
            clients.spawn(async move { begun(address, half.as_bytes()).await.ok() });
        }
        let held: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
        // An honest client is served meanwhile: the connection that has been waiting longest is closed for it.
        eventually("an answer", async || {
            let mut client = begun(address, b"").await?;
            Ok(status(&mut client, "/")
                .await
                .filter(|status| *status == 200))
        })
        .await?;
        assert!(!back.has_ended()?, "{what}: the back end was ended");
        let end = ends_soon(&mut back).await?;
        report(
            what,
            &limit,
            &format!("{} open, the end took {end:?}", held.len()),
        )?;
    }
    Ok(())
}

#[tokio::test]
async fn one_half_header_does_not_hold_the_end() -> Result<()> {
    let console = Console::start().await?;
    let (mut back, address, limit) = start("backend", &console, &[]).await?;
    let _half = begun(address, b"GET / HTTP/1.1\r\nHost: loc").await?;
    let end = ends_soon(&mut back).await?;
    report(
        "SIGTERM with one half header",
        &limit,
        &format!("the end took {end:?}"),
    )
}

/// The same with documents that wait for a daemon that is gone.
#[tokio::test]
async fn neither_does_a_daemon_that_is_gone() -> Result<()> {
    const REQUESTS: usize = 50;
    let mut console = Console::start().await?;
    let (mut back, address, limit) = start("backend", &console, &[]).await?;
    let mut client = begun(address, b"").await?;
    assert_eq!(status(&mut client, "/").await, Some(200));
    console.received(1).await?;
    console.program.kill().await?;
    for _ in 0..REQUESTS {
        assert_eq!(status(&mut client, "/").await, Some(200));
    }
    let _half = begun(address, b"GET / HTTP/1.1\r\nHost: loc").await?;
    let end = ends_soon(&mut back).await?;
    let figures = format!("the end took {end:?}");
    report(
        "SIGTERM without a daemon, with one half header",
        &limit,
        &figures,
    )
}

#[tokio::test]
async fn file_descriptors_that_are_used_up_are_said_and_counted() -> Result<()> {
    const FILES: u32 = 64;
    const MORE: usize = 150;
    let variables = [
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:9"),
    ];
    let mut back = Program::start_with_files("backend", FILES, &[], &variables)?;
    let address = back.line(listening).await?;
    let mut held = Vec::new();
    for _ in 0..MORE {
        held.push(begun(address, b"").await?);
    }
    back.line(|line| line.contains("cannot accept a connection").then_some(()))
        .await?;
    drop(held);
    let metrics = eventually("metrics", async || {
        let text = reqwest::get(format!("http://{address}/metrics"))
            .await?
            .text()
            .await?;
        Ok(text
            .lines()
            .find_map(|line| line.strip_prefix("http_accept_errors_total "))
            .map(str::to_owned))
    })
    .await?;
    assert_ne!(metrics, "0");
    assert!(back.terminate().await?.success());
    Ok(())
}
