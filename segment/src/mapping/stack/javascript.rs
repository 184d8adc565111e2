//! `    at add (/app/cart.js:6:11)`, as V8 writes it.

use super::{Thrown, line_number};

pub(super) fn parse(trace: &str) -> Thrown {
    let mut thrown = Thrown::default();
    for line in trace.lines().skip(1) {
        let Some(frame) = line.strip_prefix("    at ") else {
            continue;
        };
        // The label keeps the space before the parenthesis, as the collector writes it.
        let (label, place) = match frame.find('(') {
            None => ("", frame),
            Some(open) => match frame[open + 1..].strip_suffix(')') {
                Some(place) => (&frame[..open], place),
                None => continue,
            },
        };
        let (path, number) = path_and_line(place);
        if !(path.is_empty() && label.is_empty()) {
            thrown.push(path, number, label);
        }
    }
    thrown
}

/// Splits `path:line:column`. Read from its end, since a path may be a URL.
fn path_and_line(place: &str) -> (&str, i64) {
    let mut parts = place.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(line), Some(path)) => (path, line_number(line)),
        _ if place.contains("native") && !place.contains(':') => ("native", 0),
        _ => (place, 0),
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
