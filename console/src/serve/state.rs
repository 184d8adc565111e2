//! The state that all request handlers share.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use segment::Time;
use traces::account::Account;

use super::{guard::AllowedHosts, paging::Paging};
use crate::receive::{
    daemon::{Forwarded, Gauges},
    intake::Intake,
    logs::Logs,
    telemetry::Telemetry,
};

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
            telemetry: Arc::default(),
            is_strict: false,
            account: Arc::new(Mutex::new(Account::new(started))),
        }
    }

    /// Returns what the X-Ray API can change, locked.
    pub fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
