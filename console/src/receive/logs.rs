//! The log lines of traces: read from files, pipes or standard input, kept for a while, found by trace id.
//!
//! Only lines that contain a trace id are kept, in X-Ray's format or in OpenTelemetry's.

mod buffer;
mod follow;
mod names;
mod split;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use segment::TraceId;
use serde::Serialize;
use serde_json::{Value, json};

use super::intake::Intake;
use buffer::Buffer;
pub(crate) use buffer::Kept;
use split::Ended;

/// Most lines that are kept, and most bytes of memory for them; the oldest are dropped.
pub const MAX_LINES: usize = 100_000;
/// 32 MiB.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// The longest line in bytes; longer ones are counted and skipped.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The lines and their sources. Without a source it is always empty.
#[derive(Debug)]
pub struct Logs {
    sources: Vec<Source>,
    buffer: Mutex<Buffer>,
}

/// Where lines come from.
#[derive(Debug)]
struct Source {
    name: String,
    state: Mutex<State>,
}

/// The state of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// The file does not exist yet.
    Waiting,
    /// Lines are read as they are written.
    Reading,
    /// There are no more lines.
    Ended,
    /// It cannot be read; reading is retried.
    Failed(String),
}

/// Counters of lines since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Lines that are kept, and their bytes.
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    pub(crate) lines_limit: usize,
    pub(crate) bytes_limit: usize,
    /// Lines that were read.
    pub(crate) read: u64,
    /// Lines without a trace id, and lines that are too long.
    pub(crate) untraced: u64,
    pub(crate) too_long: u64,
    /// Lines that were dropped for newer ones.
    pub(crate) dropped: u64,
}

impl State {
    fn words(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Waiting => ("waiting", None),
            Self::Reading => ("reading", None),
            Self::Ended => ("ended", None),
            Self::Failed(error) => ("failed", Some(error)),
        }
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Logs {
    /// Makes a buffer for the lines of files; `-` is standard input.
    fn of(paths: &[PathBuf]) -> Self {
        let source = |path: &PathBuf| Source {
            name: path.display().to_string(),
            state: Mutex::new(State::Waiting),
        };
        Self {
            sources: paths.iter().map(source).collect(),
            buffer: Mutex::new(Buffer::new(MAX_LINES, MAX_BYTES)),
        }
    }

    /// Starts a thread for each file, which reads it as long as the process runs, and notifies those who look at a
    /// trace of its new lines.
    pub(crate) fn follow(paths: &[PathBuf], intake: &Arc<Intake>) -> std::io::Result<Arc<Self>> {
        let logs = Arc::new(Self::of(paths));
        for (number, path) in paths.iter().cloned().enumerate() {
            let reader = Reader {
                number,
                logs: logs.clone(),
                intake: intake.clone(),
            };
            std::thread::Builder::new()
                .name("logs".to_owned())
                .spawn(move || follow::follow(&path, &reader))?;
        }
        Ok(logs)
    }

    /// Removes all lines.
    pub(crate) fn clear(&self) {
        self.buffer().clear();
    }

    /// Returns the counters, if there is a source.
    pub(crate) fn counts(&self) -> Option<Counts> {
        (!self.sources.is_empty()).then(|| self.buffer().counts())
    }

    /// Returns the counters and the sources for `/status`; null if there is no source.
    pub(crate) fn status(&self) -> Value {
        let Some(counts) = self.counts() else {
            return Value::Null;
        };
        let sources = self.sources.iter().map(|source| {
            let state = source.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (word, error) = state.words();
            json!({ "source": source.name, "state": word, "error": error })
        });
        let sources: Vec<_> = sources.collect();
        let mut status = json!(counts);
        status["sources"] = sources.into();
        status
    }

    /// Returns the names of all sources.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// Returns the lines that contain a trace's id, in the order in which they were read.
    pub(crate) fn of_trace(&self, id: TraceId) -> Vec<Kept> {
        self.buffer().of(id)
    }

    /// Returns the name of the source of a line.
    pub(crate) fn name(&self, source: usize) -> &str {
        self.sources.get(source).map_or("", |source| &source.name)
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The destination of one source's lines.
#[derive(Debug)]
struct Reader {
    number: usize,
    logs: Arc<Logs>,
    intake: Arc<Intake>,
}

impl Reader {
    /// Handles the lines of one read.
    fn take(&self, ended: &Ended) {
        let mut held = self.logs.buffer();
        held.count_too_long(ended.too_long);
        for line in &ended.lines {
            let text = String::from_utf8_lossy(line);
            let ids = names::trace_ids(&text);
            for id in &ids {
                self.intake.events.touch(*id);
            }
            held.keep(self.number, ids, &text);
        }
        drop(held);
        self.intake.events.notify();
    }

    /// Records the state of the source, and logs a change.
    fn is(&self, state: State, path: &Path) {
        let Some(source) = self.logs.sources.get(self.number) else {
            return;
        };
        let mut known = source.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == state {
            return;
        }
        let path = path.display();
        if let State::Failed(error) = &state {
            tracing::warn!("--logs {path} cannot be read: {error}; reading is retried");
        } else {
            tracing::info!("--logs {path}: {}", state.words().0);
        }
        *known = state;
    }
}
