//! The index of files that consoles of format 1 wrote: an entry for each trace and block, in one tree. Their blocks have no
//! times.

use std::collections::{BTreeSet, HashSet};

use redb::{
    Database, Error, ReadTransaction, ReadableDatabase as _, TableDefinition, TableHandle as _,
};
use segment::TraceId;

/// The trace and the number of a block, in the order of bytes.
const INDEX: TableDefinition<'_, &[u8; 24], ()> = TableDefinition::new("index");

/// Whether a file has this index.
pub(super) fn wrote(database: &Database) -> Result<bool, Error> {
    let transaction = database.begin_read()?;
    let mut tables = transaction.list_tables()?;
    Ok(tables.any(|table| table.name() == INDEX.name()))
}

/// Returns the blocks that have documents of these traces.
pub(super) fn blocks(
    transaction: &ReadTransaction,
    ids: &HashSet<TraceId>,
) -> Result<BTreeSet<u64>, Error> {
    let index = transaction.open_table(INDEX)?;
    let mut blocks = BTreeSet::new();
    for id in ids {
        for entry in index.range::<&[u8; 24]>(&key(*id, 0)..=&key(*id, u64::MAX))? {
            let number = entry?.0.value().last_chunk().copied();
            blocks.insert(number.map_or(0, u64::from_be_bytes));
        }
    }
    Ok(blocks)
}

fn key(id: TraceId, block: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&id.to_bytes());
    key[16..].copy_from_slice(&block.to_be_bytes());
    key
}
