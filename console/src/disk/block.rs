//! Blocks: documents one behind the other, compressed together, because they resemble each other.

use std::ops::RangeInclusive;

use segment::{Time, TraceId};

/// How many bytes a block has before it is compressed, unless its one document has more. A larger one is smaller on disk,
/// and takes longer to find one document in.
const BLOCK_BYTES: usize = 64 * 1024;
/// More than any block has: its last document may have as many bytes as a request.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The trace id, the time in nanoseconds, and the length of the text.
const HEAD: usize = 16 + 8 + 4;

/// A document as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its trace.
    pub id: TraceId,
    /// When it arrived.
    pub at: Time,
    /// Its text.
    pub text: &'a str,
}

/// When documents happened, by what they say, and when they arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// From the first start to the last end.
    pub happened: RangeInclusive<Time>,
    /// From the first arrival to the last.
    pub arrived: RangeInclusive<Time>,
}

impl Times {
    /// Returns the times of one document.
    pub fn of(happened: RangeInclusive<Time>, at: Time) -> Self {
        Self {
            happened,
            arrived: at..=at,
        }
    }

    /// Returns the times of both.
    fn and(&self, other: &Self) -> Self {
        let both = |a: &RangeInclusive<Time>, b: &RangeInclusive<Time>| {
            *a.start().min(b.start())..=*a.end().max(b.end())
        };
        Self {
            happened: both(&self.happened, &other.happened),
            arrived: both(&self.arrived, &other.arrived),
        }
    }

    /// Whether there may be a document in both.
    pub fn touches(&self, other: &Self) -> bool {
        let touch = |a: &RangeInclusive<Time>, b: &RangeInclusive<Time>| {
            a.start() <= b.end() && b.start() <= a.end()
        };
        touch(&self.happened, &other.happened) && touch(&self.arrived, &other.arrived)
    }
}

impl Record<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        // A document is far below 4 GiB: no request and no datagram has more than 8 MiB.
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&self.id.to_bytes());
        out.extend_from_slice(&self.at.as_nanos().to_be_bytes());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(self.text.as_bytes());
    }
}

/// The records of a block that is not compressed. Ends before what is none.
#[derive(Debug, Clone)]
pub(super) struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let (head, rest) = self.0.split_first_chunk::<HEAD>()?;
        let (id, head) = head.split_first_chunk::<16>()?;
        let (at, length) = head.split_first_chunk::<8>()?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        let (text, rest) = rest.split_at_checked(length as usize)?;
        let record = Record {
            id: TraceId::from_bytes(*id)?,
            at: Time::from_nanos(u64::from_be_bytes(*at)),
            text: str::from_utf8(text).ok()?,
        };
        self.0 = rest;
        Some(record)
    }
}

/// Records that are written together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: Vec<u8>,
    times: Vec<Times>,
}

/// A part of a batch that is to be a block.
pub(super) struct Part<'a> {
    /// The traces that it has, in order and once.
    pub(super) ids: Vec<TraceId>,
    /// The times of its documents.
    pub(super) times: Times,
    /// The records.
    pub(super) bytes: &'a [u8],
}

impl Batch {
    /// Makes one with room for as much as another one has.
    pub(super) fn with_room_of(other: &Self) -> Self {
        Self {
            records: Vec::with_capacity(other.records.len()),
            times: Vec::with_capacity(other.times.len()),
        }
    }

    /// Adds a record.
    pub(super) fn push(&mut self, record: &Record<'_>, happened: RangeInclusive<Time>) {
        record.write(&mut self.records);
        self.times.push(Times::of(happened, record.at));
    }

    /// Returns how many documents it has.
    pub(super) fn documents(&self) -> u64 {
        self.times.len() as u64
    }

    /// Returns when the last document arrived, by the clock then.
    pub(super) fn last(&self) -> Option<Time> {
        self.times.iter().map(|times| *times.arrived.end()).max()
    }

