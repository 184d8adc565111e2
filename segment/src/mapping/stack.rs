//! Stack traces: each language writes its own, as one text.

mod dotnet;
mod go;
mod java;
mod javascript;
mod python;
mod rust;

use std::borrow::Cow;

use crate::document::Frame;

/// Most frames of one exception, as in AWS's SDK for Java; the outermost are left out.
pub const MAX_FRAMES: usize = 50;

/// Whose stack traces a resource's spans carry (`telemetry.sdk.language`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// PHP's SDK writes what Java writes.
    Java,
    Python,
    /// In a browser or in Node.js.
    JavaScript,
    DotNet,
    Go,
    Rust,
    /// None that is read here.
    Other,
}

/// A stack trace that was read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Trace {
    /// The exception itself, and then what caused it, each the cause of the one before. Never empty.
    pub(super) thrown: Vec<Thrown>,
    /// Whether nothing in the text was left over.
    pub(super) is_whole: bool,
}

/// What a stack trace says of one exception.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Thrown {
    /// The exception's type, if the trace says it.
    pub(super) kind: String,
    /// What it says.
    pub(super) message: String,
    /// Where it was thrown, the innermost frame first.
    pub(super) stack: Vec<Frame<'static>>,
    /// How many frames were left out.
    pub(super) truncated: usize,
}

impl Language {
    /// Reads `telemetry.sdk.language`.
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "java" | "php" => Self::Java,
            "python" => Self::Python,
            "javascript" | "nodejs" | "webjs" => Self::JavaScript,
            "dotnet" => Self::DotNet,
            "go" => Self::Go,
            "rust" => Self::Rust,
            _ => Self::Other,
        }
    }

    /// Reads a stack trace. One in another form than the language's is read in whichever form fits it whole.
    pub(super) fn parse(self, text: &str) -> Trace {
        let trace = self.read(text);
        if trace.has_frames() || text.trim().is_empty() {
            return trace;
        }
        let others = LANGUAGES.into_iter().filter(|other| *other != self);
        let mut others = others.map(|other| other.read(text));
        let fitting = others.find(|other| other.is_whole && other.has_frames());
        fitting.unwrap_or(trace)
    }

    fn read(self, text: &str) -> Trace {
        match self {
            Self::Java => java::parse(text),
            Self::Python => python::parse(text),
            Self::JavaScript => javascript::parse(text),
            Self::DotNet => dotnet::parse(text),
            Self::Go => go::parse(text),
            Self::Rust => rust::parse(text),
            Self::Other => Trace::unread(),
        }
    }
}

/// All languages that are read; whose form is the strictest comes first.
const LANGUAGES: [Language; 6] = [
    Language::Python,
    Language::Java,
    Language::JavaScript,
    Language::DotNet,
    Language::Go,
    Language::Rust,
];

impl Trace {
    /// A text of which nothing is understood.
    fn unread() -> Self {
        Self {
            thrown: vec![Thrown::default()],
            is_whole: false,
        }
    }

    /// Whether any frame was read.
    pub(super) fn has_frames(&self) -> bool {
        self.thrown.iter().any(|thrown| !thrown.stack.is_empty())
    }
}

impl Thrown {
    /// Makes an exception of `shop.Error: no seat`; what is no type's name belongs to the message.
    fn said(text: &str) -> Self {
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

    fn push(&mut self, path: &str, line: i64, label: &str) {
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
fn append_line(said: &mut String, line: &str) {
    if !said.is_empty() {
        said.push('\n');
    }
    said.push_str(line);
}

/// Splits `path:line:column`. Read from its end, since a path may be a URL.
fn path_and_line(place: &str) -> Option<(&str, i64)> {
    let (before, column) = place.rsplit_once(':')?;
    let (path, line) = before.rsplit_once(':')?;
    column.parse::<u32>().ok()?;
    Some((path, line.parse().ok()?))
}

/// Reads a line number; what is none becomes 0, "unknown".
fn line_number(text: &str) -> i64 {
    text.trim().parse().unwrap_or(0)
}

#[cfg(test)]
fn check(language: &str, trace: &str, expected: &[(&str, i64, &str)]) {
    let thrown = &Language::from_name(language).parse(trace).thrown[0];
    let frames: Vec<_> = thrown.stack.iter().map(frame).collect();
    assert_eq!(frames, expected);
}

#[cfg(test)]
fn frame<'f>(frame: &'f Frame<'_>) -> (&'f str, i64, &'f str) {
    (
        frame.path.as_deref().unwrap(),
        frame.line.unwrap(),
        frame.label.as_deref().unwrap(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_makes_a_parser_panic() {
        for language in ["java", "python", "nodejs", "dotnet", "go", "rust", "ruby"] {
            for trace in [
                "",
                "\n",
                "\n\n\n",
                "x\n\tat (",
                "x\n\tat )(",
                "x\nCaused by: ",
                "x\nCaused by: E:",
                "  File \"\"\nDuring handling of the above exception, another exception occurred:\nx\n",
                "During handling of the above exception, another exception occurred:\n\n\n",
                "x\n    at é(ü:1:2)",
                "x\n   at  in :line",
                "x\ngoroutine 1 [running]:",
                "0: \n at ",
                "0: é\n at é:1:",
            ] {
                assert!(!Language::from_name(language).parse(trace).thrown.is_empty());
            }
        }
    }

    #[test]
    fn the_outermost_frames_are_left_out_and_counted() {
        let trace = format!("E\n{}", "\tat a.b(C.java:1)\n".repeat(MAX_FRAMES + 7));
        let thrown = &Language::Java.parse(&trace).thrown[0];
        assert_eq!((thrown.stack.len(), thrown.truncated), (MAX_FRAMES, 7));
    }
}
