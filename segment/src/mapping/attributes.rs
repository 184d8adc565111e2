//! A span's attributes. A block of the document takes those that it needs; the rest becomes metadata, so none is
//! lost.

use std::borrow::Cow;

use super::{
    text::{Text, fit, integer},
    trimmed::Trimmed,
};
use crate::{Value, names, value::Members};

/// A span's attributes.
#[derive(Default)]
pub(super) struct Attributes<'a> {
    list: Members<'a>,
    /// What the mapping adds to the metadata.
    added: Members<'a>,
}

/// The position of an attribute that a block may need; none at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// Which values a member accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepts {
    /// A text that is not empty, a number or a boolean.
    Text,
    /// What spells an integer.
    Integer,
    /// A text or a list.
    List,
}

impl Slot {
    /// Whether there is such an attribute.
    pub(super) fn is_set(self) -> bool {
        self != Self::default()
    }

    /// Returns this attribute, or the other one if there is none.
    pub(super) fn or(self, other: Self) -> Self {
        if self.is_set() { self } else { other }
    }

    /// Returns this attribute, or none unless `is_wanted`.
    pub(super) fn only_if(self, is_wanted: bool) -> Self {
        if is_wanted { self } else { Self::default() }
    }

    fn index(self) -> Option<usize> {
        usize::try_from(self.0).ok()?.checked_sub(1)
    }
}

impl<'a> Attributes<'a> {
    /// Takes the attributes of a span.
    pub(super) fn new(list: Members<'a>) -> Self {
        Self {
            list,
            added: Vec::new(),
        }
    }

    /// Returns all attributes; those that were taken are null.
    pub(super) fn list(&self) -> &Members<'a> {
        &self.list
    }

    /// Returns all attributes; those that were taken are null.
    pub(super) fn list_mut(&mut self) -> &mut Members<'a> {
        &mut self.list
    }

    /// Adds a member to the metadata.
    pub(super) fn add(&mut self, key: &'static str, value: Value<'a>) {
        self.added.push((Cow::Borrowed(key), value));
    }

    /// Returns the attributes left for the metadata; those that were taken are null.
    pub(super) fn into_left(self) -> Members<'a> {
        let mut left = self.list;
        left.extend(self.added);
        left
    }

    /// Records in `slot` that the attribute `index` may be needed, if its value is accepted. If there are several,
    /// the last counts; earlier ones are kept unless they have the same value.
    pub(super) fn note(&mut self, index: usize, slot: &mut Slot, accepts: Accepts) {
        let value = &self.list[index].1;
        let is_wanted = match accepts {
            Accepts::Text => match value {
                Value::Text(text) => !text.is_empty(),
                Value::Bool(_) | Value::Integer(_) | Value::Number(_) => true,
                Value::Null | Value::Array(_) | Value::Object(_) => false,
            },
            Accepts::Integer => integer(value).is_some(),
            Accepts::List => matches!(value, Value::Text(_) | Value::Array(_)),
        };
        if !is_wanted {
            return;
        }
        if let Some(before) = slot.index()
            && self.list[before].1 == *value
        {
            self.list[before].1 = Value::Null;
        }
        *slot = Slot(u32::try_from(index + 1).unwrap_or_default());
    }

    /// Returns an attribute's value.
    pub(super) fn value(&self, slot: Slot) -> Option<&Value<'a>> {
        slot.index().map(|index| &self.list[index].1)
    }

    /// Returns an attribute as a string; numbers and booleans are formatted.
    pub(super) fn text(&self, slot: Slot) -> Text<'_> {
        Some(match self.value(slot)? {
            Value::Null => return None,
            Value::Text(text) => Cow::Borrowed(text),
            other => Cow::Owned(other.to_string()),
        })
    }

    /// Returns a copy of an attribute's text that outlives the attributes.
    pub(super) fn copy(&self, slot: Slot) -> Text<'a> {
        Some(match self.value(slot)? {
            Value::Null => return None,
            Value::Text(text) => text.clone(),
            other => Cow::Owned(other.to_string()),
        })
    }

    /// Returns an attribute as an integer.
    pub(super) fn integer(&self, slot: Slot) -> Option<i64> {
        self.value(slot).and_then(integer)
    }

    /// Takes an attribute out of its place.
    pub(super) fn take(&mut self, slot: Slot) -> Text<'a> {
        match std::mem::replace(&mut self.list[slot.index()?].1, Value::Null) {
            Value::Null => None,
            Value::Text(text) => Some(text),
            other => Some(Cow::Owned(other.to_string())),
        }
    }

    /// Puts an attribute back that was taken out of its place.
    pub(super) fn put_back(&mut self, slot: Slot, text: Cow<'a, str>) {
        if let Some(index) = slot.index() {
            self.list[index].1 = Value::Text(text);
        }
    }

    /// Takes an attribute for a member of the document. If it has to be cut, the whole value is also kept.
    pub(super) fn take_fitting(&mut self, slot: Slot, trimmed: &mut Trimmed) -> Text<'a> {
        match self.value(slot)? {
            Value::Text(text) if text.len() > names::MAX_TEXT => Some(fit(text.clone(), trimmed)),
            _ => self.take(slot),
        }
    }

    /// Removes an attribute that the document contains already.
    pub(super) fn forget(&mut self, slot: Slot) {
        if let Some(index) = slot.index() {
            self.list[index].1 = Value::Null;
        }
    }

    /// Removes an attribute whose text is contained in `whole`.
    pub(super) fn forget_if_in(&mut self, slot: Slot, whole: &str) {
        let is_contained = match self.value(slot) {
            None | Some(Value::Null) => false,
            // Most often the end of a URL or its whole.
            Some(Value::Text(text)) => {
                whole.ends_with(text.as_ref()) || whole.contains(text.as_ref())
            }
            Some(other) => whole.contains(&other.to_string()),
        };
        if is_contained {
            self.forget(slot);
        }
    }
}