    /// Returns how many bytes it has.
    pub(super) fn bytes(&self) -> usize {
        self.records.len()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.times.clear();
    }

    /// Splits it into blocks.
    pub(super) fn split(&self) -> impl Iterator<Item = Part<'_>> {
        let (mut records, mut times) = (&*self.records, &*self.times);
        std::iter::from_fn(move || {
            let (mut end, mut ids) = (0, Vec::new());
            for record in Records::of(records) {
                end += HEAD + record.text.len();
                ids.push(record.id);
                if end >= BLOCK_BYTES {
                    break;
                }
            }
            let (bytes, rest) = records.split_at(end);
            let (own, others) = times.split_at_checked(ids.len())?;
            (records, times) = (rest, others);
            ids.sort_unstable();
            ids.dedup();
            Some(Part {
                ids,
                times: own.iter().cloned().reduce(|all, more| all.and(&more))?,
                bytes,
            })
        })
    }
}

/// Compresses a block.
pub(super) fn compress(block: &[u8]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(block)
}

/// Returns how many bytes a compressed block has when it is none any more.
pub(super) fn size(compressed: &[u8]) -> usize {
    let size = compressed.first_chunk().copied().map(u32::from_le_bytes);
    size.unwrap_or_default() as usize
}

/// Returns a block as it was before; the error says that it is damaged.
pub(super) fn decompress(compressed: &[u8]) -> Result<Vec<u8>, String> {
    if size(compressed) > MOST_BYTES {
        return Err("a block is damaged: it says that it is larger than any".to_owned());
    }
    let block = lz4_flex::decompress_size_prepended(compressed)
        .map_err(|error| format!("a block is damaged: {error}"))?;
    // What was cut off at the right place is read without an error.
    if block.len() != size(compressed) {
        return Err("a block is damaged: it is not as long as it says".to_owned());
    }
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> TraceId {
        TraceId::from_bytes([number; 16]).unwrap()
    }

    #[test]
    fn what_is_written_is_read_in_blocks_that_are_bounded() {
        let texts: Vec<String> = (1..200_usize)
            .map(|n| format!("{{{}}}", "é".repeat(n * 7)))
            .collect();
        let records = || {
            texts.iter().zip(1_u8..).map(|(text, number)| Record {
                id: id(number / 3 + 1),
                at: Time::from_nanos(u64::from(number)),
                text,
            })
        };
        let mut batch = Batch::default();
        records().for_each(|record| batch.push(&record, record.at..=Time::from_nanos(1_000)));
        let (mut read, mut blocks) = (0, 0);
        for part in batch.split() {
            assert!(
                part.bytes.len() < BLOCK_BYTES + 4_000,
                "{}",
                part.bytes.len()
            );
            let compressed = compress(part.bytes);
            assert_eq!(size(&compressed), part.bytes.len());
            let block = decompress(&compressed).unwrap();
            for record in Records::of(&block) {
                assert_eq!(Some(record), records().nth(read));
                assert!(part.ids.contains(&record.id));
                assert!(part.times.arrived.contains(&record.at));
                assert_eq!(part.times.happened.start(), part.times.arrived.start());
                read += 1;
            }
            blocks += 1;
        }
        assert_eq!(read, texts.len());
        assert!(blocks > 2, "{blocks}");
    }

    #[test]
    fn what_is_torn_ends_and_panics_nowhere() {
        let mut bytes = Vec::new();
        for number in 1..4 {
            let text = "{\"a\":1}";
            let at = Time::from_nanos(1);
            Record {
                id: id(number),
                at,
                text,
            }
            .write(&mut bytes);
        }
        for end in 0..=bytes.len() {
            let records = Records::of(&bytes[..end]).count();
            assert_eq!(records, end / (HEAD + 7), "{end}");
        }
        let compressed = compress(&bytes);
        for end in 0..compressed.len() {
            assert!(decompress(&compressed[..end]).is_err(), "{end}");
        }
    }
}
