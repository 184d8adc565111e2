//! Two lines a frame: `shop.(*Cart).Add(0x0)` and `\t/src/cart.go:323 +0x9b`.

use super::{Thrown, line_number};

pub(super) fn parse(trace: &str) -> Thrown {
    let mut thrown = Thrown::default();
    let mut lines = trace.lines().skip(1);
    while let Some(line) = lines.next() {
        let label = if is_heading(line) {
            lines.next().unwrap_or_default()
        } else {
            line
        };
        let (path, number) = place(lines.next().unwrap_or_default()).unwrap_or_default();
        thrown.push(path, number, label);
    }
    thrown
}

/// Whether a line begins the trace of another goroutine.
fn is_heading(line: &str) -> bool {
    line.starts_with("goroutine") && line.contains("running") && line.ends_with(':')
}

/// Finds the first `path:line`.
fn place(line: &str) -> Option<(&str, i64)> {
    line.match_indices(':').find_map(|(colon, _)| {
        let after = &line[colon + 1..];
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let before = &line[..colon];
        let start = before
            .char_indices()
            .rfind(|(_, character)| character.is_whitespace() || *character == ':')
            .map_or(0, |(at, character)| at + character.len_utf8());
        (digits > 0 && start < colon).then(|| (&before[start..], line_number(&after[..digits])))
    })
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::check;

    #[test]
    fn frames_are_read_across_goroutines() {
        let trace = "goroutine 19 [running]:\n\
            shop.(*Cart).Add(0x0)\n\t/src/cart.go:323 +0x9b\n\
            goroutine 20 [running]:\n\
            main.main()\n\tmain.go:7\n\
            created by main.main\n\tC:/src/main.go:12 +0x1\n";
        check(
            "go",
            trace,
            &[
                ("/src/cart.go", 323, "shop.(*Cart).Add(0x0)"),
                ("main.go", 7, "main.main()"),
                ("/src/main.go", 12, "created by main.main"),
            ],
        );
    }
}
