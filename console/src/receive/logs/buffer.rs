//! The stored lines, by trace.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use segment::TraceId;

use super::Counts;

/// What a line takes besides its text: its entry in the queue, and one in the index for each trace.
const OVERHEAD: usize = 64;
const OVERHEAD_OF_ID: usize = 96;

/// The lines, the oldest first, bounded in number and in bytes.
#[derive(Debug)]
pub(super) struct Buffer {
    lines: VecDeque<Line>,
    /// The numbers of a trace's lines; the first of `lines` has the number `first`.
    index: HashMap<TraceId, VecDeque<u64>>,
    first: u64,
    counts: Counts,
}

#[derive(Debug)]
struct Line {
    ids: Vec<TraceId>,
    kept: Kept,
}

/// A line that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The index of its source.
    pub(crate) source: usize,
    pub(crate) text: Arc<str>,
}

impl Line {
    fn bytes(&self) -> usize {
        self.kept.text.len() + OVERHEAD + OVERHEAD_OF_ID * self.ids.len()
    }
}

impl Buffer {
    pub(super) fn new(lines_limit: usize, bytes_limit: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            index: HashMap::new(),
            first: 0,
            counts: Counts {
                lines_limit,
                bytes_limit,
                ..Counts::default()
            },
        }
    }

    /// Counts a line, and keeps it if it contains a trace id; the oldest are dropped.
    pub(super) fn keep(&mut self, source: usize, ids: Vec<TraceId>, text: &str) {
        self.counts.read += 1;
        if ids.is_empty() {
            self.counts.untraced += 1;
            return;
        }
        let number = self.first + self.lines.len() as u64;
        for id in &ids {
            self.index.entry(*id).or_default().push_back(number);
        }
        let text = text.into();
        let kept = Kept { source, text };
        let line = Line { ids, kept };
        self.counts.bytes += line.bytes();
        self.lines.push_back(line);
        while self.lines.len() > self.counts.lines_limit
            || self.counts.bytes > self.counts.bytes_limit
        {
            self.drop_oldest();
        }
    }

    pub(super) fn count_too_long(&mut self, count: u64) {
        self.counts.read += count;
        self.counts.too_long += count;
    }

    /// Returns the lines of a trace, oldest first.
    pub(super) fn of(&self, id: TraceId) -> Vec<Kept> {
        let numbers = self.index.get(&id).into_iter().flatten();
        let places = numbers.filter_map(|number| usize::try_from(number - self.first).ok());
        let lines = places.filter_map(|place| self.lines.get(place));
        lines.map(|line| line.kept.clone()).collect()
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            lines: self.lines.len(),
            ..self.counts.clone()
        }
    }

    /// Removes the lines; the counters are kept.
    pub(super) fn clear(&mut self) {
        self.first += self.lines.len() as u64;
        self.lines = VecDeque::new();
        self.index = HashMap::new();
        self.counts.bytes = 0;
    }

    fn drop_oldest(&mut self) {
        let Some(line) = self.lines.pop_front() else {
            return;
        };
        self.counts.bytes -= line.bytes();
        self.counts.dropped += 1;
        self.first += 1;
        for id in line.ids {
            if let Some(numbers) = self.index.get_mut(&id) {
                // The oldest of all lines is also the oldest of each of its traces.
                numbers.pop_front();
                if numbers.is_empty() {
                    self.index.remove(&id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> TraceId {
        TraceId::from_bytes([number; 16]).unwrap()
    }

    fn texts(buffer: &Buffer, of: u8) -> Vec<String> {
        let kept = buffer.of(id(of)).into_iter();
        kept.map(|kept| kept.text.to_string()).collect()
    }

    #[test]
    fn lines_are_found_by_each_of_their_traces() {
        let mut buffer = Buffer::new(10, 10_000);
        buffer.keep(0, vec![id(1)], "a");
        buffer.keep(1, vec![id(1), id(2)], "b");
        buffer.keep(0, vec![], "c");
        assert_eq!(texts(&buffer, 1), ["a", "b"]);
        assert_eq!(texts(&buffer, 2), ["b"]);
        assert_eq!(texts(&buffer, 3), [""; 0]);
        assert_eq!(buffer.of(id(2))[0].source, 1);
        let counts = buffer.counts();
        assert_eq!((counts.read, counts.untraced, counts.lines), (3, 1, 2));
    }

    #[test]
    fn the_oldest_makes_room_and_is_counted() {
        let mut buffer = Buffer::new(3, 10_000);
        for number in 0..10_u8 {
            buffer.keep(0, vec![id(1 + number % 2)], &number.to_string());
        }
        assert_eq!(texts(&buffer, 1), ["8"]);
        assert_eq!(texts(&buffer, 2), ["7", "9"]);
        assert_eq!((buffer.counts().dropped, buffer.index.len()), (7, 2));

        let mut buffer = Buffer::new(1_000, 1_000);
        for number in 0..100_u8 {
            buffer.keep(0, vec![id(1 + number)], &"x".repeat(300));
            assert!(buffer.counts().bytes <= 1_000);
        }
        assert_eq!((buffer.counts().lines, buffer.counts().dropped), (2, 98));
        assert_eq!(buffer.index.len(), 2);
    }

    #[test]
    fn clearing_forgets_the_lines_and_not_the_counts() {
        let mut buffer = Buffer::new(3, 10_000);
        buffer.keep(0, vec![id(1)], "a");
        buffer.clear();
        assert_eq!((buffer.counts().bytes, buffer.counts().read), (0, 1));
        buffer.keep(0, vec![id(1)], "b");
        assert_eq!(texts(&buffer, 1), ["b"]);
    }
}
