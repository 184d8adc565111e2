//! Two lines a frame: `shop.(*Cart).Add(0x0)` and `\t/src/cart.go:323 +0x9b`.
//! <https://pkg.go.dev/runtime/debug#Stack>

use super::trace::{Thrown, Trace, append_line};

pub(super) fn parse(text: &str) -> Trace {
    let mut thrown = Thrown::default();
    let mut is_whole = true;
    let mut message = String::new();
    let mut lines = text.lines().peekable();
    let mut is_begun = false;
    while let Some(line) = lines.next() {
        let place = lines.peek().and_then(|line| place(line));
        if line.trim().is_empty() {
        } else if is_heading(line) {
            is_begun = true;
        } else if let Some((path, number)) = place.filter(|_| !line.starts_with('\t')) {
            lines.next();
            is_begun = true;
            thrown.push(path, number, line);
        } else if is_begun {
            is_whole = false;
        } else {
            append_line(&mut message, line);
        }
    }
    let message = message.strip_prefix("panic: ").unwrap_or(&message);
    message.clone_into(&mut thrown.message);
    Trace {
        thrown: vec![thrown],
        is_whole,
    }
}

/// Whether a line begins the trace of a goroutine.
fn is_heading(line: &str) -> bool {
    line.starts_with("goroutine ") && line.ends_with(':')
}

/// Reads `\tpath:line +offset`.
fn place(line: &str) -> Option<(&str, i64)> {
    let place = line.strip_prefix('\t')?;
    let place = place.split_once(" +0x").map_or(place, |(place, _)| place);
    let (path, line) = place.rsplit_once(':')?;
    Some((path, line.parse().ok()?))
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
                ("C:/src/main.go", 12, "created by main.main"),
            ],
        );
    }
}
