//! `\tat com.shop.Cart.add(Cart.java:15)` after a line that repeats the message.

use super::{Thrown, line_number};

pub(super) fn parse(trace: &str) -> Vec<Thrown> {
    let mut thrown = vec![];
    let mut current = Thrown::default();
    let mut lines = trace.lines().skip(1).peekable();
    while let Some(line) = lines.next() {
        if let Some((path, number, label)) = frame(line) {
            current.push(path, number, label);
        } else if let Some(cause) = line.strip_prefix("Caused by: ") {
            let (kind, message) = cause.split_once(':').unwrap_or((cause, ""));
            let mut message = message.strip_prefix(' ').unwrap_or(message).to_owned();
            // A message of several lines goes on until the first frame.
            while let Some(more) = lines.next_if(|line| frame(line).is_none()) {
                message.push_str(more);
            }
            let caused = Thrown {
                kind: kind.to_owned(),
                message,
                ..Thrown::default()
            };
            thrown.push(std::mem::replace(&mut current, caused));
        }
    }
    thrown.push(current);
    thrown
}

fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let (label, place) = line
        .strip_prefix("\tat ")?
        .strip_suffix(')')?
        .split_once('(')?;
    // What is before the slash names a class loader or a module.
    let label = label.split_once('/').map_or(label, |(_, label)| label);
    Some(match place.split_once(':') {
        Some((path, line)) => (path, line_number(line), label),
        None => (place, 0, label),
    })
}

#[cfg(test)]
mod tests {
    use crate::mapping::stack::{Language, check, frame};

    #[test]
    fn frames_and_causes_are_read() {
        let trace = "java.lang.IllegalStateException: state\n\
            \tat com.shop.Cart.add(Cart.java:15)\n\
            \tat app//com.shop.Main.main(Native Method)\n\
            \tat com.shop.Broken\n\
            Caused by: java.io.IOException: disk\n full\n\
            \tat java.base/java.io.File.open(File.java:1)\n\
            \t... 2 more\n\
            Caused by: java.lang.Error\n";
        check(
            "java",
            trace,
            &[
                ("Cart.java", 15, "com.shop.Cart.add"),
                ("Native Method", 0, "/com.shop.Main.main"),
            ],
        );
        let thrown = Language::Java.parse(trace);
        let said: Vec<_> = thrown
            .iter()
            .map(|thrown| (thrown.kind.as_str(), thrown.message.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("", ""),
                ("java.io.IOException", "disk full"),
                ("java.lang.Error", "")
            ]
        );
        assert_eq!(
            frame(&thrown[1].stack[0]),
            ("File.java", 1, "java.io.File.open")
        );
    }
}
