//! Why a document was refused.

use std::fmt;

use crate::SegmentId;

/// Why a document was refused, as one word; the console's answers have it as `ErrorCode`.
/// <https://docs.aws.amazon.com/xray/latest/api/API_UnprocessedTraceSegment.html>
///
/// `MissingParentId` and `InvalidTraceId` are AWS's own codes. AWS does not publish the others; these follow its
/// style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusalCode {
    /// Longer than 64 KiB.
    DocumentTooLarge,
    /// Not JSON, not UTF-8, or nested more than 128 levels deep.
    InvalidJson,
    /// JSON, but not an object; or `subsegments` is not a list of objects.
    InvalidDocument,
    /// `type` is not `subsegment`.
    InvalidType,
    /// No `name`.
    MissingName,
    /// `name` is empty, longer than 200 characters, or not a string.
    InvalidName,
    /// No `id`.
    MissingId,
    /// `id` is not 16 hex digits, or all zero.
    InvalidId,
    /// No `trace_id` on a segment or an independent subsegment.
    MissingTraceId,
    /// `trace_id` is not of the form `1-8 hex digits-24 hex digits`.
    InvalidTraceId,
    /// No `parent_id` on an independent subsegment.
    MissingParentId,
    /// `parent_id` is not 16 hex digits.
    InvalidParentId,
    /// No `start_time`.
    MissingStartTime,
    /// `start_time` is not a number of seconds since 1970.
    InvalidStartTime,
    /// Neither `end_time` nor `in_progress`.
    MissingEndTime,
    /// `end_time` is not a number of seconds since 1970, or is before `start_time`.
    InvalidEndTime,
}

/// A document that was refused, with the reason.
///
/// ```
/// use segment::{Document, RefusalCode};
///
/// let refused = Document::decode(r#"{"name": "shop", "start_time": 1}"#).unwrap_err();
/// assert_eq!(refused.code, RefusalCode::MissingId);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct RefusedDocument {
    /// The reason as one word.
    pub code: RefusalCode,
    /// The reason, with the value and what was expected.
    pub message: String,
    /// The document's `id`, if it could be read.
    pub id: Option<SegmentId>,
}

impl RefusalCode {
    /// Returns the code in the form that AWS's codes have, as `MissingParentId`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DocumentTooLarge => "DocumentTooLarge",
            Self::InvalidJson => "InvalidJson",
            Self::InvalidDocument => "InvalidDocument",
            Self::InvalidType => "InvalidType",
            Self::MissingName => "MissingName",
            Self::InvalidName => "InvalidName",
            Self::MissingId => "MissingId",
            Self::InvalidId => "InvalidId",
            Self::MissingTraceId => "MissingTraceId",
            Self::InvalidTraceId => "InvalidTraceId",
            Self::MissingParentId => "MissingParentId",
            Self::InvalidParentId => "InvalidParentId",
            Self::MissingStartTime => "MissingStartTime",
            Self::InvalidStartTime => "InvalidStartTime",
            Self::MissingEndTime => "MissingEndTime",
            Self::InvalidEndTime => "InvalidEndTime",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl RefusedDocument {
    pub(super) fn new(code: RefusalCode, message: String) -> Self {
        Self {
            code,
            message,
            id: None,
        }
    }
}
