//! The trace header `X-Amzn-Trace-Id`.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>

use std::{borrow::Cow, fmt};

use crate::{SegmentId, TraceId};

/// The header's name as HTTP/2 writes it; HTTP compares without case.
pub const TRACE_HEADER: &str = "x-amzn-trace-id";

/// Longest header that is read, in bytes. AWS's own services stay far below; what is longer is noise,
/// and its unknown parts would be forwarded to every callee.
pub const MAX_TRACE_HEADER: usize = 2_048;

/// What a trace header says.
///
/// Reading never fails: a part that cannot be understood is left out, and a request is never refused
/// for its trace header. Parts without `=` are skipped; of two parts with one key the last counts; key
/// names are compared exactly, so `root=` is an unknown part; `Self` is dropped.
///
/// ```
/// # use segment::{Sampled, TraceHeader};
/// let header = TraceHeader::parse("Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a; Sampled=?;Lineage=25:6e4bd1b3:3");
/// assert_eq!(header.sampled, Some(Sampled::Requested));
/// assert_eq!(header.parent, None);
/// assert_eq!(
///     header.to_string(),
///     "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Sampled=?;Lineage=25:6e4bd1b3:3"
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceHeader<'a> {
    /// The trace. `None` if absent, malformed, of another version than 1, or all zero.
    pub root: Option<TraceId>,
    /// The segment or subsegment that made the call. A load balancer sends none.
    pub parent: Option<SegmentId>,
    /// The caller's decision; `None` leaves it to the callee.
    pub sampled: Option<Sampled>,
    /// `Lineage` and every unknown part, in order, to be forwarded as they are.
    pub extra: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The `Sampled` part of a trace header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// `Sampled=1`: the trace is recorded.
    Yes,
    /// `Sampled=0`: it is not.
    No,
    /// `Sampled=?`: the callee decides, and says so in the response's header.
    Requested,
}

impl<'a> TraceHeader<'a> {
    /// Reads a header's value. One longer than [`MAX_TRACE_HEADER`] is read as an empty one.
    pub fn parse(value: &'a str) -> Self {
        let mut header = Self::default();
        if value.len() > MAX_TRACE_HEADER {
            return header;
        }
        let mut rest = Some(value);
        while let Some(parts) = rest {
            let (part, others) = split_once(parts, b';').unzip();
            if let Some((key, value)) = split_once(part.unwrap_or(parts).trim_ascii(), b'=') {
                header.take(key, value);
            }
            rest = others;
        }
        header
    }

    /// Returns the trace and the calling segment, if the header names both.
    pub fn remote_parent(&self) -> Option<(TraceId, SegmentId)> {
        self.root.zip(self.parent)
    }

    /// Returns the header of the response to a request that carried this one.
    ///
    /// As AWS's SDKs answer: the trace, the caller's `Parent`, and `Sampled` only if the caller sent it,
    /// with the decision where it asked for one. `trace` is the trace that was recorded, `sampled` what
    /// was decided.
    #[must_use]
    pub fn response(&self, trace: TraceId, sampled: bool) -> TraceHeader<'static> {
        TraceHeader {
            root: Some(trace),
            parent: self.remote_parent().map(|(_, parent)| parent),
            sampled: self.sampled.map(|asked| match asked {
                Sampled::Requested => sampled.into(),
                given => given,
            }),
            extra: Vec::new(),
        }
    }

    /// Appends the header: `Root`, `Parent`, `Sampled`, then the extra parts; `Self` never.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(root) = self.root {
            out.extend_from_slice(b";Root=");
            out.extend_from_slice(&root.text());
        }
        if let Some(parent) = self.parent {
            out.extend_from_slice(b";Parent=");
            out.extend_from_slice(&parent.text());
        }
        if let Some(sampled) = self.sampled {
            out.extend_from_slice(b";Sampled=");
            out.extend_from_slice(sampled.as_str().as_bytes());
        }
        for (key, value) in self.extra.iter().filter(|(key, _)| key != "Self") {
            for part in [";", key, "=", value] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        // The first part has nothing to be separated from.
        if out.len() > start {
            out.remove(start);
        }
    }

    fn take(&mut self, key: &'a str, value: &'a str) {
        match key {
            "Root" => self.root = value.parse().ok(),
            "Parent" => self.parent = value.parse().ok(),
            "Sampled" => self.sampled = Sampled::parse(value),
            "Self" => {}
            _ => self.keep(key, value),
        }
    }

    fn keep(&mut self, key: &'a str, value: &'a str) {
        self.extra.retain(|(known, _)| known != key);
        self.extra.push((Cow::Borrowed(key), Cow::Borrowed(value)));
    }
}

impl Sampled {
    fn parse(value: &str) -> Option<Self> {
        match value {
            "1" => Some(Self::Yes),
            "0" => Some(Self::No),
            "?" => Some(Self::Requested),
            _ => None,
        }
    }
}

impl From<bool> for Sampled {
    fn from(sampled: bool) -> Self {
        if sampled { Self::Yes } else { Self::No }
    }
}

impl Sampled {
    fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "1",
            Self::No => "0",
            Self::Requested => "?",
        }
    }
}

impl fmt::Display for Sampled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for TraceHeader<'_> {
    /// Writes the header as [`TraceHeader::encode`] does.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.encode(&mut out);
        formatter.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Splits at the first `separator`, an ASCII character. The parts of a header are too short for the search
/// that the standard library has for long texts.
fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let header = TraceHeader::parse("Sampled=0;A=1;B=2;Sampled=1;A=3");
        assert_eq!(header.sampled, Some(Sampled::Yes));
        assert_eq!(header.to_string(), "Sampled=1;B=2;A=3");
    }

    #[test]
    fn garbage_and_endless_headers_read_as_empty() {
        for value in ["", ";;;", "=", "Root", "\u{0}ß;=;"] {
            assert_eq!(TraceHeader::parse(value).remote_parent(), None, "{value:?}");
        }
        let long = format!(
            "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;A={}",
            "x".repeat(65_536)
        );
        assert_eq!(TraceHeader::parse(&long), TraceHeader::default());
    }
}
