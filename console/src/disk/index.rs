//! Which blocks a trace has documents in: sorted runs, one of each commit, of which several become one when they are many.
//!
//! A tree by trace, which this was, is written all over at each commit if ids are random: each of a commit's entries
//! is on another page. A run is written from its first page to its last.

use std::collections::{BTreeSet, HashSet};

use redb::{
    Database, Error, ReadOnlyTable, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    Table, TableDefinition, WriteTransaction,
};
use segment::TraceId;

/// How many entries a run has.
const RUNS: TableDefinition<'_, u64, u64> = TableDefinition::new("runs");
/// The entries of a run in chunks, each under its first entry.
const ENTRIES: TableDefinition<'_, (u64, u128), &[u8]> = TableDefinition::new("entries");
/// So many entries, with their key, fill a page of the engine.
const CHUNK: usize = 250;
/// So many runs of about the same size become one.
const FAN: usize = 8;
/// Runs that have more entries together stay apart: they are in memory while they become one, and the next commit waits.
const MOST: u64 = 500_000;
/// For more traces than this, a run is read from its first entry to its last.
const MANY: usize = 64;

/// A block that has a document of a trace: 64 bits of the trace's id, then the number of the block. Traces with the
/// same bits share their blocks, and readers look at the whole id.
pub(super) type Entry = u128;

/// Returns the entry of a trace and a block.
pub(super) fn entry(id: TraceId, block: u64) -> Entry {
    first(bits(id)) | Entry::from(block)
}

/// Adds the entries of a commit.
pub(super) fn add(transaction: &WriteTransaction, mut entries: Vec<Entry>) -> Result<(), Error> {
    entries.sort_unstable();
    let (mut runs, mut table) = (
        transaction.open_table(RUNS)?,
        transaction.open_table(ENTRIES)?,
    );
    let next = runs.last()?.map_or(0, |(run, _)| run.value() + 1);
    if !entries.is_empty() {
        write(&mut table, next, &entries)?;
        runs.insert(next, entries.len() as u64)?;
    }
    Ok(())
}

/// Makes one run of several, if there are many of about the same size.
pub(super) fn merge(database: &Database, transaction: &WriteTransaction) -> Result<(), Error> {
    let mut runs = transaction.open_table(RUNS)?;
    let many = many_alike(runs.iter()?.map(|run| {
        let (run, count) = run?;
        Ok((run.value(), count.value()))
    }))?;
    let Some(many) = many else { return Ok(()) };
    let next = runs.last()?.map_or(0, |(run, _)| run.value() + 1);
    let mut table = transaction.open_table(ENTRIES)?;
    let mut entries = Vec::new();
    {
        let before = database.begin_read()?.open_table(ENTRIES)?;
        for run in &many {
            for chunk in before.range((*run, 0)..=(*run, Entry::MAX))? {
                entries.extend(of(chunk?.1.value()));
            }
        }
    }
    entries.sort_unstable();
    for run in &many {
        runs.remove(run)?;
        table.retain_in((*run, 0)..=(*run, Entry::MAX), |_, _| false)?;
    }
    write(&mut table, next, &entries)?;
    runs.insert(next, entries.len() as u64)?;
    Ok(())
}

/// Finds the first runs that are to become one, of all runs and how many entries they have.
fn many_alike(
    runs: impl Iterator<Item = Result<(u64, u64), Error>>,
) -> Result<Option<Vec<u64>>, Error> {
    let mut alike: [(Vec<u64>, u64); u64::BITS as usize] = std::array::from_fn(|_| <_>::default());
    for run in runs {
        let (run, count) = run?;
        let size = count.max(1).ilog(FAN as u64) as usize;
        let (runs, total) = &mut alike[size];
        runs.push(run);
        *total += count;
        if runs.len() == FAN {
            if *total <= MOST {
                return Ok(Some(std::mem::take(runs)));
            }
            (*runs, *total) = <_>::default();
        }
    }
    Ok(None)
}

/// Writes entries, which are sorted, as a run.
fn write(
    table: &mut Table<'_, (u64, u128), &'static [u8]>,
    run: u64,
    entries: &[Entry],
) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(CHUNK * size_of::<Entry>());
    for chunk in entries.chunks(CHUNK) {
        bytes.clear();
        bytes.extend(chunk.iter().flat_map(|entry| entry.to_be_bytes()));
        table.insert((run, chunk[0]), bytes.as_slice())?;
    }
    Ok(())
}

/// Returns the blocks that have documents of these traces, and maybe some others.
pub(super) fn blocks(
    transaction: &ReadTransaction,
    ids: &HashSet<TraceId>,
) -> Result<BTreeSet<u64>, Error> {
    let (runs, table) = (
        transaction.open_table(RUNS)?,
        transaction.open_table(ENTRIES)?,
    );
    let wanted: HashSet<u64> = ids.iter().copied().map(bits).collect();
    let mut blocks = BTreeSet::new();
    for run in runs.iter()? {
        let run = run?.0.value();
        if wanted.len() > MANY {
            search(&table, (run, 0), (run, Entry::MAX), &wanted, &mut blocks)?;
            continue;
        }
        for bits in &wanted {
            let begin = first(*bits);
            // It may be in a chunk that begins before.
            let before = table.range((run, 0)..=(run, begin))?.next_back();
            let before = before.transpose()?.map(|(key, _)| key.value());
            let end = (run, begin | Entry::from(u64::MAX));
            search(
                &table,
                before.unwrap_or((run, begin)),
                end,
                &wanted,
                &mut blocks,
            )?;
        }
    }
    Ok(blocks)
}

