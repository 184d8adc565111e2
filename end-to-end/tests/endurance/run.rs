//! The run: load, faults, and the final accounting.

use std::{
    collections::HashMap,
    env, fs,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    time::Duration,
};

use end_to_end::Result;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    daemon::{Daemon, Received},
    hostile,
    load::Load,
    service::Service,
};

/// How long all is well between two troubles.
const CALM: Duration = Duration::from_secs(5);
/// How long the daemon is stopped.
const PAUSE: Duration = Duration::from_secs(3);
/// How long there is no daemon when it is restarted.
const ABSENCE: Duration = Duration::from_secs(2);
/// How often in a row it comes and goes, and for how long each time.
const FLAPS: u32 = 3;
const FLAP: Duration = Duration::from_secs(1);
/// How much more memory a service may hold at the end than after the first round of troubles, which fills its
/// buffers: the allocator's, not ours.
const TOLERANCE_KIB: u64 = 4 * 1024;

/// What runs.
struct Stage {
    program: PathBuf,
    /// Holds the daemon's address; the services' resolvers read it.
    name: PathBuf,
    /// The two addresses between which the daemon moves.
    addresses: [String; 2],
    daemon: Option<Daemon>,
    received: Received,
    back: Service,
    front: Service,
    load: Load,
    begin: Instant,
}

/// Runs for `duration` with `rate` requests a second, beside `hostile` connections that are only held.
pub(crate) async fn run(duration: Duration, rate: u64, hostile: usize) -> Result<()> {
    let mut stage = Stage::new(duration, rate).await?;
    println!(
        "{rate} requests a second for {} s, beside {hostile} hostile connections",
        duration.as_secs()
    );
    let front = stage.front.url.trim_start_matches("http://").parse()?;
    let clients = hostile::start(front, hostile);
    let end = stage.begin + duration;
    let mut warm = None;
    while warm.is_none() || Instant::now() + Stage::ROUND < end {
        stage.round().await?;
        warm = Some(warm.map_or_else(|| stage.resident(), Ok)?);
    }
    sleep_until(end).await;
    stage.say("the end")?;
    let (warm, last) = (warm.unwrap_or_default(), stage.resident()?);
    stage.account().await?;
    // They were there to the end.
    drop(clients);
    println!("resident after the first round {warm:?} KiB, at the end {last:?} KiB (front, back)");
    if last
        .iter()
        .zip(warm)
        .any(|(last, warm)| *last > warm + TOLERANCE_KIB)
    {
        return Err("memory grew".into());
    }
    Ok(())
}

impl Stage {
    /// How long one round takes.
    const ROUND: Duration = Duration::from_secs(
        6 * CALM.as_secs()
            + PAUSE.as_secs()
            + 2 * ABSENCE.as_secs()
            + 2 * FLAPS as u64 * FLAP.as_secs(),
    );

