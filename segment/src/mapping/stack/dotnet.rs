//! `   at Shop.Cart.Add(Item item) in /src/Cart.cs:line 21`; without debug information only the method.
//! <https://learn.microsoft.com/dotnet/api/system.exception.tostring>

use super::trace::{Thrown, Trace, append_line, line_number};

/// The line between the frames of an inner exception and those of the outer one.
const END_OF_INNER: &str = "--- End of inner exception stack trace ---";
/// What precedes an inner exception.
const INNER: &str = " ---> ";

pub(super) fn parse(text: &str) -> Trace {
    // The outermost exception is first, but the frames of the innermost one are first.
    let mut message = vec![String::new()];
    let mut stacks: Vec<Thrown> = vec![Thrown::default()];
    let mut current = 0_usize;
    let mut is_whole = true;
    let mut has_message = false;
    let mut is_other_inner = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if is_other_inner || trimmed.starts_with("---> (Inner Exception #") {
            // One of several causes; X-Ray supports only one.
            is_other_inner = !trimmed.ends_with("<---");
            is_whole = false;
        } else if trimmed == END_OF_INNER {
            has_message = true;
            current = current.saturating_sub(1);
        } else if let Some((path, number, label)) = frame(trimmed) {
            has_message = true;
            stacks[current].push(path, number, label);
        } else if trimmed.starts_with("--- End of stack trace") || trimmed.is_empty() {
        } else if has_message {
            is_whole = false;
        } else {
            // .NET Framework writes the messages of all exceptions on one line, .NET on one line each.
            for (index, part) in line.split(INNER).enumerate() {
                if index > 0 {
                    message.push(String::new());
                    stacks.push(Thrown::default());
                    current += 1;
                }
                if !part.is_empty() {
                    append_line(&mut message[current], part);
                }
            }
        }
    }
    let thrown = stacks
        .into_iter()
        .zip(message)
        .map(|(stack, message)| Thrown {
            stack: stack.stack,
            truncated: stack.truncated,
            ..Thrown::parse(&message)
        });
    Trace {
        thrown: thrown.collect(),
        is_whole,
    }
}

fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let frame = line.strip_prefix("at ")?;
    // After the parameters, since a folder may be called `work in progress`.
    let parameters = frame.find(") in ").map(|at| frame.split_at(at + 1));
    let place = parameters.and_then(|(label, place)| Some((label, place.strip_prefix(" in ")?)));
    let Some((label, place)) = place.or_else(|| frame.split_once(" in ")) else {
        let end = frame.rfind(')')?;
        return Some(("", 0, &frame[..=end]));
    };
    let (path, number) = place.rsplit_once(':').map_or((place, 0), |(path, line)| {
        let line = line.strip_prefix("line").unwrap_or(line);
        (path, line_number(line))
    });
    Some((path, number, label))
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::check;

    #[test]
    fn frames_are_read_with_and_without_a_file() {
        let trace = "System.DivideByZeroException: Attempted to divide by zero.\n   \
            at Shop.Cart.Add(Item item) in C:\\src\\Cart.cs:line 21\n   \
            at Shop.Main()\n   \
            at broken\n\
            --- End of stack trace ---\n";
        check(
            "dotnet",
            trace,
            &[
                ("C:\\src\\Cart.cs", 21, "Shop.Cart.Add(Item item)"),
                ("", 0, "Shop.Main()"),
            ],
        );
    }
}
