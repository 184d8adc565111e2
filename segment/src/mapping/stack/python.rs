//! `  File "main.py", line 14, in <module>`, the innermost frame last.

use super::{Thrown, line_number};

/// What stands between an exception and the one that it led to.
const LED_TO: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

pub(super) fn parse(trace: &str) -> Vec<Thrown> {
    let lines: Vec<&str> = trace.split('\n').collect();
    let mut thrown = vec![];
    let mut current = Thrown::default();
    // The last line repeats what the exception says.
    let mut index = lines.len() - 1;
    while index > 0 {
        index -= 1;
        if let Some((path, line, label)) = frame(lines[index]) {
            current.push(path, line, label);
        } else if LED_TO.iter().any(|words| lines[index].starts_with(words)) {
            let Some((caused, last_frame)) = cause(&lines, index) else {
                break;
            };
            thrown.push(std::mem::replace(&mut current, caused));
            index = last_frame + 1;
        }
    }
    thrown.push(current);
    thrown
}

/// Reads what the exception before line `end` says: it stands between its last frame and an empty line.
fn cause(lines: &[&str], end: usize) -> Option<(Thrown, usize)> {
    let last_frame = lines[..end]
        .iter()
        .rposition(|line| line.starts_with("  File "))?;
    let said = lines.get(last_frame + 2..end - 1)?.join("\n");
    let (kind, message) = said.split_once(':')?;
    let caused = Thrown {
        kind: kind.to_owned(),
        message: message.strip_prefix(' ').unwrap_or(message).to_owned(),
        ..Thrown::default()
    };
    Some((caused, last_frame))
}

fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let mut parts = line.strip_prefix("  File ")?.split(',');
    let (Some(file), Some(line), Some(label), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let line = line.strip_prefix(" line ").map_or(0, line_number);
    Some((
        file.trim_matches('"'),
        line,
        label.strip_prefix(" in ").unwrap_or_default(),
    ))
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
        let cause = &Language::Python.parse(trace)[1];
        assert_eq!(
            (cause.kind.as_str(), cause.message.as_str()),
            ("KeyError", "two\nlines")
        );
        assert_eq!(cause.stack.len(), 1);
    }
}