/// Notes the blocks of what is wanted in some chunks.
fn search(
    table: &ReadOnlyTable<(u64, u128), &'static [u8]>,
    from: (u64, Entry),
    to: (u64, Entry),
    wanted: &HashSet<u64>,
    blocks: &mut BTreeSet<u64>,
) -> Result<(), Error> {
    for chunk in table.range(from..=to)? {
        for entry in of(chunk?.1.value()) {
            let [bits, block] = halves(entry);
            if wanted.contains(&bits) {
                blocks.insert(block);
            }
        }
    }
    Ok(())
}

fn of(chunk: &[u8]) -> impl Iterator<Item = Entry> {
    let (entries, _) = chunk.as_chunks();
    entries.iter().map(|entry| Entry::from_be_bytes(*entry))
}

/// Returns 64 bits of an id. Either half of it may be the same for all traces of a sender.
fn bits(id: TraceId) -> u64 {
    let [high, low] = halves(u128::from_be_bytes(id.to_bytes()));
    high ^ low
}

/// Returns the first entry that a trace may have.
fn first(bits: u64) -> Entry {
    Entry::from(bits) << 64
}

fn halves(number: u128) -> [u64; 2] {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let halves = [(number >> 64) as u64, number as u64];
    halves
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use redb::backends::InMemoryBackend;

    use super::*;

    /// Its first eight bytes are those of all traces of a sender.
    fn id(number: u64) -> TraceId {
        let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        let mut bytes = [7; 16];
        bytes[8..].copy_from_slice(&random);
        TraceId::from_bytes(bytes).unwrap()
    }

    fn commit(database: &Database, entries: Vec<Entry>) {
        let transaction = database.begin_write().unwrap();
        merge(database, &transaction).unwrap();
        add(&transaction, entries).unwrap();
        transaction.commit().unwrap();
    }

    fn found(database: &Database, ids: RangeInclusive<u64>) -> Vec<u64> {
        let ids = ids.map(id).collect();
        let transaction = database.begin_read().unwrap();
        blocks(&transaction, &ids).unwrap().into_iter().collect()
    }

    #[test]
    fn every_block_of_a_trace_is_found_however_many_commits_there_were() {
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .unwrap();
        let mut next = 1;
        for part in 0..200_u64 {
            // Commits of one trace and of many; the trace 0 is in the block of each.
            let traces = if part % 10 == 0 { 700 } else { part % 3 + 1 };
            let own = (next..next + traces).map(|trace| entry(id(trace), part));
            commit(&database, own.chain([entry(id(0), part)]).collect());
            next += traces;
        }
        let all: Vec<u64> = (0..200).collect();
        assert_eq!(found(&database, 0..=0), all);
        assert_eq!(found(&database, 0..=next), all);
        assert_eq!(found(&database, 700..=702), [0, 1]);
        assert!(found(&database, next..=next).is_empty());
        assert!(found(&database, next..=next + 1_000).is_empty());
        let runs = database.begin_read().unwrap().open_table(RUNS).unwrap();
        let count = runs.iter().unwrap().count();
        assert!(count < 40, "{count}");
        // What became one is there once.
        let entries = database.begin_read().unwrap();
        let entries = entries.open_table(ENTRIES).unwrap();
        let chunks = entries.iter().unwrap();
        let entries: usize = chunks
            .map(|chunk| of(chunk.unwrap().1.value()).count())
            .sum();
        assert_eq!(entries as u64, next - 1 + 200);
    }

    #[test]
    fn a_trace_in_many_blocks_is_found_across_chunks() {
        let database = Database::builder()
            .create_with_backend(InMemoryBackend::new())
            .unwrap();
        let entries = (0..1_000).flat_map(|block| [1, 2, 3].map(|trace| entry(id(trace), block)));
        commit(&database, entries.collect());
        for trace in 1..4 {
            assert_eq!(found(&database, trace..=trace).len(), 1_000);
        }
    }

    #[test]
    fn what_is_large_stays_apart() {
        let alike = |count: u64| many_alike((0..8).map(|run| Ok((run, count)))).unwrap();
        assert_eq!(alike(1), Some((0..8).collect()));
        assert_eq!(alike(MOST / 8), Some((0..8).collect()));
        assert_eq!(alike(MOST / 8 + 1), None);
        let sizes = [9, 9, 9, 1, 9, 9, 9, 9, 64, 9];
        let runs = (10..).zip(sizes).map(Ok);
        assert_eq!(
            many_alike(runs).unwrap(),
            Some(vec![10, 11, 12, 14, 15, 16, 17, 19])
        );
    }
}
