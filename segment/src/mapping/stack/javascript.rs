//! `    at add (/app/cart.js:6:11)`, as V8 writes it, and `add@https://shop.example/cart.js:6:11` of Firefox and
//! Safari. <https://v8.dev/docs/stack-trace-api>

use super::trace::{Thrown, Trace, append_line, path_and_line};

pub(super) fn parse(text: &str) -> Trace {
    let is_v8 = text.lines().any(|line| v8_frame(line).is_some());
    if is_v8 { v8(text) } else { firefox(text) }
}

fn v8(text: &str) -> Trace {
    let mut chain = vec![];
    let mut is_whole = true;
    let mut current = Thrown::default();
    let mut message = String::new();
    let mut has_message = false;
    // Where the properties of the current error stand, once they have begun.
    let mut properties = None;
    for line in text.lines() {
        if let Some(cause) = cause(line, properties).filter(|_| has_message) {
            chain.push(std::mem::take(&mut current));
            cause.clone_into(&mut message);
            has_message = false;
            properties = None;
        } else if properties.is_some() {
            is_whole &= is_nothing(line);
        } else if let Some((path, number, label)) = v8_frame(line) {
            if !has_message {
                current = thrown(&message, chain.len());
                has_message = true;
            }
            current.push(path, number, label);
            if line.ends_with(" {") {
                properties = margin(line).checked_sub(2);
            }
        } else if has_message {
            is_whole &= is_nothing(line);
        } else {
            append_line(&mut message, line);
        }
    }
    if !has_message {
        current = thrown(&message, chain.len());
    }
    chain.push(current);
    Trace {
        thrown: chain,
        is_whole,
    }
}

/// Makes an exception from the text before its frames. `util.inspect`, which all loggers of Node.js use, writes `<ref *1> `
/// before an error that is its own cause, and closes the braces of the outer errors behind a cause without frames.
fn thrown(message: &str, depth: usize) -> Thrown {
    let referred = message.strip_prefix("<ref *").and_then(|rest| {
        let (number, message) = rest.split_once("> ")?;
        number.parse::<u32>().ok().map(|_| message)
    });
    let mut message = referred.unwrap_or(message);
    for level in 0..depth {
        let brace = format!("\n{}}}", "  ".repeat(level));
        message = message.strip_suffix(&*brace).unwrap_or(message);
    }
    Thrown::parse(message)
}

/// An error's cause in the format of `util.inspect`, in brackets unless it was assigned. Errors in other properties are
/// further in.
fn cause(line: &str, properties: Option<usize>) -> Option<&str> {
    let property = line.trim_start();
    let cause = property.strip_prefix("[cause]: ");
    let cause = cause.or_else(|| property.strip_prefix("cause: "));
    cause.filter(|_| properties == Some(margin(line)))
}

fn is_nothing(line: &str) -> bool {
    matches!(line.trim(), "" | "}")
}

fn margin(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn v8_frame(line: &str) -> Option<(&str, i64, &str)> {
    // Four spaces, or three in Microsoft's engine.
    let frame = line.strip_prefix("   ")?.trim_start().strip_prefix("at ")?;
    // `util.inspect` writes the error's properties after the last frame.
    let frame = frame.strip_suffix(" {").unwrap_or(frame);
    if let Some(place) = frame.strip_prefix("async ")
        && let Some((path, line)) = path_and_line(place).filter(|_| !place.ends_with(')'))
    {
        return Some((path, line, "async "));
    }
    // The label includes the space before the parenthesis, as the collector writes it.
    let open = frame.find(" (").map(|space| space + 1);
    match open.filter(|_| frame.ends_with(')')) {
        Some(open) => {
            let place = &frame[open + 1..frame.len() - 1];
            let (path, line) = path_and_line(place).unwrap_or((place, 0));
            Some((path, line, &frame[..open]))
        }
        None => match path_and_line(frame) {
            // `f (/a.js:1:2` is not a path.
            Some((path, _))
                if open.is_some() && path.matches('(').count() != path.matches(')').count() =>
            {
                None
            }
            Some((path, line)) => Some((path, line, "")),
            None if frame.starts_with("native ") => Some(("native", 0, "")),
            None if frame == "<anonymous>" => Some((frame, 0, "")),
            None => None,
        },
    }
}

/// Firefox and Safari write only frames.
fn firefox(text: &str) -> Trace {
    let mut thrown = Thrown::default();
    let mut is_whole = true;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // A package's scope has the sign, too: Safari's frame without a name is an address alone.
        let named = line.split_once('@');
        let named = named.filter(|(label, _)| !label.contains("://"));
        let (label, place) = named.unwrap_or(("", line));
        match path_and_line(place) {
            Some((path, number)) => thrown.push(path, number, label),
            None if place == "[native code]" => thrown.push(place, 0, label),
            None => is_whole = false,
        }
    }
    Trace {
        thrown: vec![thrown],
        is_whole,
    }
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::check;

    #[test]
    fn frames_are_read() {
        let trace = "TypeError: Cannot read property 'value' of null\n    \
            at add (/app/cart.js:6:11)\n    \
            at file:///app/main.mjs:5:3\n    \
            at Array.forEach (native)\n    \
            at native array.js\n    \
            at node.js:906:3\n    \
            at broken (/app/cart.js:6:11\n  \
            no frame";
        check(
            "nodejs",
            trace,
            &[
                ("/app/cart.js", 6, "add "),
                ("file:///app/main.mjs", 5, ""),
                ("native", 0, "Array.forEach "),
                ("native", 0, ""),
                ("node.js", 906, ""),
            ],
        );
    }
}
