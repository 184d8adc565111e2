//! Requests at a fixed rate.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use end_to_end::Result;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// Requests under way at once, at most: less than the front end serves at once.
const AT_ONCE: usize = 48;
/// How many failures are shown.
const SHOWN: usize = 5;

/// Requests that are being made.
#[derive(Debug)]
pub(crate) struct Load {
    tally: Arc<Tally>,
    workers: JoinSet<()>,
}

/// What became of the requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    next: AtomicU64,
    pub(crate) answered: AtomicU64,
    pub(crate) failed: AtomicU64,
    slowest_micros: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Load {
    /// Asks `url` `rate` times a second until `end`; slower if the answers come slower.
    pub(crate) fn start(url: &str, rate: u64, end: Instant) -> Self {
        let (tally, client, begin) = (
            Arc::<Tally>::default(),
            reqwest::Client::new(),
            Instant::now(),
        );
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (tally, client, url) = (Arc::clone(&tally), client.clone(), url.to_owned());
            workers.spawn(async move {
                loop {
                    let due = begin + Duration::from_secs(1).mul_f64(tally.turn() / as_f64(rate));
                    if due.max(Instant::now()) >= end {
                        return;
                    }
                    sleep_until(due).await;
                    tally.ask(&client, &url).await;
                }
            });
        }
        Self { tally, workers }
    }

    /// Returns how many requests were made, how many of these failed, and the longest one since the last call.
    pub(crate) fn so_far(&self) -> (u64, u64, Duration) {
        let failed = self.tally.failed.load(Relaxed);
        let slowest = Duration::from_micros(self.tally.slowest_micros.swap(0, Relaxed));
        (self.tally.answered.load(Relaxed) + failed, failed, slowest)
    }

    /// Waits for the last answer and returns how many requests were made.
    pub(crate) async fn finish(self) -> Result<u64> {
        let (tally, workers) = (self.tally, self.workers);
        workers.join_all().await;
        let failed = tally.failed.load(Relaxed);
        if failed > 0 {
            let shown = tally
                .failures
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            return Err(format!("{failed} requests failed: {}", shown.join("\n")).into());
        }
        Ok(tally.answered.load(Relaxed))
    }
}

impl Tally {
    fn turn(&self) -> f64 {
        as_f64(self.next.fetch_add(1, Relaxed))
    }

    async fn ask(&self, client: &reqwest::Client, url: &str) {
        let asked = Instant::now();
        let answer = async {
            client
                .get(url)
                .send()
                .await?
                .error_for_status()?
                .bytes()
                .await
        };
        match answer.await {
            Ok(_) => {
                self.answered.fetch_add(1, Relaxed);
            }
            Err(error) => {
                self.failed.fetch_add(1, Relaxed);
                let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                if failures.len() < SHOWN {
                    failures.push(format!("{error:?}"));
                }
            }
        }
        let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.slowest_micros.fetch_max(micros, Relaxed);
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run makes 2^53 requests")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
