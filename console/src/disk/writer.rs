//! The thread that writes, and what waits for it.

use std::{
    ops::RangeInclusive,
    sync::{Arc, Condvar, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use redb::Error;
use segment::Time;

use super::{
    Disk,
    block::{Batch, Record},
    generation::Generation,
    lock,
};

/// How long a document waits for others, so that a commit, which waits for the disk and writes some pages in any case, is
/// for many.
const PERIOD: Duration = Duration::from_millis(500);
/// How many bytes are written without waiting for more. It is less where less may wait.
const ENOUGH_BYTES: usize = 16 * 1024 * 1024;
/// How many bytes may wait: more than a second of 20,000 documents of 1 kB. It is less where the folder may have little.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// How long after an error the next try is made.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the same trouble is said.
const SAID_EVERY: Duration = Duration::from_secs(60);
/// Of how many files a folder that is full consists: so much of it goes at once.
const FILES: u64 = 8;

/// Records that are to be written.
#[derive(Debug)]
pub(super) struct Pending {
    most: usize,
    enough: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    batch: Batch,
    /// How often everything was forgotten.
    cleared: u64,
    is_closed: bool,
}

impl Pending {
    /// Makes a queue to a folder that may have so many bytes.
    pub(super) fn new(folder_bytes: u64) -> Self {
        let part = usize::try_from(folder_bytes / FILES).unwrap_or(usize::MAX);
        let most = MOST_BYTES.min(part);
        Self {
            most,
            enough: ENOUGH_BYTES.min(most / 2),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Adds a record, if there is room.
    pub(super) fn push(&self, record: &Record<'_>, happened: RangeInclusive<Time>) -> bool {
        let mut state = lock(&self.state);
        let was = state.batch.bytes();
        if state.is_closed || was + record.text.len() > self.most {
            return false;
        }
        state.batch.push(record, happened);
        if was == 0 || (was < self.enough && state.batch.bytes() >= self.enough) {
            self.changed.notify_all();
        }
        true
    }

    /// Forgets what waits.
    pub(super) fn clear(&self) {
        let mut state = lock(&self.state);
        state.batch.clear();
        state.cleared += 1;
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        lock(&self.state).is_closed = true;
        self.changed.notify_all();
    }

    /// Waits for records, and a moment more for others; `None` after the last ones.
    fn take(&self) -> Option<Taken> {
        let is_idle = |state: &mut State| state.batch.bytes() == 0 && !state.is_closed;
        let waited = self.changed.wait_while(lock(&self.state), is_idle);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        let is_waiting = |state: &mut State| state.batch.bytes() < self.enough && !state.is_closed;
        let waited = self.changed.wait_timeout_while(state, PERIOD, is_waiting);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.batch.bytes() == 0 && state.is_closed {
            return None;
        }
        let next = Batch::with_room_of(&state.batch);
        Some(Taken {
            batch: std::mem::replace(&mut state.batch, next),
            cleared: state.cleared,
        })
    }

    /// Waits before another try; `false` if there is none, because the console ends.
    fn pause(&self) -> bool {
        let is_waiting = |state: &mut State| !state.is_closed;
        let state = lock(&self.state);
        let waited = self.changed.wait_timeout_while(state, PAUSE, is_waiting);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.is_closed
    }

    fn cleared(&self) -> u64 {
        lock(&self.state).cleared
    }
}

/// What is written at once.
struct Taken {
    batch: Batch,
    /// How often everything had been forgotten when it was taken.
    cleared: u64,
}

/// Writes until the console ends.
pub(super) fn run(disk: &Disk) {
    let mut said = None;
    while let Some(taken) = disk.pending.take() {
        loop {
            let Err(error) = write(disk, &taken) else {
                said = None;
                break;
            };
            if said.is_none_or(|said: Instant| said.elapsed() >= SAID_EVERY) {
                said = Some(Instant::now());
                tracing::error!(
                    "cannot write to {}: {error}; the newest traces are in memory alone. Make space there, or start \
                     with another --data or --max-disk",
                    disk.settings.folder.display(),
                );
            }
            if !disk.pending.pause() {
                disk.counts
                    .unwritten
                    .fetch_add(taken.batch.documents(), Relaxed);
                break;
            }
        }
    }
}

/// Writes records, after it made room for them.
fn write(disk: &Disk, taken: &Taken) -> Result<(), Error> {
    let _writing = lock(&disk.writing);
    if taken.cleared != disk.pending.cleared() {
        return Ok(());
    }
    // Nobody waits for the disk who only reads.
    let current = make_room(disk, taken.batch.bytes() as u64);
    let written = current.and_then(|file| file.append(&taken.batch));
    match &written {
        Ok(()) => {
            disk.wrote(taken.batch.last());
            let written = &disk.counts.written;
            written.fetch_add(taken.batch.documents(), Relaxed)
        }
        Err(error) => {
            let lost = lock(&disk.folder).reopen(error);
            disk.counts.damaged.fetch_add(lost, Relaxed)
        }
    };
    written
}

/// Removes the oldest files until there is room, and returns the one that is written.
fn make_room(disk: &Disk, bytes: u64) -> Result<Arc<Generation>, Error> {
    let mut folder = lock(&disk.folder);
    let most = disk.settings.bytes;
    // What is written stands beside what it replaces until it is whole.
    while folder.bytes() + 2 * bytes > most {
        let Some(removed) = folder.remove_oldest() else {
            break;
        };
        disk.counts.removed.fetch_add(removed, Relaxed);
    }
    folder.current(most / FILES)
}
