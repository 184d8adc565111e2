//! `   0: shop::cart::add` and `             at ./src/cart.rs:10:5`, as `std::backtrace` writes it.

use super::trace::{Thrown, Trace, append_line, line_number};

pub(super) fn parse(text: &str) -> Trace {
    let (before, backtrace) = split_heading(text);
    let (message, mut causes) = message_and_causes(before);
    let mut thrown = Thrown {
        message,
        ..Thrown::default()
    };
    let is_whole = frames(backtrace, &mut thrown);
    causes.insert(0, thrown);
    Trace {
        thrown: causes,
        is_whole,
    }
}

/// Parses the frames; returns whether there was no other content.
fn frames(backtrace: &str, thrown: &mut Thrown) -> bool {
    let mut is_whole = true;
    let mut label = None;
    for line in backtrace.lines().map(str::trim) {
        if let Some(place) = line.strip_prefix("at ") {
            match label.take() {
                Some(label) => {
                    let (path, number) = path_and_line(place);
                    thrown.push(path, number, label);
                }
                None => is_whole = false,
            }
        } else if let Some(function) = function(line, label.is_some() || !thrown.stack.is_empty()) {
            if let Some(label) = label.replace(function) {
                thrown.push("", 0, label);
            }
        } else {
            is_whole &= line.is_empty() || line.starts_with("note: ");
        }
    }
    if let Some(label) = label {
        thrown.push("", 0, label);
    }
    is_whole
}

/// Splits off what error libraries and panics write above a backtrace.
fn split_heading(text: &str) -> (&str, &str) {
    ["stack backtrace:", "Stack backtrace:"]
        .iter()
        .find_map(|heading| text.split_once(heading))
        .unwrap_or(("", text))
}

/// Parses an error in the format of `anyhow` and `eyre`: its message, and its causes below `Caused by:`.
fn message_and_causes(text: &str) -> (String, Vec<Thrown>) {
    let (message, caused) = text.split_once("\nCaused by:\n").unwrap_or((text, ""));
    let mut chain: Vec<Thrown> = Vec::new();
    for line in caused
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let numbered = line.split_once(": ");
        let numbered = numbered.filter(|(number, _)| number.parse::<u32>().is_ok());
        match (numbered, chain.last_mut()) {
            // A message with several lines; a single cause has no number.
            (None, Some(last)) => append_line(&mut last.message, line),
            (numbered, _) => chain.push(Thrown {
                message: numbered.map_or(line, |(_, message)| message).to_owned(),
                ..Thrown::default()
            }),
        }
    }
    (message.trim().to_owned(), chain)
}

/// Parses `0: label`; a label without a number is a function that was inlined into the one before.
fn function(line: &str, may_be_inlined: bool) -> Option<&str> {
    let label = match line.split_once(": ") {
        Some((number, label)) if number.parse::<u32>().is_ok() => label.trim_start(),
        _ if may_be_inlined && !line.contains(' ') => line,
        _ => return None,
    };
    let label = match label.split_once(" - ") {
        Some((address, label)) if address.starts_with("0x") => label,
        _ => label,
    };
    let label = without_hash(label);
    (!label.is_empty()).then_some(label)
}

/// Removes the hash that the compiler appends to make a symbol unique.
fn without_hash(label: &str) -> &str {
    match label.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => label,
    }
}

/// Splits `path:line:column`, with or without the column.
fn path_and_line(place: &str) -> (&str, i64) {
    let (before, last) = place.rsplit_once(':').unwrap_or((place, ""));
    match before.rsplit_once(':') {
        Some((path, line)) if line.parse::<u32>().is_ok() => (path, line_number(line)),
        _ => (before, line_number(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::stack::check;

    #[test]
    fn frames_are_read_with_and_without_a_file() {
        let trace = "   0: shop::cart::add::h0123456789abcdef\n             \
            at ./src/cart.rs:10:5\n   \
            1:     0x55d0c0ffee00 - core::ops::function::FnOnce::call_once\n   \
            2: <shop::Cart as core::fmt::Debug>::fmt\n             \
            at C:\\src\\main.rs:7\n      \
            shop::inlined\n             \
            at ./src/inlined.rs:1:1\n";
        check(
            "rust",
            trace,
            &[
                ("./src/cart.rs", 10, "shop::cart::add"),
                ("", 0, "core::ops::function::FnOnce::call_once"),
                (
                    "C:\\src\\main.rs",
                    7,
                    "<shop::Cart as core::fmt::Debug>::fmt",
                ),
                ("./src/inlined.rs", 1, "shop::inlined"),
            ],
        );
    }

    #[test]
    fn what_an_error_library_writes_above_a_backtrace_is_skipped() {
        let trace = "no seat left\n\nCaused by:\n    0: row 7 is full\n\n\
            Stack backtrace:\n   0: shop::book\n             at ./src/book.rs:3:9\n";
        check("rust", trace, &[("./src/book.rs", 3, "shop::book")]);
    }

    #[test]
    fn a_real_backtrace_has_frames() {
        let trace = std::backtrace::Backtrace::force_capture().to_string();
        let thrown = parse(&trace).thrown.remove(0);
        let labels: Vec<_> = thrown
            .stack
            .iter()
            .filter_map(|frame| frame.label.as_deref())
            .collect();
        assert!(
            labels
                .iter()
                .any(|label| label.contains("a_real_backtrace_has_frames")),
            "{labels:?}"
        );
    }
}
