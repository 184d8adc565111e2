//! Counters, and warnings at most once a minute.

use std::{
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

/// The shortest time between two warnings of one kind.
const INTERVAL: Duration = Duration::from_secs(60);

/// Why the server closed or refused a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    Header,
    Idle,
    Body,
    Answer,
    NotReading,
    Left,
    Evicted,
    Unfinished,
    TooMany,
}

impl Closed {
    const ALL: [Self; 9] = [
        Self::Header,
        Self::Idle,
        Self::Body,
        Self::Answer,
        Self::NotReading,
        Self::Left,
        Self::Evicted,
        Self::Unfinished,
        Self::TooMany,
    ];

    /// Returns the label of the counter.
    fn name(self) -> &'static str {
        match self {
            Self::Header => "header_timeout",
            Self::Idle => "idle_timeout",
            Self::Body => "body_timeout",
            Self::Answer => "answer_timeout",
            Self::NotReading => "not_reading",
            Self::Left => "client_left",
            Self::Evicted => "evicted",
            Self::Unfinished => "unfinished_at_shutdown",
            Self::TooMany => "too_many",
        }
    }
}

/// The counters of a [`Server`](crate::Server). Shared: the server adds, `/metrics` reads.
#[derive(Debug, Default)]
pub struct Counts {
    pub(crate) open: AtomicUsize,
    /// Whole requests whose answer is not at its end.
    pub(crate) answering: AtomicUsize,
    closed: [AtomicU64; Closed::ALL.len()],
    accept_errors: AtomicU64,
    /// When each kind of warning was last logged: too many connections, and no file descriptor.
    warned: [Mutex<Option<Instant>>; 2],
}

impl Counts {
    /// Returns how many connections are open.
    pub fn open(&self) -> usize {
        self.open.load(Relaxed)
    }

    /// Returns how many connections were answered 503 because there were too many.
    pub fn too_many(&self) -> u64 {
        self.closed[Closed::TooMany as usize].load(Relaxed)
    }

    /// Returns how often accepting a connection failed, for example for lack of file descriptors.
    pub fn accept_errors(&self) -> u64 {
        self.accept_errors.load(Relaxed)
    }

    /// Writes all counters in Prometheus's text format; every name begins with `prefix`.
    pub fn to_prometheus(&self, prefix: &str) -> String {
        let mut page = String::new();
        let mut head = |name: &str, help: &str, kind: &str, series: &[(String, u64)]| {
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                page,
                "# HELP {prefix}{name} {help}\n# TYPE {prefix}{name} {kind}"
            );
            for (labels, value) in series {
                let _ = writeln!(page, "{prefix}{name}{labels} {value}");
            }
        };
        head(
            "http_connections",
            "Connections that are open.",
            "gauge",
            &[(String::new(), self.open() as u64)],
        );
        let closed = Closed::ALL.map(|reason| {
            let labels = format!("{{reason=\"{}\"}}", reason.name());
            (labels, self.closed[reason as usize].load(Relaxed))
        });
        head(
            "http_connections_closed_total",
            "Connections that the server closed, by reason.",
            "counter",
            &closed,
        );
        head(
            "http_accept_errors_total",
            "Connections that could not be accepted.",
            "counter",
            &[(String::new(), self.accept_errors())],
        );
        page
    }

    pub(crate) fn close(&self, reason: Closed) {
        let closed = self.closed[reason as usize].fetch_add(1, Relaxed) + 1;
        let is_for_room = matches!(reason, Closed::TooMany | Closed::Evicted);
        if is_for_room && self.is_warning_due(0) {
            tracing::warn!(
                reason = reason.name(),
                closed,
                "the limit on connections is reached; a further one replaces the connection that is overdue longest, or is answered 503"
            );
        }
    }

    pub(crate) fn accept_error(&self, error: &std::io::Error) {
        let failed = self.accept_errors.fetch_add(1, Relaxed) + 1;
        if self.is_warning_due(1) {
            tracing::error!(
                %error,
                failed,
                "cannot accept a connection; if file descriptors are used up, raise their limit (ulimit -n)"
            );
        }
    }

    fn is_warning_due(&self, trouble: usize) -> bool {
        let now = Instant::now();
        let mut warned = self.warned[trouble]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_due = warned.is_none_or(|warned| now.duration_since(warned) >= INTERVAL);
        if is_due {
            *warned = Some(now);
        }
        is_due
    }
}
