//! The state that all request handlers share.

use std::{
    cell::Cell,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use segment::{Time, TraceId};
use traces::{account::Account, summary::Summary};

use super::{
    answer::in_background, guard::AllowedHosts, kept::KeptTexts, left::Left, paging::Paging,
    shared::Shared,
};
use crate::receive::{
    daemon::{Forwarded, Gauges},
    intake::Intake,
    logs::Logs,
    telemetry::Telemetry,
};

/// How long a question brings summaries up to date while documents keep arriving. Traces that it does not get to are missing
/// from its answer, like traces that X-Ray has not indexed yet; they are brought up to date right after it.
const PATIENCE: Duration = Duration::from_millis(150);
/// For how long that goes on.
const CATCHING_UP: Duration = Duration::from_secs(1);

/// The running console. Clones are the same console.
#[derive(Debug, Clone)]
pub struct Console {
    /// Receives documents and stores them.
    pub intake: Arc<Intake>,
    /// The daemon's socket.
    pub daemon: Gauges,
    /// The counters of forwarded datagrams, if they are forwarded.
    pub forwarded: Option<Arc<Forwarded>>,
    /// The address of the API and the page.
    pub tcp: SocketAddr,
    /// When the console started.
    pub started: Time,
    /// The counters of its connections.
    pub connections: Arc<http_server::Counts>,
    /// The host names by which it may be called.
    pub allowed_hosts: AllowedHosts,
    /// The log lines of the traces.
    pub logs: Arc<Logs>,
    /// The tokens for pages of long answers.
    pub paging: Paging,
    /// The answers that several clients want at the same time.
    pub shared: Shared,
    /// The summaries as they were written.
    pub summary_texts: KeptTexts,
    /// What daemons that send here say of themselves.
    pub telemetry: Arc<Telemetry>,
    /// Whether it refuses what X-Ray refuses.
    pub is_strict: bool,
    account: Arc<Mutex<Account>>,
}

impl Console {
    /// Makes a console from a daemon's socket and its intake.
    pub fn new(intake: Arc<Intake>, daemon: Gauges, tcp: SocketAddr, started: Time) -> Self {
        Self {
            intake,
            daemon,
            forwarded: None,
            tcp,
            started,
            connections: Arc::default(),
            allowed_hosts: AllowedHosts::default(),
            logs: Arc::default(),
            paging: Paging::default(),
            shared: Shared::default(),
            summary_texts: KeptTexts::default(),
            telemetry: Arc::default(),
            is_strict: false,
            account: Arc::new(Mutex::new(Account::new(started))),
        }
    }

    /// Returns the summaries of the traces in memory that `wanted` takes, by their first and last time; in the order of their
    /// addresses.
    pub(super) fn summaries(
        &self,
        left: &Left,
        wanted: impl Fn(TraceId, Time, Time) -> bool,
    ) -> Vec<Arc<Summary>> {
        let began = Instant::now();
        let is_late = Cell::new(false);
        let go_on = |is_growing: bool| {
            is_late.set(is_growing && began.elapsed() >= PATIENCE);
            !left.is_so() && !is_late.get()
        };
        let summaries = self.intake.store.summaries_while(go_on, wanted);
        if is_late.get() {
            self.catch_up();
        }
        summaries
    }

    /// Returns the summaries of those of the given traces that are stored; fewer if the client leaves.
    pub(super) fn summaries_of(&self, left: &Left, ids: &[TraceId]) -> Vec<Arc<Summary>> {
        self.intake.store.summaries_of(ids, || !left.is_so())
    }

    /// Makes the summaries that a question did not get to, on another thread.
    fn catch_up(&self) {
        let intake = self.intake.clone();
        in_background(move || {
            let began = Instant::now();
            while began.elapsed() < CATCHING_UP && intake.store.refresh_some() {}
        });
    }

    /// Begins with the account that an earlier console kept on disk, if there is one; the error says why not.
    pub fn restore_account(&self) -> Result<(), String> {
        let saved = self.intake.disk.as_ref().and_then(|disk| disk.account());
        if let Some(saved) = saved {
            let restored = Account::restore(&saved, self.started);
            *self.account() = restored.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Keeps the account on disk, if it is to outlive the console; the error says why it does not.
    pub(super) fn keep_account(&self) -> Result<(), String> {
        let Some(disk) = &self.intake.disk else {
            return Ok(());
        };
        // Locked until it is written: the later one of two changes is written last.
        let account = self.account();
        let saved = account.save().map_err(|error| error.to_string())?;
        disk.keep_account(&saved)
    }

    /// Reads from disk what memory lacks of these traces.
    pub(super) async fn recall(&self, ids: &[TraceId]) {
        if self.intake.disk.is_none() {
            return;
        }
        let (intake, ids) = (self.intake.clone(), ids.to_vec());
        // Its only error is a panic, which was said already; then memory alone answers.
        let _ = tokio::task::spawn_blocking(move || intake.recall(&ids)).await;
    }

    /// Returns what the X-Ray API can change, locked.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
