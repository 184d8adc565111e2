//! The datagram: a header line, a line feed, one document.
//!
//! The rules are those that AWS's daemon 3.6.6 was observed to follow; it checks only the header line.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon>

use crate::Value;

/// The header line and its line feed, as this project sends them.
pub const HEADER: &[u8] = b"{\"format\":\"json\",\"version\":1}\n";
/// Most bytes that a UDP datagram carries over IPv4.
pub const MAX_DATAGRAM: usize = 65_507;
/// Most bytes of a document that fits into one datagram after [`HEADER`].
pub const MAX_DOCUMENT: usize = MAX_DATAGRAM - HEADER.len();

/// Why a datagram was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RefusedDatagram {
    /// There is no line feed, and therefore no header line.
    #[error(
        "no header line: write {{\"format\":\"json\",\"version\":1}}, a line feed, then the document"
    )]
    NoHeader,
    /// The first line is not a valid header.
    #[error("the first line is not {{\"format\":\"json\",\"version\":1}}")]
    BadHeader,
    /// Nothing follows the header line.
    #[error("no document after the header line")]
    NoDocument,
}

impl RefusedDatagram {
    /// All reasons, for counters that are shown even when zero.
    pub const ALL: [Self; 3] = [Self::NoHeader, Self::BadHeader, Self::NoDocument];

    /// Returns the reason as one word, for counters: `no_header`, `bad_header` or `no_document`.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::BadHeader => "bad_header",
            Self::NoDocument => "no_document",
        }
    }
}

/// Splits a datagram and returns its document: all bytes after the first line feed.
///
/// The header may have white space, further members, and a carriage return at its end; the value of `format` is
/// case-insensitive.
///
/// # Errors
///
/// Returns the reason if the header is missing or invalid, or if no document follows it.
///
/// ```
/// use segment::datagram::{HEADER, RefusedDatagram, document};
///
/// let datagram = [HEADER, b"{}"].concat();
/// assert_eq!(document(&datagram), Ok(&b"{}"[..]));
/// assert_eq!(document(b"{}"), Err(RefusedDatagram::NoHeader));
/// ```
pub fn document(datagram: &[u8]) -> Result<&[u8], RefusedDatagram> {
    let end = datagram
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or(RefusedDatagram::NoHeader)?;
    let (line, document) = (&datagram[..end], &datagram[end + 1..]);
    if document.is_empty() {
        return Err(RefusedDatagram::NoDocument);
    }
    // The header that every SDK sends, compared first because this runs a few thousand times a second.
    if line == &HEADER[..HEADER.len() - 1] || is_valid(line) {
        return Ok(document);
    }
    Err(RefusedDatagram::BadHeader)
}

/// Parses the line as Go's JSON decoder does: member names are case-insensitive, and the last of two members with one
/// name counts.
fn is_valid(line: &[u8]) -> bool {
    let Some(Value::Object(members)) = std::str::from_utf8(line)
        .ok()
        .and_then(|line| Value::parse(line).ok())
    else {
        return false;
    };
    let last = |name: &str| {
        members
            .iter()
            .rev()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    };
    matches!(last("format"), Some(Value::Text(format)) if format.eq_ignore_ascii_case("json"))
        && matches!(last("version"), Some(Value::Integer(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_every_byte_behind_the_first_line_feed() {
        assert_eq!(
            document(b"{\"version\":1,\"format\":\"Json\"}\r\n{}\n"),
            Ok(&b"{}\n"[..])
        );
        assert_eq!(
            document(b"{\"format\":\"json\",\"version\":1}\n\xff\xfe"),
            Ok(&b"\xff\xfe"[..])
        );
    }

    #[test]
    fn other_versions_formats_and_shapes_are_bad_headers() {
        for header in [
            "{\"format\":\"json\",\"version\":2}",
            "{\"format\":\"json\",\"version\":1.0}",
            "{\"format\":\"xml\",\"version\":1}",
            "[]",
            "{}",
            "hello",
            "",
        ] {
            let datagram = format!("{header}\n{{}}");
            assert_eq!(
                document(datagram.as_bytes()),
                Err(RefusedDatagram::BadHeader),
                "{header}"
            );
        }
    }
}
