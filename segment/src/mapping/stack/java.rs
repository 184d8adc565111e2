//! `\tat com.shop.Cart.add(Cart.java:15)` after a line that repeats the message.
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace()>

use super::trace::{Thrown, Trace, append_line, line_number};

/// What precedes the first line of an uncaught exception.
const UNCAUGHT: &str = "Exception in thread \"";
/// What precedes the exception around a cause that Logback printed first (`rootCauseFirst`).
const WRAPPED: &str = "Wrapped by: ";

pub(super) fn parse(text: &str) -> Trace {
    let mut chain = vec![];
    let mut is_whole = true;
    let mut current = Thrown::default();
    // A message may have several lines; it ends at the first frame.
    let mut message = String::new();
    let mut has_message = false;
    let mut is_root_first = false;
    for line in text.lines() {
        if let Some((path, number, label)) = frame(line) {
            finish(&mut current, &mut message, &mut has_message);
            current.push(path, number, label);
        } else if let Some(wrapper) = line.strip_prefix(WRAPPED) {
            finish(&mut current, &mut message, &mut has_message);
            chain.push(std::mem::take(&mut current));
            wrapper.clone_into(&mut message);
            has_message = false;
            is_root_first = true;
        } else if let Some(cause) = line.strip_prefix("Caused by: ") {
            if cause.starts_with("[CIRCULAR REFERENCE") {
                is_whole = false;
                continue;
            }
            finish(&mut current, &mut message, &mut has_message);
            chain.push(std::mem::take(&mut current));
            cause.clone_into(&mut message);
            has_message = false;
        } else if is_rest(line) {
            // The following frames belong to the exception that this one caused.
            finish(&mut current, &mut message, &mut has_message);
        } else if is_suppressed(line) || (has_message && line.starts_with('\t')) {
            // A suppressed exception, for which X-Ray has no place.
            finish(&mut current, &mut message, &mut has_message);
            is_whole = false;
        } else if has_message {
            is_whole &= line.trim().is_empty();
        } else {
            append_line(&mut message, line);
        }
    }
    finish(&mut current, &mut message, &mut has_message);
    chain.push(current);
    if is_root_first {
        chain.reverse();
    }
    Trace {
        thrown: chain,
        is_whole,
    }
}

fn finish(current: &mut Thrown, message: &mut String, has_message: &mut bool) {
    if !*has_message {
        let thread = message
            .strip_prefix(UNCAUGHT)
            .and_then(|message| message.split_once("\" "));
        *current = Thrown::parse(thread.map_or(message.as_str(), |(_, message)| message));
        message.clear();
        *has_message = true;
    }
}

/// `\t... 3 more`, or `\t... 3 common frames omitted` of Logback.
fn is_rest(line: &str) -> bool {
    let rest = indented(line).and_then(|line| line.strip_prefix("... "));
    let number = rest.and_then(|rest| {
        rest.strip_suffix(" more")
            .or_else(|| rest.strip_suffix(" common frames omitted"))
    });
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Returns a line without its tab, or the four spaces into which some log shippers turn it.
fn indented(line: &str) -> Option<&str> {
    line.strip_prefix('\t')
        .or_else(|| line.strip_prefix("    "))
}

/// Whether a line begins an exception that was suppressed, or that X-Ray cannot represent for another reason.
fn is_suppressed(line: &str) -> bool {
    line.starts_with("\tSuppressed: ") || line.trim_start().starts_with("[CIRCULAR REFERENCE")
}

fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let frame = indented(line)?.strip_prefix("at ")?;
    // Loggers append the archive of a class: ` ~[shop.jar:1.2]`.
    let frame = match frame.strip_suffix(']') {
        Some(before) => &before[..before.rfind(") ").map(|at| at + 1)?],
        None => frame,
    };
    let (label, place) = frame.strip_suffix(')')?.split_once('(')?;
    // `    at add (/app/cart.js:6:11)` is JavaScript's.
    if label.ends_with(' ') {
        return None;
    }
    let label = without_module(label);
    Some(match place.split_once(':') {
        Some((path, line)) => (path, line_number(line), label),
        None => (place, 0, label),
    })
}

/// Removes `loader/module@version/`. The slash in a hidden class's name, `Cart$$Lambda/0x7f01.run`, is kept.
fn without_module(label: &str) -> &str {
    let is_class = |part: &str| !part.starts_with(|first: char| first.is_ascii_digit());
    let slash = label
        .rmatch_indices('/')
        .map(|(at, _)| at + 1)
        .find(|start| is_class(&label[*start..]));
    &label[slash.unwrap_or(0)..]
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
                ("Native Method", 0, "com.shop.Main.main"),
            ],
        );
        let thrown = Language::Java.parse(trace).thrown;
        let message: Vec<_> = thrown
            .iter()
            .map(|thrown| (thrown.kind.as_str(), thrown.message.as_str()))
            .collect();
        assert_eq!(
            message,
            [
                ("java.lang.IllegalStateException", "state"),
                ("java.io.IOException", "disk\n full"),
                ("java.lang.Error", "")
            ]
        );
        assert_eq!(
            frame(&thrown[1].stack[0]),
            ("File.java", 1, "java.io.File.open")
        );
    }

    #[test]
    fn logbacks_forms_and_spaces_for_tabs_are_read() {
        let trace = "java.io.IOException: disk\n    \
            at com.shop.File.open(File.java:1)\n    \
            at com.shop.Cart.add(Cart.java:15)\n\
            Wrapped by: java.lang.IllegalStateException: state\n    \
            at com.shop.Main.main(Main.java:7)\n    \
            ... 3 common frames omitted\n";
        check("java", trace, &[("Main.java", 7, "com.shop.Main.main")]);
        let read = Language::Java.parse(trace);
        assert!(read.is_whole);
        assert_eq!(read.thrown[1].kind, "java.io.IOException");
        assert_eq!(read.thrown[1].stack.len(), 2);
        let script = "E: x\n    at add (/app/cart.js:6:11)\n";
        let read = Language::Other.parse(script);
        assert_eq!(frame(&read.thrown[0].stack[0]).1, 6);
    }
}
