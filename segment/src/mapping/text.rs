//! Strings of a document, cut to X-Ray's limits.

use std::borrow::Cow;

use super::trimmed::Trimmed;
use crate::{Value, names};

/// An optional string.
pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// Reads an integer, a string that contains one, or a number without a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and small just before"
)]
pub(super) fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Some(*number as i64)
        }
        other => other.as_integer(),
    }
}

/// Returns a scalar as a string; `None` for an empty string, a list or an object.
pub(super) fn scalar<'a>(value: &Value<'a>) -> Text<'a> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) => {
            Some(Cow::Owned(value.to_string()))
        }
    }
}

/// Cuts a string to [`names::MAX_TEXT`] bytes, and counts a change.
pub(super) fn fit<'a>(text: Cow<'a, str>, trimmed: &mut Trimmed) -> Cow<'a, str> {
    fit_to(text, names::MAX_TEXT, trimmed)
}

/// Cuts a string to `limit` bytes, and counts a change.
pub(super) fn fit_to<'a>(text: Cow<'a, str>, limit: usize, trimmed: &mut Trimmed) -> Cow<'a, str> {
    if text.len() <= limit {
        return text;
    }
    trimmed.texts += 1;
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(names::cut_str(text, limit)),
        Cow::Owned(mut text) => {
            text.truncate(names::cut_str(&text, limit).len());
            Cow::Owned(text)
        }
    }
}

/// Removes `prefix` from the start of `text`; `None` if it is not there.
pub(super) fn strip<'a>(text: &Cow<'a, str>, prefix: &str) -> Text<'a> {
    match text {
        Cow::Borrowed(text) => text.strip_prefix(prefix).map(Cow::Borrowed),
        Cow::Owned(text) => text
            .strip_prefix(prefix)
            .map(|rest| Cow::Owned(rest.to_owned())),
    }
}
