//! What outlives the console: documents and the account, in a folder (`--data`).
//!
//! This room knows bytes, ids and times; what a document says is for [`receive`](crate::receive). A folder has
//! `console.redb`, with the account, and numbered files of traces, of which the newest is written and the oldest goes when
//! there is no room (`folder`, `files`). A file has blocks of documents in the order in which they came, with their times, and an
//! index by trace (`generation`, `block`, `index`, `old`). One thread writes, half a second behind (`writer`).

mod block;
mod files;
mod folder;
mod generation;
mod index;
mod old;
mod writer;

use std::{
    collections::HashSet,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
};

use segment::{Time, TraceId};

pub use block::{Record, Times};
use folder::Folder;
pub use folder::OpenError;
use writer::Pending;

/// Where and how much.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder; it is made if it is not there.
    pub folder: PathBuf,
    /// Most bytes of its files; the one that is written is never removed.
    pub bytes: u64,
}

/// A folder in use.
#[derive(Debug)]
pub struct Disk {
    settings: Settings,
    folder: Mutex<Folder>,
    /// Held while a batch is written, which takes as long as the disk takes.
    writing: Mutex<()>,
    pending: Pending,
    /// When the last document arrived that is written, in nanoseconds.
    last: AtomicU64,
    counts: Counts,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What was counted since the start, in documents.
#[derive(Debug, Default)]
pub struct Counts {
    /// Written.
    pub written: AtomicU64,
    /// Kept in memory alone: they came faster than the disk takes them, or it takes nothing.
    pub unwritten: AtomicU64,
    /// Removed with the oldest file, to make room.
    pub removed: AtomicU64,
    /// Lost with a file that was damaged.
    pub damaged: AtomicU64,
}

impl Disk {
    /// Opens a folder, or makes it, and begins to write. Also returns what is to be said about it.
    pub fn open(settings: Settings) -> Result<(Arc<Self>, Vec<String>), OpenError> {
        let (folder, notices) = Folder::open(&settings.folder)?;
        let last = folder.files().last().map_or(0, Time::as_nanos);
        let disk = Arc::new(Self {
            pending: Pending::new(settings.bytes),
            last: AtomicU64::new(last),
            settings,
            folder: Mutex::new(folder),
            writing: Mutex::default(),
            counts: Counts::default(),
            thread: Mutex::default(),
        });
        let writing = disk.clone();
        let thread = std::thread::Builder::new()
            .name("disk".to_owned())
            .spawn(move || writer::run(&writing))
            .map_err(|source| OpenError::io(&disk.settings.folder, &source))?;
        *lock(&disk.thread) = Some(thread);
        Ok((disk, notices))
    }

    /// Hands over a document, which is written soon. It happened from its start to its end.
    pub fn keep(&self, id: TraceId, at: Time, happened: RangeInclusive<Time>, text: &str) {
        if !self.pending.push(&Record { id, at, text }, happened) {
            self.counts.unwritten.fetch_add(1, Relaxed);
        }
    }

    /// Hands over the documents of some traces, each in the order in which they came, for as long as `go_on` allows.
    pub fn of_traces(
        &self,
        ids: &HashSet<TraceId>,
        go_on: &dyn Fn() -> bool,
        mut hand: impl FnMut(Record<'_>),
    ) {
        let files = lock(&self.folder).files();
        warn(&files.of_traces(ids, go_on, &mut hand));
    }

    /// Hands over the documents of some times, and others beside them, for as long as `go_on` allows: the newest first, but
    /// about a hundred together in the order in which they came.
    pub fn of_times(
        &self,
        times: &Times,
        go_on: &dyn Fn() -> bool,
        mut hand: impl FnMut(Record<'_>),
    ) {
        let files = lock(&self.folder).files();
        warn(&files.of_times(times, go_on, &mut hand));
    }

    /// Returns before which time some documents arrived that are not here any more, if there are such.
    pub fn lacks_before(&self) -> Option<Time> {
        let files = lock(&self.folder).files();
        files.lacks_before()
    }

    /// Returns when the last document that is written arrived.
    pub fn last(&self) -> Time {
        Time::from_nanos(self.last.load(Relaxed))
    }

    fn wrote(&self, last: Option<Time>) {
        let last = last.map_or(0, Time::as_nanos);
        self.last.fetch_max(last, Relaxed);
    }

    /// Hands over the newest documents, the oldest of them first, of `bytes` together at most.
    pub fn newest(&self, bytes: usize, mut hand: impl FnMut(Record<'_>)) {
        let files = lock(&self.folder).files();
        warn(&files.newest(bytes, &mut hand));
    }

    /// Forgets all documents.
    pub fn clear(&self) {
        // The writer has none in its hands when the files go.
        let _writing = lock(&self.writing);
        self.pending.clear();
        if let Err(error) = lock(&self.folder).clear() {
            tracing::warn!("cannot remove all traces from {error}");
        }
    }

    /// Returns the account, as it was kept last.
    pub fn account(&self) -> Option<Vec<u8>> {
        lock(&self.folder).account()
    }

    /// Keeps the account; when this returns, it is on disk.
    pub fn keep_account(&self, account: &[u8]) -> Result<(), String> {
        lock(&self.folder).keep_account(account)
    }

    /// Returns what was counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.settings.folder
    }

    /// Returns how many documents there are, and when the last one came.
    pub fn found(&self) -> (u64, Option<Time>) {
        let files = lock(&self.folder).files();
        (files.documents_count(), files.last())
    }

    /// Returns how many bytes the files have, and how many they may have.
    pub fn bytes(&self) -> (u64, u64) {
        (lock(&self.folder).bytes(), self.settings.bytes)
    }

    /// Writes what is left, and ends.
    pub fn close(&self) {
        self.pending.close();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that writes to disk had panicked");
        }
    }
}

fn warn(wrong: &[String]) {
    for error in wrong {
        tracing::warn!("some documents cannot be read from {error}");
    }
}

/// A panic while the lock was held would have left nothing half done that matters here: redb's transactions are whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
