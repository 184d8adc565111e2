//! The files of traces of a folder, as readers see them.

use std::{collections::HashSet, sync::Arc};

use redb::Error;
use segment::{Time, TraceId};

use super::{
    block::{Record, Times},
    generation::Generation,
};

/// Files of traces, the oldest first. Clones read without holding anybody up.
#[derive(Debug, Clone, Default)]
pub(super) struct Files(pub(super) Vec<Arc<Generation>>);

impl Files {
    /// Hands over the documents of some traces, and returns what could not be read, and why. Ends when `go_on` does not.
    pub(super) fn of_traces(
        &self,
        ids: &HashSet<TraceId>,
        go_on: &dyn Fn() -> bool,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Vec<String> {
        let mut hand = |record: Record<'_>| {
            if ids.contains(&record.id) {
                hand(record);
            }
        };
        let blocks = |generation: &Generation| generation.of_traces(ids);
        read(self.0.iter(), blocks, go_on, &mut hand)
    }

    /// Hands over documents of blocks that may have some of these times, the newest block first, and returns what could
    /// not be read, and why. Ends when `go_on` does not.
    pub(super) fn of_times(
        &self,
        times: &Times,
        go_on: &dyn Fn() -> bool,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Vec<String> {
        let blocks = |generation: &Generation| generation.of_times(times);
        read(self.0.iter().rev(), blocks, go_on, hand)
    }

    /// Hands over the newest documents of `bytes` together, the oldest of them first, and returns what could not be
    /// read, and why.
    pub(super) fn newest(
        &self,
        mut bytes: usize,
        hand: &mut impl FnMut(Record<'_>),
    ) -> Vec<String> {
        let (mut wrong, mut parts) = (Vec::new(), Vec::new());
        for generation in self.0.iter().rev() {
            match generation.newest(bytes) {
                Ok((numbers, left)) => {
                    parts.push((generation, numbers));
                    bytes = left;
                }
                Err(error) => wrong.push(said(generation, &error)),
            }
            if bytes == 0 {
                break;
            }
        }
        for (generation, numbers) in parts.into_iter().rev() {
            if let Err(error) = generation.read(numbers, hand) {
                wrong.push(said(generation, &error));
            }
        }
        wrong
    }

    /// Returns when the first document came of those behind which none is missing, if some are: files are numbered, and
    /// the oldest one goes to make room.
    pub(super) fn lacks_before(&self) -> Option<Time> {
        let numbers = std::iter::once(0).chain(self.0.iter().map(|file| file.number));
        let gaps = self.0.iter().zip(numbers);
        let last = gaps
            .filter(|(file, before)| file.number > before + 1)
            .last();
        last.and_then(|(file, _)| file.first().ok().flatten())
    }

    /// Returns when the last document came, by the clock then.
    pub(super) fn last(&self) -> Option<Time> {
        let last = |generation: &Arc<Generation>| generation.last().ok().flatten();
        self.0.iter().filter_map(last).max()
    }

    /// Returns how many documents there are.
    pub(super) fn documents_count(&self) -> u64 {
        let counts = self.0.iter().map(|file| file.documents_count());
        counts.map(Result::unwrap_or_default).sum()
    }
}

/// Hands over the documents of some blocks of each file, and returns what could not be read, and why.
fn read<'f, B: IntoIterator<Item = u64>>(
    files: impl Iterator<Item = &'f Arc<Generation>>,
    blocks: impl Fn(&Generation) -> Result<B, Error>,
    go_on: &dyn Fn() -> bool,
    hand: &mut impl FnMut(Record<'_>),
) -> Vec<String> {
    let mut wrong = Vec::new();
    for generation in files {
        let blocks = blocks(generation);
        let blocks = blocks.map(|blocks| blocks.into_iter().take_while(|_| go_on()));
        let read = blocks.and_then(|blocks| generation.read(blocks, hand));
        if let Err(error) = read {
            wrong.push(said(generation, &error));
        }
    }
    wrong
}

fn said(generation: &Generation, error: &Error) -> String {
    format!("{}: {error}", generation.path.display())
}
