//! The trace header `X-Amzn-Trace-Id`.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>

mod lines;

use std::{borrow::Cow, fmt};

use crate::{SegmentId, TraceId};

/// The header's name in lower case, as HTTP/2 writes it; header names are case-insensitive.
pub const TRACE_HEADER: &str = "x-amzn-trace-id";

/// Longest header that is read, in bytes. AWS's own services send far shorter ones; the unknown parts of a longer one
/// would be forwarded with every call.
pub const MAX_TRACE_HEADER: usize = 2_048;

/// The parsed trace header.
///
/// Parsing never fails: a part that is invalid or not UTF-8 is skipped, so a request is never refused because of its
/// trace header. Parts without `=` are skipped; of two parts with one key the last valid one counts; keys are
/// case-sensitive, so `root=` is an unknown part; `Self` is dropped.
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
    /// The trace id. `None` if absent, malformed, of a version other than 1, or all zero.
    pub root: Option<TraceId>,
    /// The segment or subsegment that made the call. Load balancers send none.
    pub parent: Option<SegmentId>,
    /// The caller's sampling decision; `None` leaves it to the called service.
    pub sampled: Option<Sampled>,
    /// `Lineage` and every unknown part, in order, to be forwarded unchanged.
    pub extra: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// The `Sampled` part of a trace header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// `Sampled=1`: the trace is recorded.
    Yes,
    /// `Sampled=0`: the trace is not recorded.
    No,
    /// `Sampled=?`: the called service decides, and returns its decision in the response's header.
    Requested,
}

impl<'a> TraceHeader<'a> {
    /// Parses a header value. A value longer than [`MAX_TRACE_HEADER`] is treated as empty.
    pub fn parse(value: &'a str) -> Self {
        Self::parse_parts(value.as_bytes())
    }

    /// Parses a header value given as bytes, as in HTTP.
    pub fn parse_bytes(value: &'a [u8]) -> Self {
        Self::parse_usual(value).unwrap_or_else(|| Self::parse_parts(value))
    }

    fn parse_parts(value: &'a [u8]) -> Self {
        let mut header = Self::default();
        if value.len() > MAX_TRACE_HEADER {
            return header;
        }
        let mut rest = Some(value);
        while let Some(parts) = rest {
            let (part, others) = split_once(parts, b';').unzip();
            if let Ok(part) = std::str::from_utf8(part.unwrap_or(parts).trim_ascii())
                && let Some((key, value)) = part.split_once('=')
            {
                header.take(key.trim_ascii_end(), value.trim_ascii_start());
            }
            rest = others;
        }
        header
    }

    /// Returns the trace and the calling segment or subsegment, if the header names both.
    pub fn remote_parent(&self) -> Option<(TraceId, SegmentId)> {
        self.root.zip(self.parent)
    }

    /// Returns the header of a call that `parent` makes in a trace: the bytes that [`TraceHeader::encode`] would append, without
    /// extra parts.
    pub fn of_call(root: TraceId, parent: SegmentId, sampled: bool) -> [u8; 74] {
        let mut text =
            *b"Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0";
        text[5..40].copy_from_slice(&root.text());
        parent.write_hex(&mut text[48..64]);
        text[73] += u8::from(sampled);
        text
    }

