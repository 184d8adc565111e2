//! Stack traces: each language writes its own format, as one string.

mod dotnet;
mod go;
mod java;
mod javascript;
mod python;
mod rust;
mod trace;

pub use trace::MAX_FRAMES;
pub(super) use trace::{Thrown, Trace};

/// The language of a resource's stack traces (`telemetry.sdk.language`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Also PHP, whose SDK writes Java's format.
    Java,
    Python,
    /// In a browser or in Node.js.
    JavaScript,
    DotNet,
    Go,
    Rust,
    /// A language whose format is not supported.
    Other,
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

    /// Parses a stack trace. If it is not in the language's format, the first format that fits it completely is used.
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

    /// As [`Language::parse`], for the stack trace of an exception with this message, of which only the first line is read:
    /// a message may contain the stack trace of another exception.
    pub(super) fn parse_with(self, text: &str, message: &str) -> Trace {
        let found = match self {
            // The last exception is the outermost one.
            Self::Python => text.rfind(message),
            _ => text.find(message),
        };
        match (found, message.split_once('\n')) {
            (Some(start), Some((line, _))) => {
                let line = line.trim_end();
                let end = start + message.len();
                self.parse(&[&text[..start], line, &text[end..]].concat())
            }
            _ => self.parse(text),
        }
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

/// All supported languages, the one with the strictest format first.
const LANGUAGES: [Language; 6] = [
    Language::Python,
    Language::Java,
    Language::JavaScript,
    Language::DotNet,
    Language::Go,
    Language::Rust,
];

#[cfg(test)]
fn check(language: &str, trace: &str, expected: &[(&str, i64, &str)]) {
    let thrown = &Language::from_name(language).parse(trace).thrown[0];
    let frames: Vec<_> = thrown.stack.iter().map(frame).collect();
    assert_eq!(frames, expected);
}

#[cfg(test)]
fn frame<'f>(frame: &'f crate::document::Frame<'_>) -> (&'f str, i64, &'f str) {
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
