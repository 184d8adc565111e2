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

/// What a stack trace says of one exception.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Thrown {
    /// The exception's type; empty for the first of a trace, whose event says it.
    pub(super) kind: String,
    /// What it says; empty for the first of a trace.
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

    /// Reads a stack trace: the exception itself, and then what caused it, each the cause of the one before.
    pub(super) fn parse(self, trace: &str) -> Vec<Thrown> {
        match self {
            Self::Java => java::parse(trace),
            Self::Python => python::parse(trace),
            Self::JavaScript => vec![javascript::parse(trace)],
            Self::DotNet => vec![dotnet::parse(trace)],
            Self::Go => vec![go::parse(trace)],
            Self::Rust => vec![rust::parse(trace)],
            Self::Other => vec![Thrown::default()],
        }
    }
}

impl Thrown {
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

/// Reads a line number; what is none becomes 0, "unknown".
fn line_number(text: &str) -> i64 {
    text.trim().parse().unwrap_or(0)
}

#[cfg(test)]
fn check(language: &str, trace: &str, expected: &[(&str, i64, &str)]) {
    let thrown = &Language::from_name(language).parse(trace)[0];
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
                assert!(!Language::from_name(language).parse(trace).is_empty());
            }
        }
    }

    #[test]
    fn the_outermost_frames_are_left_out_and_counted() {
        let trace = format!("E\n{}", "\tat a.b(C.java:1)\n".repeat(MAX_FRAMES + 7));
        let thrown = &Language::Java.parse(&trace)[0];
        assert_eq!((thrown.stack.len(), thrown.truncated), (MAX_FRAMES, 7));
    }
}