    /// Returns the header of the response to a request that carried this one.
    ///
    /// The form is that of AWS's SDKs: the trace id, the caller's `Parent` if it is of this trace, and `Sampled` only
    /// if the caller sent it. `trace` is the trace that the request belongs to; `sampled` is the decision on it,
    /// whatever the caller's header said.
    ///
    /// ```
    /// use segment::TraceHeader;
    ///
    /// let request = TraceHeader::parse("Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Sampled=?");
    /// let response = request.response(request.root.unwrap(), true);
    /// assert_eq!(response.to_string(), "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Sampled=1");
    /// ```
    #[must_use]
    pub fn response(&self, trace: TraceId, sampled: bool) -> TraceHeader<'static> {
        TraceHeader {
            root: Some(trace),
            parent: self.parent.filter(|_| self.root == Some(trace)),
            sampled: self.sampled.map(|_| sampled.into()),
            extra: Vec::new(),
        }
    }

    /// Appends the header: `Root`, `Parent`, `Sampled`, then the extra parts, but never `Self`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.encode_to(|part| out.extend_from_slice(part));
    }

    /// Passes the header to `push` piece by piece, as [`TraceHeader::encode`] appends it.
    pub fn encode_to(&self, mut push: impl FnMut(&[u8])) {
        // The first part has no separator before it.
        let mut skip = 1;
        let mut begin = |push: &mut dyn FnMut(&[u8]), key: &[u8]| {
            push(&key[skip..]);
            skip = 0;
        };
        if let Some(root) = self.root {
            begin(&mut push, b";Root=");
            push(&root.text());
        }
        if let Some(parent) = self.parent {
            begin(&mut push, b";Parent=");
            push(&parent.text());
        }
        if let Some(sampled) = self.sampled {
            begin(&mut push, b";Sampled=");
            push(sampled.as_str().as_bytes());
        }
        for (key, value) in self.extra.iter().filter(|(key, _)| key != "Self") {
            begin(&mut push, b";");
            for part in [key, "=", value] {
                push(part.as_bytes());
            }
        }
    }

    /// Parses the header that AWS's SDKs send, `Root=…;Parent=…;Sampled=…`, in which every byte has a fixed position.
    /// Returns `None` for any other header, which is then parsed part by part; that takes three times as long.
    fn parse_usual(value: &[u8]) -> Option<Self> {
        let (root, rest) = value
            .strip_prefix(b"Root=")?
            .split_at_checked(TraceId::TEXT_LEN)?;
        let (parent, rest) = rest.strip_prefix(b";Parent=")?.split_at_checked(16)?;
        let sampled = match rest.strip_prefix(b";Sampled=")? {
            b"1" => Sampled::Yes,
            b"0" => Sampled::No,
            b"?" => Sampled::Requested,
            _ => return None,
        };
        Some(Self {
            root: Some(TraceId::read(root)?),
            parent: Some(SegmentId::read(parent)?),
            sampled: Some(sampled),
            extra: Vec::new(),
        })
    }

    fn take(&mut self, key: &'a str, value: &'a str) {
        match key {
            "Root" => self.root = value.parse().ok().or(self.root),
            "Parent" => self.parent = value.parse().ok().or(self.parent),
            "Sampled" => self.sampled = Sampled::parse(value).or(self.sampled),
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

/// Splits at the first `separator`. The standard library's search is made for longer texts than the parts of a
/// header.
fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
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
    fn an_odd_part_costs_itself_alone() {
        const HEADER: &str =
            "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled=1";
        for odd in [
            &b"CalledFrom=Caf\xe9"[..],
            b"\xff\xfe",
            b"Root=1-x",
            b"Parent=0",
            b"Sampled=maybe",
            b"=",
        ] {
            let header = [HEADER.as_bytes(), odd].join(&b';');
            let header = TraceHeader::parse_bytes(&header);
            assert_eq!(
                header.remote_parent(),
                TraceHeader::parse(HEADER).remote_parent()
            );
            assert_eq!(header.sampled, Some(Sampled::Yes), "{}", odd.escape_ascii());
        }
        let header = format!("{HEADER};CalledFrom=Café;A = b, c");
        assert_eq!(
            TraceHeader::parse(&header).to_string(),
            format!("{HEADER};CalledFrom=Café;A=b, c")
        );
    }

    #[test]
    fn the_usual_header_is_read_like_any_other() {
        const ROOT: &str = "Root=1-5f84c7a1-E7d1852db8c4fd35d88bf49a";
        for rest in [
            ";Parent=53995c3f42cd8ad8;Sampled=1",
            ";Parent=53995c3f42cd8ad8;Sampled=0",
            ";Parent=53995c3f42cd8ad8;Sampled=?",
            ";Parent=53995c3f42cd8ad8;Sampled=2",
            ";Parent=0000000000000000;Sampled=1",
            ";Parent=53995c3f42cd8ad;Sampled=1",
            ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a",
            "",
        ] {
            let header = format!("{ROOT}{rest}");
            let read = TraceHeader::parse_bytes(header.as_bytes());
            assert_eq!(read, TraceHeader::parse(&header), "{header}");
        }
        assert_eq!(
            TraceHeader::parse_bytes(b"Root=\xff"),
            TraceHeader::default()
        );
    }

    #[test]
    fn the_header_of_a_call_is_written_like_any_other() {
        for sampled in [true, false] {
            let header = format!(
                "Root=1-5f84c7a1-e7d1852db8c4fd35d88bf49a;Parent=53995c3f42cd8ad8;Sampled={}",
                u8::from(sampled)
            );
            let (root, parent) = TraceHeader::parse(&header).remote_parent().unwrap();
            let written = TraceHeader::of_call(root, parent, sampled);
            assert_eq!(str::from_utf8(&written), Ok(header.as_str()));
        }
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