    async fn new(duration: Duration, rate: u64) -> Result<Self> {
        let program = env::current_exe()?;
        let addresses = [free("127.0.0.1")?, free("::1")?];
        let name =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("daemon-{}", std::process::id()));
        move_name(&name, &addresses[0])?;
        let file = name.to_str().ok_or("the path is no text")?.to_owned();
        let daemon = Daemon::start(&program, &addresses[0]).await?;
        let back = Service::start("back", &program, &[&file]).await?;
        let front = Service::start("front", &program, &[&file, &back.url]).await?;
        let begin = Instant::now();
        let load = Load::start(&format!("{}/api", front.url), rate, begin + duration);
        Ok(Self {
            program,
            name,
            addresses,
            daemon: Some(daemon),
            received: Received::default(),
            back,
            front,
            load,
            begin,
        })
    }

    /// Calm, and each of the troubles once.
    async fn round(&mut self) -> Result<()> {
        sleep(CALM).await;
        self.say("paused")?;
        self.daemon
            .as_ref()
            .ok_or("there is no daemon")?
            .pause(PAUSE)
            .await?;
        sleep(CALM).await;

        self.say("restarted")?;
        self.end_daemon().await?;
        sleep(ABSENCE).await;
        self.start_daemon().await?;
        sleep(CALM).await;

        self.say("away, and somebody else has its TCP port")?;
        self.end_daemon().await?;
        let somebody = TcpListener::bind(&self.addresses[0])?;
        sleep(ABSENCE).await;
        drop(somebody);
        self.start_daemon().await?;
        sleep(CALM).await;

        self.say("comes and goes")?;
        for _ in 0..FLAPS {
            self.end_daemon().await?;
            sleep(FLAP).await;
            self.start_daemon().await?;
            sleep(FLAP).await;
        }
        sleep(CALM).await;

        self.say("moved")?;
        self.addresses.reverse();
        let before = self.daemon.take();
        self.start_daemon().await?;
        move_name(&self.name, &self.addresses[0])?;
        before
            .ok_or("there is no daemon")?
            .end(&mut self.received)
            .await?;
        sleep(CALM).await;
        Ok(())
    }

    async fn start_daemon(&mut self) -> Result<()> {
        self.daemon = Some(Daemon::start(&self.program, &self.addresses[0]).await?);
        Ok(())
    }

    async fn end_daemon(&mut self) -> Result<()> {
        let daemon = self.daemon.take().ok_or("there is no daemon")?;
        daemon.end(&mut self.received).await
    }

    fn resident(&self) -> Result<[u64; 2]> {
        Ok([self.front.resident_kib()?, self.back.resident_kib()?])
    }

    fn say(&self, what: &str) -> Result<()> {
        let (made, failed, slowest) = self.load.so_far();
        let [front, back] = self.resident()?;
        println!(
            "{:4} s  {made:8} requests, {failed} failed, slowest {:4} ms  front {front} KiB, back {back} KiB  {what}",
            self.begin.elapsed().as_secs(),
            slowest.as_millis(),
        );
        Ok(())
    }

    /// Ends everything and fails unless every request was answered and every document is accounted for.
    async fn account(mut self) -> Result<()> {
        let requests = self.load.finish().await?;
        // The front end first: what it calls is still there while it drains.
        let services = [
            ("front", self.front.end().await?),
            ("back", self.back.end().await?),
        ];
        let daemon = self.daemon.take().ok_or("there is no daemon")?;
        daemon.end(&mut self.received).await?;
        let _ = fs::remove_file(&self.name);

        let Received { datagrams, dropped } = self.received;
        let (mut sent, mut lost) = (0, 0);
        for (name, counters) in services {
            println!("{name}: {}", nonzero(&counters));
            let made = requests + counters["announced"] + counters["streamed"];
            if counters["sent"] + counters["lost"] != made {
                return Err(
                    format!("{name} made {made} documents and counts another number").into(),
                );
            }
            sent += counters["sent"];
            lost += counters["lost"];
        }
        println!(
            "{requests} requests, {} documents made = {datagrams} received + {dropped} dropped by the daemon's socket \
             + {lost} counted as lost",
            sent + lost
        );
        if datagrams + dropped != sent {
            return Err(format!(
                "{sent} documents were sent and {} arrived",
                datagrams + dropped
            )
            .into());
        }
        Ok(())
    }
}

fn nonzero(counters: &HashMap<String, u64>) -> String {
    let mut shown: Vec<_> = counters
        .iter()
        .filter(|(_, value)| **value > 0)
        .map(|(counter, value)| format!("{counter} {value}"))
        .collect();
    shown.sort();
    shown.join(", ")
}

/// Lets the daemon's name mean another address, beside one at which nobody is.
fn move_name(name: &Path, address: &str) -> Result<()> {
    // In one step: a resolver must not read half of it.
    let next = name.with_extension("next");
    fs::write(&next, format!("127.0.0.77:9\n{address}\n"))?;
    Ok(fs::rename(next, name)?)
}

/// Returns an address of `host` with a port that is free for both protocols.
fn free(host: &str) -> Result<String> {
    loop {
        let address = TcpListener::bind((host, 0))?.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address.to_string());
        }
    }
}
