//! One file of traces: blocks in the order in which they came, their times, and which blocks a trace has documents in.

use std::{
    collections::{BTreeSet, HashSet},
    fs, io,
    ops::RangeInclusive,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use redb::{Database, Error, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use segment::{Time, TraceId};

use super::{
    block::{self, Batch, Record, Records, Times},
    index, old,
};

const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// The [`Times`] of a block, in nanoseconds.
const TIMES: TableDefinition<'_, u64, (u64, u64, u64, u64)> = TableDefinition::new("times");
/// How many documents the file has, under the key [`DOCUMENTS`].
const COUNTS: TableDefinition<'_, &str, u64> = TableDefinition::new("counts");
const DOCUMENTS: &str = "documents";
/// What the engine may hold of a file in memory.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// A file of traces.
#[derive(Debug)]
pub(super) struct Generation {
    /// A later one has a higher number.
    pub(super) number: u64,
    pub(super) path: PathBuf,
    /// Whether an older console wrote it: it is read, and nothing is added.
    pub(super) is_old: bool,
    database: Database,
}

impl Generation {
    /// Makes a file that is not there.
    pub(super) fn create(number: u64, path: &Path) -> Result<Self, Error> {
        let generation = Self {
            number,
            path: path.to_owned(),
            is_old: false,
            database: builder().create(path)?,
        };
        // From here on each table can be read.
        generation.append(&Batch::default())?;
        Ok(generation)
    }

    /// Opens one. What the console that wrote it did not finish is gone, and the rest is as it was.
    pub(super) fn open(number: u64, path: &Path) -> Result<Self, Error> {
        let database = builder().open(path)?;
        let generation = Self {
            number,
            path: path.to_owned(),
            is_old: old::wrote(&database)?,
            database,
        };
        // A file whose roots cannot be read is damaged, and that is to be known now.
        generation.documents_count()?;
        Ok(generation)
    }

    /// Appends records, all or none; when this returns, they are on disk.
    pub(super) fn append(&self, batch: &Batch) -> Result<(), Error> {
        let transaction = self.database.begin_write()?;
        index::merge(&self.database, &transaction)?;
        let mut entries = Vec::new();
        {
            let mut blocks = transaction.open_table(BLOCKS)?;
            let mut times = transaction.open_table(TIMES)?;
            let mut counts = transaction.open_table(COUNTS)?;
            let next = blocks.last()?.map_or(0, |(number, _)| number.value() + 1);
            for (number, part) in (next..).zip(batch.split()) {
                blocks.insert(number, block::compress(part.bytes).as_slice())?;
                times.insert(number, nanos(&part.times))?;
                entries.extend(part.ids.into_iter().map(|id| index::entry(id, number)));
            }
            let documents = counts.get(DOCUMENTS)?.map_or(0, |count| count.value());
            counts.insert(DOCUMENTS, documents + batch.documents())?;
        }
        index::add(&transaction, entries)?;
        transaction.commit()?;
        Ok(())
    }

    /// Returns how many documents it has.
    pub(super) fn documents_count(&self) -> Result<u64, Error> {
        let counts = self.database.begin_read()?.open_table(COUNTS)?;
        let documents = counts.get(DOCUMENTS)?;
        Ok(documents.map_or(0, |count| count.value()))
    }

    /// Returns when its first document came, if it has one.
    pub(super) fn first(&self) -> Result<Option<Time>, Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let mut first = None;
        if let Some((_, block)) = blocks.first()? {
            each(block.value(), |record| first = first.or(Some(record.at)))?;
        }
        Ok(first)
    }

    /// Returns when its last document came, if it has one.
    pub(super) fn last(&self) -> Result<Option<Time>, Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let mut last = None;
        if let Some((_, block)) = blocks.last()? {
            each(block.value(), |record| last = Some(record.at))?;
        }
        Ok(last)
    }

    /// Returns the blocks that have documents of these traces, and maybe some others.
    pub(super) fn of_traces(&self, ids: &HashSet<TraceId>) -> Result<BTreeSet<u64>, Error> {
        let transaction = self.database.begin_read()?;
        if self.is_old {
            old::blocks(&transaction, ids)
        } else {
            index::blocks(&transaction, ids)
        }
    }

    /// Returns the blocks that may have documents of these times, the newest first.
    pub(super) fn of_times(&self, asked: &Times) -> Result<Vec<u64>, Error> {
        let transaction = self.database.begin_read()?;
        if self.is_old {
            let blocks = transaction.open_table(BLOCKS)?;
            return blocks
                .iter()?
                .rev()
                .map(|entry| Ok(entry?.0.value()))
                .collect();
        }
        let times = transaction.open_table(TIMES)?;
        let mut found = Vec::new();
        for entry in times.iter()?.rev() {
            let (number, times) = entry?;
            if of(times.value()).touches(asked) {
                found.push(number.value());
            }
        }
        Ok(found)
    }

    /// Returns the numbers of the newest blocks, and what is left of `bytes` behind them.
    pub(super) fn newest(&self, mut bytes: usize) -> Result<(RangeInclusive<u64>, usize), Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let none = RangeInclusive::new(1, 0);
        let mut newest = none;
        for entry in blocks.iter()?.rev() {
            let (number, block) = entry?;
            let size = block::size(block.value());
            if size > bytes {
                return Ok((newest, 0));
            }
            bytes -= size;
            let end = if newest.is_empty() {
                number.value()
            } else {
                *newest.end()
            };
            newest = number.value()..=end;
        }
        Ok((newest, bytes))
    }

    /// Hands over the documents of some blocks: all that can be read, also when the first error is returned.
    pub(super) fn read(
        &self,
        numbers: impl IntoIterator<Item = u64>,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Result<(), Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let mut done = Ok(());
        for number in numbers {
            if let Some(block) = blocks.get(number)? {
                done = done.and(each(block.value(), &mut *hand));
            }
        }
        done
    }

    /// Returns how many bytes the file takes on disk.
    pub(super) fn bytes(&self) -> u64 {
        taken(&self.path)
    }
}

fn nanos(times: &Times) -> (u64, u64, u64, u64) {
    let Times { happened, arrived } = times;
    let [a, b, c, d] = [
        happened.start(),
        happened.end(),
        arrived.start(),
        arrived.end(),
    ]
    .map(|time| time.as_nanos());
    (a, b, c, d)
}

fn of((a, b, c, d): (u64, u64, u64, u64)) -> Times {
    let [a, b, c, d] = [a, b, c, d].map(Time::from_nanos);
    Times {
        happened: a..=b,
        arrived: c..=d,
    }
}

/// Returns how many bytes a file takes on disk. The engine makes its files larger than what it has written so far.
pub(super) fn taken(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.blocks() * 512)
}

/// Whether an error says that a file is damaged, and not that the disk takes or gives nothing.
pub(super) fn is_damage(error: &Error) -> bool {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    match error {
        Error::Corrupted(_)
        | Error::UpgradeRequired(_)
        | Error::RepairAborted
        | Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. } => true,
        Error::Io(error) => matches!(error.kind(), InvalidData | UnexpectedEof),
        _ => false,
    }
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Hands over the documents of a block; the error says that it is damaged from some place on.
fn each(block: &[u8], hand: impl FnMut(Record<'_>)) -> Result<(), Error> {
    let block = block::decompress(block).map_err(Error::Corrupted)?;
    let mut records = Records::of(&block);
    (&mut records).for_each(hand);
    if records.is_at_end() {
        return Ok(());
    }
    let words = "a block has something that is no document".to_owned();
    Err(Error::Corrupted(words))
}
