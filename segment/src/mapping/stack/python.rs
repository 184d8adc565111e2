//! `  File "main.py", line 14, in <module>`, the innermost frame last.
//! <https://docs.python.org/3/library/traceback.html>

use super::trace::{Thrown, Trace};

/// The line between an exception and the one that followed from it.
const LED_TO: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];
const HEADINGS: [&str; 2] = [
    "Traceback (most recent call last):",
    "Exception Group Traceback (most recent call last):",
];

pub(super) fn parse(text: &str) -> Trace {
    let lines: Vec<&str> = text.lines().collect();
    let mut is_whole = true;
    let mut thrown: Vec<_> = lines
        .split(|line| LED_TO.contains(line))
        .map(|lines| exception(lines, &mut is_whole))
        .collect();
    // Earlier exceptions are the causes of later ones.
    thrown.reverse();
    Trace { thrown, is_whole }
}

/// Parses one exception: a heading, frames with their source lines, and its message.
fn exception(lines: &[&str], is_whole: &mut bool) -> Thrown {
    let group = in_group(lines);
    if group.is_some() {
        // The exceptions of a group are several causes; X-Ray supports only one.
        *is_whole = false;
    }
    let lines = group.as_deref().unwrap_or(lines);
    let remote = of_process(lines);
    *is_whole &= remote.is_none();
    let lines = remote.unwrap_or(lines);
    let has_heading = lines.iter().any(|line| HEADINGS.contains(line));
    let mut frames = Vec::new();
    let mut truncated = 0;
    let mut message: &[&str] = &[];
    for (index, line) in lines.iter().enumerate() {
        if let Some(frame) = frame(line) {
            frames.push(frame);
        } else if let Some(times) = repeated(line) {
            truncated += times;
        } else if line.trim().is_empty() || HEADINGS.contains(line) || is_source(line, &frames) {
        } else if frames.is_empty() && has_heading {
            *is_whole = false;
        } else {
            message = &lines[index..];
            break;
        }
    }
    let mut thrown = Thrown::parse(&message.join("\n"));
    for (path, line, label) in frames.into_iter().rev() {
        thrown.push(path, line, label);
    }
    thrown.truncated += truncated;
    thrown
}

/// Whether a line is the source line of a frame, or marks a part of one.
fn is_source(line: &str, frames: &[(&str, i64, &str)]) -> bool {
    line.starts_with("    ") && !frames.is_empty()
}

/// Returns what another process raised: `multiprocessing` and `concurrent.futures` make its trace, in quotes, the cause.
fn of_process<'l, 't>(lines: &'l [&'t str]) -> Option<&'l [&'t str]> {
    let is_quotes = |line: &&str| *line == "\"\"\"";
    let start = lines.iter().position(is_quotes)? + 1;
    let end = lines.iter().rposition(is_quotes)?;
    let is_remote = lines[..start]
        .iter()
        .any(|line| line.contains("RemoteTraceback:"));
    lines.get(start..end).filter(|_| is_remote)
}

/// Returns the lines of a group's own exception without their margin.
fn in_group<'t>(lines: &[&'t str]) -> Option<Vec<&'t str>> {
    let start = lines.iter().position(|line| {
        let line = line.trim_start().strip_prefix("+ ");
        line.is_some_and(|line| HEADINGS.contains(&line))
    })?;
    let own = lines[start + 1..].iter();
    let own = own.map_while(|line| line.trim_start().strip_prefix('|'));
    Some(
        own.map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect(),
    )
}

/// Parses `  File "path", line 1, in label`; the frame of a syntax error has no label.
fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let (path, rest) = line.strip_prefix("  File \"")?.split_once("\", line ")?;
    let (number, label) = rest.split_once(", in ").unwrap_or((rest, ""));
    Some((path, number.parse().ok()?, label))
}

/// `  [Previous line repeated 54 more times]`
fn repeated(line: &str) -> Option<usize> {
    let times = line.trim_start().strip_prefix("[Previous line repeated ")?;
    times.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::{Language, check};

    #[test]
    fn frames_are_read_from_the_inside_out() {
        let trace = "Traceback (most recent call last):\n  \
            File \"main.py\", line 14, in <module>\n    greet()\n  \
            File \"g.py\", line 5, in greet\n    x()\n\
            TypeError: must be str";
        check(
            "python",
            trace,
            &[("g.py", 5, "greet"), ("main.py", 14, "<module>")],
        );
    }

    #[test]
    fn what_an_exception_was_handling_is_its_cause() {
        let trace = "Traceback (most recent call last):\n  \
            File \"a.py\", line 1, in a\n    a()\n\
            KeyError: two\nlines\n\n\
            During handling of the above exception, another exception occurred:\n\n\
            Traceback (most recent call last):\n  \
            File \"b.py\", line 2, in b\n    b()\n\
            TypeError: must be str\n";
        check("python", trace, &[("b.py", 2, "b")]);
        let cause = &Language::Python.parse(trace).thrown[1];
        assert_eq!(
            (cause.kind.as_str(), cause.message.as_str()),
            ("KeyError", "two\nlines")
        );
        assert_eq!(cause.stack.len(), 1);
    }
}
