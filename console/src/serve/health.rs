//! Probes and metrics, for Kubernetes and Prometheus.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tokio::time::Instant;
use traces::store::Fill;

use super::{clock, state::Console};
use crate::{
    disk::Disk,
    receive::{intake::Counts, logs},
};

/// How long the console waits for the datagram that it sends to itself.
const TIMEOUT: Duration = Duration::from_secs(1);
/// How often it checks.
const PAUSE: Duration = Duration::from_millis(2);

/// Returns the routes of probes and metrics.
pub(super) fn routes() -> Router<Console> {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// Answers `GET /livez`.
async fn livez() -> &'static str {
    "ok\n"
}

/// Answers `GET /readyz`: sends itself a datagram and waits until it has passed the socket and the queue.
async fn readyz(State(console): State<Console>) -> (StatusCode, String) {
    let arrived = &console.intake.counts.empty_datagrams;
    let before = arrived.load(Relaxed);
    if let Err(error) = console.daemon.send_empty() {
        let words = format!(
            "cannot send a datagram to {}: {error}\n",
            console.daemon.address
        );
        return (StatusCode::SERVICE_UNAVAILABLE, words);
    }
    let deadline = Instant::now() + TIMEOUT;
    while arrived.load(Relaxed) == before {
        if Instant::now() > deadline {
            let words = format!(
                "a datagram to {} did not arrive within {TIMEOUT:?}\n",
                console.daemon.address
            );
            return (StatusCode::SERVICE_UNAVAILABLE, words);
        }
        tokio::time::sleep(PAUSE).await;
    }
    (StatusCode::OK, "ok\n".to_owned())
}

/// Answers `GET /metrics` in Prometheus' text format.
async fn metrics(State(console): State<Console>) -> impl IntoResponse {
    let text = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, text)], prometheus(&console))
}

fn prometheus(console: &Console) -> String {
    let fill = console.intake.store.fill();
    let mut page = Page(String::new());
    page.datagrams(console);
    page.documents(&console.intake.counts);
    page.counter(
        "traces_evicted",
        "Traces that were evicted for newer ones.",
        fill.evicted_traces,
    );
    if let Some(logs) = console.logs.counts() {
        page.logs(&logs);
    }
    page.store(&fill);
    if let Some(disk) = &console.intake.disk {
        page.disk(disk);
    }
    page.gauge(
        "receive_buffer_bytes",
        "The kernel's receive buffer.",
        console.daemon.receive_buffer as u64,
    );
    page.gauge(
        "traces_per_minute",
        "New traces in the last minute.",
        console.intake.counts.traces_per_minute(clock::now()),
    );
    page.0 + &console.connections.to_prometheus("xray_console_")
}

fn value(counter: &AtomicU64) -> u64 {
    counter.load(Relaxed)
}

struct Page(String);

impl Page {
    fn datagrams(&mut self, console: &Console) {
        let counts = &console.intake.counts;
        self.counter(
            "datagrams_received",
            "Datagrams that were received.",
            value(&counts.received_datagrams),
        );
        self.counter(
            "datagrams_accepted",
            "Datagrams with a valid header line.",
            value(&counts.accepted_datagrams),
        );
        self.reasons(
            "datagrams_refused",
            "Datagrams that were refused, by reason.",
            counts.refused_datagrams.all(),
        );
        self.counter(
            "datagrams_dropped_by_socket",
            "Datagrams that the kernel dropped because its buffer was full.",
            console.daemon.dropped_by_socket(),
        );
        self.counter(
            "datagrams_dropped_by_queue",
            "Datagrams that the console dropped because its queue was full.",
            console.daemon.dropped_by_queue(),
        );
        self.counter(
            "receive_errors",
            "Reads of the socket that failed.",
            console.daemon.receive_errors(),
        );
        if let Some(forwarded) = &console.forwarded {
            self.counter(
                "datagrams_forwarded",
                "Datagrams that were forwarded.",
                value(&forwarded.sent),
            );
            self.counter(
                "datagrams_not_forwarded",
                "Datagrams that could not be forwarded.",
                value(&forwarded.failed),
            );
        }
    }

    fn documents(&mut self, counts: &Counts) {
        self.counter(
            "documents_accepted",
            "Documents that were stored.",
            value(&counts.accepted_documents),
        );
        self.reasons(
            "documents_warned",
            "Documents that were stored with a warning, by code.",
            counts.warned_documents.all(),
        );
        self.reasons(
            "documents_refused",
            "Documents that were refused, by code.",
            counts.refused_documents.all(),
        );
        self.counter(
            "documents_duplicate",
            "Documents whose id was already stored.",
            value(&counts.duplicates),
        );
    }

    fn store(&mut self, fill: &Fill) {
        self.gauge("traces", "Traces held.", fill.traces as u64);
        self.gauge(
            "traces_limit",
            "The most traces that can be stored.",
            fill.traces_limit as u64,
        );
        self.gauge(
            "store_bytes",
            "Bytes of the stored traces.",
            fill.bytes as u64,
        );
        self.gauge(
            "store_bytes_limit",
            "The most bytes that the traces can take.",
            fill.bytes_limit as u64,
        );
        self.gauge(
            "annotations_unindexed",
            "Annotations of the stored traces beyond the number that is indexed per trace.",
            fill.unindexed_annotations as u64,
        );
    }

    fn disk(&mut self, disk: &Disk) {
        let counts = disk.counts();
        for (name, help, counter) in [
            (
                "disk_documents_written",
                "Documents written to disk.",
                &counts.written,
            ),
            (
                "disk_documents_unwritten",
                "Documents in memory alone, because the disk took none.",
                &counts.unwritten,
            ),
            (
                "disk_documents_removed",
                "Documents removed from disk to make room for others.",
                &counts.removed,
            ),
            (
                "disk_documents_damaged",
                "Documents of a file that was set aside.",
                &counts.damaged,
            ),
        ] {
            self.counter(name, help, value(counter));
        }
        let (bytes, limit) = disk.bytes();
        self.gauge("disk_bytes", "Bytes of the files on disk.", bytes);
        self.gauge("disk_bytes_limit", "Most bytes of them.", limit);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(&format!("{name}_total"), help, "counter");
        self.line(&format!("{name}_total"), value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, help, "gauge");
        self.line(name, value);
    }

    fn reasons<'r>(
        &mut self,
        name: &str,
        help: &str,
        counters: impl IntoIterator<Item = (&'r str, u64)>,
    ) {
        self.head(&format!("{name}_total"), help, "counter");
        for (reason, value) in counters {
            self.line(&format!("{name}_total{{reason=\"{reason}\"}}"), value);
        }
    }

    fn logs(&mut self, counts: &logs::Counts) {
        self.counter("log_lines_read", "Log lines that were read.", counts.read);
        self.counter(
            "log_lines_untraced",
            "Log lines without a trace id.",
            counts.untraced,
        );
        self.counter(
            "log_lines_too_long",
            "Log lines that were too long.",
            counts.too_long,
        );
        self.counter(
            "log_lines_dropped",
            "Log lines that were dropped for newer ones.",
            counts.dropped,
        );
        self.gauge(
            "log_lines",
            "Log lines that are stored.",
            counts.lines as u64,
        );
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            self.0,
            "# HELP xray_console_{name} {help}\n# TYPE xray_console_{name} {kind}"
        );
    }

    fn line(&mut self, series: &str, value: u64) {
        let _ = writeln!(self.0, "xray_console_{series} {value}");
    }
}
