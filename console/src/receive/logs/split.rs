//! Splits bytes into lines as they are read.

use super::MAX_LINE_BYTES;

/// The unfinished line.
#[derive(Debug, Default)]
pub(super) struct Split {
    begun: Vec<u8>,
    /// Whether the unfinished line is skipped.
    skips: bool,
}

/// Finished lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) lines: Vec<Vec<u8>>,
    /// How many were too long.
    pub(super) too_long: u64,
}

impl Split {
    /// Appends bytes and returns the lines that end in them.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Ended {
        let mut ended = Ended::default();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (line, ends) = match piece.strip_suffix(b"\n") {
                Some(line) => (line, true),
                None => (piece, false),
            };
            if !self.skips && self.begun.len() + line.len() > MAX_LINE_BYTES {
                ended.too_long += 1;
                self.skip();
            }
            if !self.skips {
                self.begun.extend_from_slice(line);
            }
            if ends {
                self.end(&mut ended);
            }
        }
        ended
    }

    /// Skips the unfinished line.
    pub(super) fn skip(&mut self) {
        self.begun = Vec::new();
        self.skips = true;
    }

    /// Ends the unfinished line, because the file ends there.
    pub(super) fn finish(&mut self) -> Ended {
        let mut ended = Ended::default();
        self.end(&mut ended);
        ended
    }

    fn end(&mut self, ended: &mut Ended) {
        let mut line = std::mem::take(&mut self.begun);
        self.skips = false;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if !line.is_empty() {
            ended.lines.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str], too_long: u64) -> Ended {
        Ended {
            lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
            too_long,
        }
    }

    #[test]
    fn lines_come_in_any_pieces() {
        let mut split = Split::default();
        assert_eq!(split.push(b"on"), lines(&[], 0));
        assert_eq!(split.push(b"e\r\ntwo\n\nth"), lines(&["one", "two"], 0));
        assert_eq!(split.finish(), lines(&["th"], 0));
        assert_eq!(split.finish(), lines(&[], 0));
    }

    #[test]
    fn a_line_without_end_takes_no_memory_and_loses_no_other() {
        let mut split = Split::default();
        let mut too_long = 0;
        for _ in 0..100 {
            too_long += split.push(&[b'x'; MAX_LINE_BYTES / 4]).too_long;
            assert!(split.begun.len() <= MAX_LINE_BYTES);
        }
        assert_eq!(too_long, 1);
        assert_eq!(split.push(b"\nnext\n"), lines(&["next"], 0));
        let longest = "y".repeat(MAX_LINE_BYTES) + "\n";
        assert_eq!(split.push(longest.as_bytes()).lines.len(), 1);
    }
}
