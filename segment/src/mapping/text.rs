//! Texts of a document: taken from attributes, and cut to what X-Ray stores.

use std::borrow::Cow;

use super::Trimmed;
use crate::{Value, names};

/// A member that may be absent.
pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// Stores `value` as a text; numbers and booleans are written out, an empty text changes nothing.
///
/// Hands back what is no text: a list or an object does not fit a member, and must not be lost.
pub(super) fn put<'a>(slot: &mut Text<'a>, value: Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Array(_) | Value::Object(_) => return Some(value),
        Value::Null => {}
        Value::Text(text) if text.is_empty() => {}
        Value::Text(text) => *slot = Some(text),
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) => {
            *slot = Some(Cow::Owned(value.to_string()));
        }
    }
    None
}

/// Stores `value` as an integer; hands back what does not spell one.
pub(super) fn put_integer<'a>(slot: &mut Option<i64>, value: Value<'a>) -> Option<Value<'a>> {
    match integer(&value) {
        Some(integer) => {
            *slot = Some(integer);
            None
        }
        None => Some(value),
    }
}

/// Reads an integer, a text that spells one, or a number without a fraction.
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

/// Cuts a text to [`names::MAX_TEXT`], and counts it if that takes something away.
pub(super) fn fit<'a>(text: Cow<'a, str>, trimmed: &mut Trimmed) -> Cow<'a, str> {
    fit_to(text, names::MAX_TEXT, trimmed)
}

/// Cuts a text to `limit` bytes, and counts it if that takes something away.
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

/// [`fit`] for a member that may be absent.
pub(super) fn fit_member<'a>(member: Text<'a>, trimmed: &mut Trimmed) -> Text<'a> {
    member.map(|text| fit(text, trimmed))
}

/// Takes `prefix` off the front of `text`; `None` if it is not there.
pub(super) fn strip<'a>(text: &Cow<'a, str>, prefix: &str) -> Text<'a> {
    match text {
        Cow::Borrowed(text) => text.strip_prefix(prefix).map(Cow::Borrowed),
        Cow::Owned(text) => text
            .strip_prefix(prefix)
            .map(|rest| Cow::Owned(rest.to_owned())),
    }
}
