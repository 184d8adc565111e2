//! The log lines of a trace: read from files, pipes or the standard input, kept for a while, found by the trace's id.
//!
//! Only lines that name a trace are kept, in X-Ray's spelling of its id or in OpenTelemetry's.

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

/// Most lines that are held, and most bytes that they take in memory; the oldest makes room.
pub const MAX_LINES: usize = 100_000;
/// 32 MiB.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// The longest line that is read, in bytes; a longer one is counted and skipped.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// The lines, and where they come from. Without a source nothing is ever in it.
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

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It does not exist yet.
    Waiting,
    /// Its lines are read as they come.
    Reading,
    /// There will be no more.
    Ended,
    /// It cannot be read, and is tried again.
    Failed(String),
}

/// Numbers of all lines since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Lines that are held, and the bytes that they take.
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    pub(crate) lines_limit: usize,
    pub(crate) bytes_limit: usize,
    /// Lines that were read.
    pub(crate) read: u64,
    /// Lines that name no trace, and lines that are too long.
    pub(crate) untraced: u64,
    pub(crate) too_long: u64,
    /// Lines that made room for newer ones.
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
    /// Makes a buffer for the lines of some files; `-` is the standard input.
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

    /// Starts a thread for each file, which reads it as long as the process lives, and tells those who look at
    /// a trace of its new lines.
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

    /// Forgets every line.
    pub(crate) fn clear(&self) {
        self.buffer().clear();
    }

    /// Returns the numbers, if anything is read at all.
    pub(crate) fn counts(&self) -> Option<Counts> {
        (!self.sources.is_empty()).then(|| self.buffer().counts())
    }

    /// Returns the numbers and the sources for `/status`; null if nothing is read.
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

    /// Returns the lines that name a trace, in the order in which they were read.
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

/// What one source hands its lines to.
#[derive(Debug)]
struct Reader {
    number: usize,
    logs: Arc<Logs>,
    intake: Arc<Intake>,
}

impl Reader {
    /// Takes what was read in one go.
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

    /// Remembers how the source is, and says so once.
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
            tracing::warn!("--logs {path} cannot be read: {error}; it is tried again");
        } else {
            tracing::info!("--logs {path}: {}", state.words().0);
        }
        *known = state;
    }
}
