//! The result of parsing a stack trace.

use std::borrow::Cow;

use crate::document::Frame;

/// Most frames of one exception, as in AWS's SDK for Java; the outermost ones are left out.
pub const MAX_FRAMES: usize = 50;

/// A parsed stack trace.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mapping) struct Trace {
    /// The exception, followed by its causes, each the cause of the one before. Never empty.
    pub(in crate::mapping) thrown: Vec<Thrown>,
    /// Whether all of the text was parsed.
    pub(in crate::mapping) is_whole: bool,
}

/// One exception of a stack trace.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mapping) struct Thrown {
    /// The exception's type, if the stack trace has it.
    pub(in crate::mapping) kind: String,
    /// Its message.
    pub(in crate::mapping) message: String,
    /// Where it was thrown, the innermost frame first.
    pub(in crate::mapping) stack: Vec<Frame<'static>>,
    /// How many frames were left out.
    pub(in crate::mapping) truncated: usize,
}

impl Trace {
    /// The result for a text in an unknown format.
    pub(super) fn unread() -> Self {
        Self {
            thrown: vec![Thrown::default()],
            is_whole: false,
        }
    }

    /// Whether any frame was read.
    pub(in crate::mapping) fn has_frames(&self) -> bool {
        self.thrown.iter().any(|thrown| !thrown.stack.is_empty())
    }
}

impl Thrown {
    /// Makes an exception from `shop.Error: no seat`; a part that is not a type's name belongs to the message.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim_end();
        let (kind, message) = match text.split_once(':') {
            Some((kind, message)) => (kind, message.strip_prefix(' ').unwrap_or(message)),
            None => (text, ""),
        };
        let is_type = !kind.is_empty() && !kind.contains(char::is_whitespace);
        let (kind, message) = if is_type { (kind, message) } else { ("", text) };
        Self {
            kind: kind.to_owned(),
            message: message.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, path: &str, line: i64, label: &str) {
        if self.stack.len() == MAX_FRAMES {
            self.truncated += 1;
            return;
        }
        let text = |text: &str| Some(Cow::Owned(text.to_owned()));
        self.stack.push(Frame {
            path: text(path),
            line: Some(line),
            label: text(label),
            ..Frame::default()
        });
    }
}

/// Appends a line to a message.
pub(super) fn append_line(message: &mut String, line: &str) {
    if !message.is_empty() {
        message.push('\n');
    }
    message.push_str(line);
}

/// Splits `path:line:column`, from its end, since the path may be a URL.
pub(super) fn path_and_line(place: &str) -> Option<(&str, i64)> {
    let (before, column) = place.rsplit_once(':')?;
    let (path, line) = before.rsplit_once(':')?;
    column.parse::<u32>().ok()?;
    Some((path, line.parse().ok()?))
}

/// Parses a line number; 0, "unknown", if it is invalid.
pub(super) fn line_number(text: &str) -> i64 {
    text.trim().parse().unwrap_or(0)
}
