//! One file of traces: blocks in the order in which they came, and which blocks a trace has documents in.

use std::{
    fs, io,
    ops::RangeInclusive,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use redb::{Database, Error, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use segment::TraceId;

use super::block::{self, Record, Records};

const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// The trace and the number of a block, in the order of bytes.
const INDEX: TableDefinition<'_, &[u8; 24], ()> = TableDefinition::new("index");
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
    database: Database,
}

impl Generation {
    /// Makes a file that is not there.
    pub(super) fn create(number: u64, path: &Path) -> Result<Self, Error> {
        let generation = Self {
            number,
            path: path.to_owned(),
            database: builder().create(path)?,
        };
        // From here on each table can be read.
        generation.append(&[])?;
        Ok(generation)
    }

    /// Opens one. What the console that wrote it did not finish is gone, and the rest is as it was.
    pub(super) fn open(number: u64, path: &Path) -> Result<Self, Error> {
        let generation = Self {
            number,
            path: path.to_owned(),
            database: builder().open(path)?,
        };
        // A file whose roots cannot be read is damaged, and that is to be known now.
        generation.documents_count()?;
        Ok(generation)
    }

    /// Appends records, all or none; when this returns, they are on disk.
    pub(super) fn append(&self, records: &[u8]) -> Result<(), Error> {
        let transaction = self.database.begin_write()?;
        {
            let mut blocks = transaction.open_table(BLOCKS)?;
            let mut index = transaction.open_table(INDEX)?;
            let mut counts = transaction.open_table(COUNTS)?;
            let next = blocks.last()?.map_or(0, |(number, _)| number.value() + 1);
            let mut keys = Vec::new();
            for (number, (ids, block)) in (next..).zip(block::split(records)) {
                blocks.insert(number, block::compress(block).as_slice())?;
                keys.extend(ids.into_iter().map(|id| key(id, number)));
            }
            // Neighbours are in one page of the tree.
            keys.sort_unstable();
            for key in &keys {
                index.insert(key, ())?;
            }
            let documents = counts.get(DOCUMENTS)?.map_or(0, |count| count.value());
            let added = Records::of(records).count() as u64;
            counts.insert(DOCUMENTS, documents + added)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Returns how many documents it has.
    pub(super) fn documents_count(&self) -> Result<u64, Error> {
        let counts = self.database.begin_read()?.open_table(COUNTS)?;
        let documents = counts.get(DOCUMENTS)?;
        Ok(documents.map_or(0, |count| count.value()))
    }

    /// Returns when its last document came, if it has one.
    pub(super) fn last(&self) -> Result<Option<segment::Time>, Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let Some((_, block)) = blocks.last()? else {
            return Ok(None);
        };
        let mut last = None;
        each(block.value(), |record| last = Some(record.at))?;
        Ok(last)
    }

    /// Hands over the documents of a trace: all that can be read, also when the first error is returned.
    pub(super) fn documents(
        &self,
        id: TraceId,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Result<(), Error> {
        let transaction = self.database.begin_read()?;
        let mut done = Ok(());
        let (blocks, index) = (
            transaction.open_table(BLOCKS)?,
            transaction.open_table(INDEX)?,
        );
        for entry in index.range::<&[u8; 24]>(&key(id, 0)..=&key(id, u64::MAX))? {
            let number = block_of(entry?.0.value());
            if let Some(block) = blocks.get(number)? {
                let read = each(block.value(), |record| {
                    if record.id == id {
                        hand(record);
                    }
                });
                done = done.and(read);
            }
        }
        done
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

    /// Hands over the documents of some blocks, in the same way.
    pub(super) fn read(
        &self,
        numbers: RangeInclusive<u64>,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Result<(), Error> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        let mut done = Ok(());
        for entry in blocks.range(numbers)? {
            done = done.and(each(entry?.1.value(), &mut *hand));
        }
        done
    }

    /// Returns how many bytes the file takes on disk.
    pub(super) fn bytes(&self) -> u64 {
        taken(&self.path)
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

fn key(id: TraceId, block: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&id.to_bytes());
    key[16..].copy_from_slice(&block.to_be_bytes());
    key
}

fn block_of(key: &[u8; 24]) -> u64 {
    key.last_chunk().copied().map_or(0, u64::from_be_bytes)
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
