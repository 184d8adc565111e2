//! `\tat com.shop.Cart.add(Cart.java:15)` after a line that repeats the message.
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Throwable.html#printStackTrace()>

use super::trace::{Thrown, Trace, append_line, line_number};

/// What precedes the first line of an uncaught exception.
const UNCAUGHT: &str = "Exception in thread \"";

pub(super) fn parse(text: &str) -> Trace {
    let mut chain = vec![];
    let mut is_whole = true;
    let mut current = Thrown::default();
    // A message may have several lines; it ends at the first frame.
    let mut said = String::new();
    let mut is_said = false;
    for line in text.lines() {
        if let Some((path, number, label)) = frame(line) {
            finish(&mut current, &mut said, &mut is_said);
            current.push(path, number, label);
        } else if let Some(cause) = line.strip_prefix("Caused by: ") {
            if cause.starts_with("[CIRCULAR REFERENCE") {
                is_whole = false;
                continue;
            }
            finish(&mut current, &mut said, &mut is_said);
            chain.push(std::mem::take(&mut current));
            cause.clone_into(&mut said);
            is_said = false;
        } else if is_rest(line) {
            // The following frames belong to the exception that this one caused.
            finish(&mut current, &mut said, &mut is_said);
        } else if is_suppressed(line) || (is_said && line.starts_with('\t')) {
            // A suppressed exception, for which X-Ray has no place.
            finish(&mut current, &mut said, &mut is_said);
            is_whole = false;
        } else if is_said {
            is_whole &= line.trim().is_empty();
        } else {
            append_line(&mut said, line);
        }
    }
    finish(&mut current, &mut said, &mut is_said);
    chain.push(current);
    Trace {
        thrown: chain,
        is_whole,
    }
}

fn finish(current: &mut Thrown, said: &mut String, is_said: &mut bool) {
    if !*is_said {
        let thread = said
            .strip_prefix(UNCAUGHT)
            .and_then(|said| said.split_once("\" "));
        *current = Thrown::said(thread.map_or(said.as_str(), |(_, said)| said));
        said.clear();
        *is_said = true;
    }
}

/// `\t... 3 more`
fn is_rest(line: &str) -> bool {
    let number = line
        .strip_prefix("\t... ")
        .and_then(|line| line.strip_suffix(" more"));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Whether a line begins an exception that was suppressed, or that X-Ray cannot represent for another reason.
fn is_suppressed(line: &str) -> bool {
    line.starts_with("\tSuppressed: ") || line.trim_start().starts_with("[CIRCULAR REFERENCE")
}

fn frame(line: &str) -> Option<(&str, i64, &str)> {
    let frame = line.strip_prefix("\tat ")?;
    // Loggers append the archive of a class: ` ~[shop.jar:1.2]`.
    let frame = match frame.strip_suffix(']') {
        Some(before) => &before[..before.rfind(") ").map(|at| at + 1)?],
        None => frame,
    };
    let (label, place) = frame.strip_suffix(')')?.split_once('(')?;
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
        let said: Vec<_> = thrown
            .iter()
            .map(|thrown| (thrown.kind.as_str(), thrown.message.as_str()))
            .collect();
        assert_eq!(
            said,
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
}
