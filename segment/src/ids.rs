//! The ids of traces, segments and subsegments.
//!
//! The bytes are those of OpenTelemetry's trace id and span id; only the text form of a trace id differs.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>

use std::{fmt, str::FromStr};

use crate::hex;

/// The id of a trace: 16 bytes, not all zero.
///
/// X-Ray writes it as `1-5f84c7a1-e7d1852db8c4fd35d88bf49a`; by convention, the first four bytes are the start time
/// of the trace in seconds since 1970. W3C ids, whose first bytes are random, are valid trace ids too.
///
/// ```
/// # use segment::TraceId;
/// let id: TraceId = "1-5f84c7a1-e7d1852db8c4fd35d88bf49a".parse()?;
/// assert_eq!(id.to_string(), "1-5f84c7a1-e7d1852db8c4fd35d88bf49a");
/// assert_eq!(id.to_hex(), "5f84c7a1e7d1852db8c4fd35d88bf49a");
/// # Ok::<(), segment::InvalidId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// The id of a segment or subsegment: 8 bytes, not all zero, written as 16 hexadecimal digits.
///
/// ```
/// # use segment::SegmentId;
/// let id: SegmentId = "53995C3F42CD8AD8".parse()?;
/// assert_eq!(id.to_string(), "53995c3f42cd8ad8");
/// assert!("0000000000000000".parse::<SegmentId>().is_err());
/// # Ok::<(), segment::InvalidId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId([u8; 8]);

/// A text that is not an id, with the text (cut at 64 characters) and the expected form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidId {
    text: String,
    expected: &'static str,
}

impl TraceId {
    /// Length of X-Ray's text form in bytes.
    pub const TEXT_LEN: usize = 35;

    /// Makes an id from 16 bytes; `None` if all are zero.
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// Returns the 16 bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Parses 32 hexadecimal digits, the form of OpenTelemetry and W3C; `None` for anything else, and for zeros.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::from_bytes(hex::read(text.as_bytes())?)
    }

    /// Parses X-Ray's form or OpenTelemetry's, for texts that a person has pasted; the error names X-Ray's.
    pub fn from_xray_or_hex(text: &str) -> Result<Self, InvalidId> {
        Self::from_hex(text).map_or_else(|| text.parse(), Ok)
    }

    /// Returns 32 lower-case digits, the form of OpenTelemetry and W3C.
    pub fn to_hex(self) -> String {
        let mut text = [0; 32];
        hex::write(&self.0, &mut text);
        ascii(&text).to_owned()
    }

    /// Writes 32 lower-case digits, as [`TraceId::to_hex`] returns them, to the first 32 bytes of `out`.
    pub fn write_hex(self, out: &mut [u8]) {
        hex::write(&self.0, out);
    }

    /// Returns the start time of the trace in seconds since 1970, as far as the id is X-Ray's.
    ///
    /// For a W3C id this is a random number.
    pub fn epoch_seconds(self) -> u32 {
        u32::from_be_bytes([self.0[0], self.0[1], self.0[2], self.0[3]])
    }

    /// Returns X-Ray's form without an allocation.
    pub(crate) fn text(self) -> [u8; Self::TEXT_LEN] {
        let mut text = [b'-'; Self::TEXT_LEN];
        text[0] = b'1';
        hex::write(&self.0[..4], &mut text[2..10]);
        hex::write(&self.0[4..], &mut text[11..]);
        text
    }

    /// Parses X-Ray's form.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if text.len() != Self::TEXT_LEN || &text[..2] != b"1-" || text[10] != b'-' {
            return None;
        }
        let time: [u8; 4] = hex::read(&text[2..10])?;
        let rest: [u8; 12] = hex::read(&text[11..])?;
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&time);
        bytes[4..].copy_from_slice(&rest);
        Self::from_bytes(bytes)
    }
}

impl SegmentId {
    /// Makes an id from 8 bytes; `None` if all are zero.
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        (bytes != [0; 8]).then_some(Self(bytes))
    }

    /// Returns the 8 bytes.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    /// Derives another id from this one, always the same for the same `salt`.
    ///
    /// For what needs its own id without a source of randomness: an exception, or the service's segment around a call
    /// without a caller. Ids derived from different ids, or with different salts, collide no more often than random
    /// ones.
    #[must_use]
    pub fn derive(self, salt: u64) -> Self {
        // The finaliser of SplitMix64: every bit of the input changes half of the output's bits.
        let mut word =
            u64::from_be_bytes(self.0) ^ (salt.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        Self(word.max(1).to_be_bytes())
    }

    /// Reads 16 digits.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        hex::read(text).and_then(Self::from_bytes)
    }

    /// Writes the 16 digits, in lower case, to the first 16 bytes of `out`.
    pub fn write_hex(self, out: &mut [u8]) {
        hex::write(&self.0, out);
    }

    /// Returns the 16 digits without an allocation.
    pub(crate) fn text(self) -> [u8; 16] {
        let mut text = [0; 16];
        hex::write(&self.0, &mut text);
        text
    }
}

impl FromStr for TraceId {
    type Err = InvalidId;

    /// Parses X-Ray's form: version 1, 8 digits, 24 digits, of either case.
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::read(text.as_bytes()).ok_or_else(|| {
            InvalidId::new(text, "a trace id of the form 1-8 hex digits-24 hex digits")
        })
    }
}

impl FromStr for SegmentId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::read(text.as_bytes())
            .ok_or_else(|| InvalidId::new(text, "a segment id of 16 hex digits, not all zero"))
    }
}

impl InvalidId {
    fn new(text: &str, expected: &'static str) -> Self {
        let text = text.chars().take(64).collect();
        Self { text, expected }
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(ascii(&self.text()))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(ascii(&self.text()))
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("hexadecimal digits and dashes are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_survives_both_spellings() {
        let id: TraceId = "1-5F84C7A1-e7d1852db8c4fd35d88bf49a".parse().unwrap();
        assert_eq!(id.to_string(), "1-5f84c7a1-e7d1852db8c4fd35d88bf49a");
        assert_eq!(TraceId::from_hex(&id.to_hex()), Some(id));
        assert_eq!(id.epoch_seconds(), 0x5f84_c7a1);
    }

    #[test]
    fn what_is_no_trace_id_is_refused_and_named() {
        for text in [
            "",
            "2-5f84c7a1-e7d1852db8c4fd35d88bf49a",
            "1-5f84c7a1e7d1852db8c4fd35d88bf49a-",
            "1-+f84c7a1-e7d1852db8c4fd35d88bf49a",
            "1-00000000-000000000000000000000000",
            "1-5f84c7a1-e7d1852db8c4fd35d88bf49ä",
        ] {
            let error = text.parse::<TraceId>().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn a_segment_id_is_sixteen_digits_and_not_zero() {
        assert_eq!(
            "53995C3F42CD8AD8".parse::<SegmentId>().unwrap().to_string(),
            "53995c3f42cd8ad8"
        );
        for text in [
            "0000000000000000",
            "53995c3f42cd8ad",
            "53995c3f42cd8ad8a",
            "53995c3f42cd8adg",
        ] {
            assert!(text.parse::<SegmentId>().is_err(), "{text}");
        }
    }

    #[test]
    fn derived_ids_repeat_and_differ_by_salt() {
        let id: SegmentId = "53995c3f42cd8ad8".parse().unwrap();
        assert_eq!(id.derive(1), id.derive(1));
        assert_ne!(id.derive(1), id.derive(2));
        assert_ne!(id.derive(1), id);
    }
}
