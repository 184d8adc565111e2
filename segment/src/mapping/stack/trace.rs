//! What is read of a stack trace, and how.

use std::borrow::Cow;

use crate::document::Frame;

/// Most frames of one exception, as in AWS's SDK for Java; the outermost are left out.
pub const MAX_FRAMES: usize = 50;

/// A stack trace that was read.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mapping) struct Trace {
    /// The exception itself, and then what caused it, each the cause of the one before. Never empty.
    pub(in crate::mapping) thrown: Vec<Thrown>,
    /// Whether nothing in the text was left over.
    pub(in crate::mapping) is_whole: bool,
}

/// What a stack trace says of one exception.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mapping) struct Thrown {
    /// The exception's type, if the trace says it.
    pub(in crate::mapping) kind: String,
    /// What it says.
    pub(in crate::mapping) message: String,
    /// Where it was thrown, the innermost frame first.
    pub(in crate::mapping) stack: Vec<Frame<'static>>,
    /// How many frames were left out.
    pub(in crate::mapping) truncated: usize,
}

impl Trace {
    /// A text of which nothing is understood.
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
    /// Makes an exception of `shop.Error: no seat`; what is no type's name belongs to the message.
    pub(super) fn said(text: &str) -> Self {
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

/// Appends a line to what was said before.
pub(super) fn append_line(said: &mut String, line: &str) {
    if !said.is_empty() {
        said.push('\n');
    }
    said.push_str(line);
}

/// Splits `path:line:column`. Read from its end, since a path may be a URL.
pub(super) fn path_and_line(place: &str) -> Option<(&str, i64)> {
    let (before, column) = place.rsplit_once(':')?;
    let (path, line) = before.rsplit_once(':')?;
    column.parse::<u32>().ok()?;
    Some((path, line.parse().ok()?))
}

/// Reads a line number; what is none becomes 0, "unknown".
pub(super) fn line_number(text: &str) -> i64 {
    text.trim().parse().unwrap_or(0)
}
