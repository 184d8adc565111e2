//! A trace header that comes as several lines.

use super::TraceHeader;

impl<'a> TraceHeader<'a> {
    /// Parses a header that is sent as several lines, or as lines that a proxy joined with commas.
    ///
    /// Lines about the same trace, or about none, are combined: a later line adds the parts that earlier ones lack.
    /// Of lines about different traces, the first with a `Parent` counts, otherwise the first.
    ///
    /// ```
    /// # use segment::TraceHeader;
    /// let lines = ["Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a", "Parent=53995c3f42cd8ad8;Sampled=1"];
    /// let header = TraceHeader::parse_lines(lines.map(str::as_bytes));
    /// assert_eq!(header.to_string(), lines.join(";"));
    /// ```
    pub fn parse_lines(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut lines = lines.into_iter().map(Self::parse_line);
        let first = lines.next().unwrap_or_default();
        lines.fold(first, Self::join)
    }

    fn parse_line(line: &'a [u8]) -> Self {
        if let Some(header) = Self::parse_usual(line) {
            return header;
        }
        let headers = JoinedLines(Some(line)).map(Self::parse_parts);
        headers.reduce(Self::join).unwrap_or_default()
    }

    /// Combines two lines.
    fn join(mut self, later: Self) -> Self {
        let is_other_trace = self
            .root
            .zip(later.root)
            .is_some_and(|(one, other)| one != other);
        if is_other_trace {
            let is_better = self.parent.is_none() && later.parent.is_some();
            return if is_better { later } else { self };
        }
        self.root = self.root.or(later.root);
        self.parent = self.parent.or(later.parent);
        self.sampled = self.sampled.or(later.sampled);
        for (key, value) in later.extra {
            if self.extra.iter().all(|(known, _)| *known != key) {
                self.extra.push((key, value));
            }
        }
        self
    }
}

/// The lines that a proxy joined with commas. A comma within a value is kept: only a comma followed by the start of a
/// header separates lines.
struct JoinedLines<'a>(Option<&'a [u8]>);

impl<'a> Iterator for JoinedLines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        const BEGINNINGS: [&[u8]; 4] = [b"Root=", b"Self=", b"Parent=", b"Sampled="];
        let lines = self.0?;
        let commas = (0..lines.len()).filter(|at| lines[*at] == b',');
        let mut ends = commas.filter(|at| {
            let rest = lines[at + 1..].trim_ascii_start();
            BEGINNINGS
                .iter()
                .any(|beginning| rest.starts_with(beginning))
        });
        let end = ends.next();
        self.0 = end.map(|end| &lines[end + 1..]);
        Some(&lines[..end.unwrap_or(lines.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_about_one_trace_are_pieces_and_else_one_with_a_parent_counts() {
        const A: &str = "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a";
        const B: &str = "Root=1-67891234-12456789abcdef012345678a";
        const CALLER: &str = "Parent=53995c3f42cd8ad8;Sampled=0";
        for (lines, read) in [
            (
                vec![A.to_owned(), CALLER.to_owned()],
                format!("{A};{CALLER}"),
            ),
            (
                vec![CALLER.to_owned(), A.to_owned()],
                format!("{A};{CALLER}"),
            ),
            (
                vec![A.to_owned(), format!("{A};{CALLER};C=d")],
                format!("{A};{CALLER};C=d"),
            ),
            (
                vec![A.to_owned(), format!("{B};{CALLER}")],
                format!("{B};{CALLER}"),
            ),
            (
                vec![format!("{A};{CALLER}"), B.to_owned()],
                format!("{A};{CALLER}"),
            ),
            (vec![A.to_owned(), B.to_owned()], A.to_owned()),
            (vec!["garbage".to_owned(), A.to_owned()], A.to_owned()),
            (
                vec![format!("{A};C=d, e"), "Sampled=1".to_owned()],
                format!("{A};Sampled=1;C=d, e"),
            ),
        ] {
            let apart = TraceHeader::parse_lines(lines.iter().map(String::as_bytes));
            assert_eq!(apart.to_string(), read, "{lines:?}");
            let joined = lines.join(", ");
            let joined = TraceHeader::parse_lines([joined.as_bytes()]);
            assert_eq!(joined, apart, "{lines:?}");
        }
    }
}
