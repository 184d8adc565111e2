//! The attributes of an open span: one list, and one buffer for all their texts.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use opentelemetry::{Array, StringValue, Value as OtelValue};
use segment::value::Members;

use crate::ended::value as borrowed;

/// Up to this many attributes, a key is searched for in the list; beyond it, by its hash.
const SHORT: usize = 24;
/// Replaced texts are kept until they are this many bytes and half of the buffer.
const MAX_REPLACED: usize = 4096;
/// Room that is kept for the next span.
const KEPT_ATTRIBUTES: usize = 32;
const KEPT_BYTES: usize = 4096;

/// Attributes by key; setting a key again replaces its value. Setting an attribute needs no allocation of its own.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    list: Vec<Attribute>,
    texts: String,
    /// Bytes of `texts` that nothing refers to any more.
    replaced: usize,
    /// Bytes of lists.
    lists: usize,
    index: Option<Index>,
}

/// A value as it is handed over.
#[derive(Debug)]
pub enum AttributeValue<'a> {
    /// A text that lives as long as the program.
    Static(&'static str),
    /// A text that is copied.
    Text(&'a str),
    /// A number without a fraction.
    Integer(i64),
    /// Anything that OpenTelemetry knows.
    Other(OtelValue),
}

impl AttributeValue<'_> {
    /// Returns how many bytes it takes beside itself, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Static(_) | Self::Integer(_) => 0,
            Self::Text(text) => text.len(),
            Self::Other(value) => size(value),
        }
    }

    #[expect(clippy::match_same_arms, reason = "their texts live differently long")]
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Static(text) => Some(text),
            Self::Text(text) => Some(text),
            Self::Other(OtelValue::String(text)) => Some(text.as_str()),
            Self::Integer(_) | Self::Other(_) => None,
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) | Self::Other(OtelValue::I64(integer)) => Some(*integer),
            _ => None,
        }
    }
}

impl From<AttributeValue<'_>> for OtelValue {
    fn from(value: AttributeValue<'_>) -> Self {
        match value {
            AttributeValue::Static(text) => text.into(),
            AttributeValue::Text(text) => text.to_owned().into(),
            AttributeValue::Integer(integer) => integer.into(),
            AttributeValue::Other(value) => value,
        }
    }
}

#[derive(Debug)]
struct Attribute {
    key: Text,
    value: Value,
}

/// A text of the program, or a piece of the buffer.
#[derive(Debug, Clone, Copy)]
enum Text {
    Static(&'static str),
    Piece { start: usize, end: usize },
}

#[derive(Debug)]
enum Value {
    Bool(bool),
    Integer(i64),
    Number(f64),
    Text(Text),
    /// A list, or a kind of value that the API adds later.
    List(Box<OtelValue>),
}

/// Finds an attribute by the hash of its key.
#[derive(Debug, Default)]
struct Index {
    hasher: RandomState,
    places: HashMap<u64, usize>,
}

impl Attributes {
    /// Returns roughly how many bytes the attributes take.
    pub(super) fn bytes(&self) -> usize {
        self.texts.len() + self.lists + self.list.len() * size_of::<Attribute>()
    }

    /// Adds an attribute that is not there yet, with a key of the program.
    pub(super) fn push(&mut self, key: &'static str, value: AttributeValue<'_>) {
        let value = self.keep(value);
        self.append(Text::Static(key), value);
    }

    /// Sets an attribute.
    pub(super) fn set(&mut self, key: &str, value: AttributeValue<'_>) {
        let value = self.keep(value);
        if let Some(place) = self.find(key) {
            let old = std::mem::replace(&mut self.list[place].value, value);
            self.forget(&old);
        } else {
            let key = self.text(key);
            self.append(key, value);
        }
    }

    /// Copies a text into the buffer.
    fn text(&mut self, text: &str) -> Text {
        let start = self.texts.len();
        self.texts.push_str(text);
        let end = self.texts.len();
        Text::Piece { start, end }
    }

    fn get(&self, text: Text) -> &str {
        match text {
            Text::Static(text) => text,
            Text::Piece { start, end } => self.texts.get(start..end).unwrap_or_default(),
        }
    }

    /// Borrows them all, each key once.
    pub(super) fn members(&self) -> Members<'_> {
        let members = self.list.iter();
        members
            .map(|attribute| (self.get(attribute.key).into(), self.value(&attribute.value)))
            .collect()
    }

    fn value<'a>(&'a self, value: &'a Value) -> segment::Value<'a> {
        match value {
            Value::Bool(bool) => segment::Value::Bool(*bool),
            Value::Integer(integer) => segment::Value::Integer(*integer),
            Value::Number(number) => segment::Value::Number(*number),
            Value::Text(text) => segment::Value::Text(self.get(*text).into()),
            Value::List(list) => borrowed(list),
        }
    }

    /// Forgets them all and keeps some room for others.
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.texts.clear();
        if self.list.capacity() > KEPT_ATTRIBUTES || self.texts.capacity() > KEPT_BYTES {
            self.list.shrink_to(KEPT_ATTRIBUTES);
            self.texts.shrink_to(KEPT_BYTES);
        }
        (self.replaced, self.lists, self.index) = (0, 0, None);
    }

    fn keep(&mut self, value: AttributeValue<'_>) -> Value {
        match value {
            AttributeValue::Static(text) => Value::Text(Text::Static(text)),
            AttributeValue::Text(text) => Value::Text(self.text(text)),
            AttributeValue::Integer(integer) | AttributeValue::Other(OtelValue::I64(integer)) => {
                Value::Integer(integer)
            }
            AttributeValue::Other(OtelValue::Bool(bool)) => Value::Bool(bool),
            AttributeValue::Other(OtelValue::F64(number)) => Value::Number(number),
            AttributeValue::Other(OtelValue::String(text)) => Value::Text(self.text(text.as_str())),
            AttributeValue::Other(list) => {
                self.lists += size(&list);
                Value::List(Box::new(list))
            }
        }
    }

    fn append(&mut self, key: Text, value: Value) {
        let place = self.list.len();
        self.list.push(Attribute { key, value });
        if place < SHORT {
            return;
        }
        let mut index = self.index.take().unwrap_or_default();
        let from = if index.places.is_empty() { 0 } else { place };
        for (place, attribute) in self.list.iter().enumerate().skip(from) {
            index.add(self.get(attribute.key), place);
        }
        self.index = Some(index);
    }

    fn find(&self, key: &str) -> Option<usize> {
        let has_key = |place: &usize| self.get(self.list[*place].key) == key;
        let search = || {
            let mut list = self.list.iter();
            list.position(|attribute| {
                attribute.key.len() == key.len() && self.get(attribute.key) == key
            })
        };
        match &self.index {
            None => search(),
            // Two keys with one hash are nearly impossible, so the key in the list is compared.
            Some(index) => {
                let place = index.place(key)?;
                Some(place).filter(has_key).or_else(search)
            }
        }
    }

    /// Accounts for a removed value, and rebuilds the buffer when much of it is unused.
    fn forget(&mut self, value: &Value) {
        match value {
            Value::Text(Text::Piece { start, end }) => self.replaced += end - start,
            Value::List(list) => self.lists -= size(list),
            _ => return,
        }
        if self.replaced > MAX_REPLACED && self.replaced > self.texts.len() / 2 {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let mut texts = String::with_capacity(self.texts.len() - self.replaced);
        for attribute in &mut self.list {
            attribute.key.move_to(&mut texts, &self.texts);
            if let Value::Text(text) = &mut attribute.value {
                text.move_to(&mut texts, &self.texts);
            }
        }
        self.texts = texts;
        self.replaced = 0;
    }
}

impl Text {
    fn len(self) -> usize {
        match self {
            Self::Static(text) => text.len(),
            Self::Piece { start, end } => end - start,
        }
    }

    fn move_to(&mut self, new: &mut String, old: &str) {
        if let Self::Piece { start, end } = self {
            let piece = old.get(*start..*end).unwrap_or_default();
            *start = new.len();
            new.push_str(piece);
            *end = new.len();
        }
    }
}

impl Index {
    fn add(&mut self, key: &str, place: usize) {
        self.places.insert(self.hasher.hash_one(key), place);
    }

    fn place(&self, key: &str) -> Option<usize> {
        self.places.get(&self.hasher.hash_one(key)).copied()
    }
}

/// Returns how many bytes a value takes beside itself, about.
pub(super) fn size(value: &OtelValue) -> usize {
    match value {
        OtelValue::String(text) => text.as_str().len(),
        OtelValue::Array(Array::String(texts)) => {
            let texts = texts.iter().map(|text| text.as_str().len());
            texts.map(|length| size_of::<StringValue>() + length).sum()
        }
        OtelValue::Array(Array::Bool(values)) => values.len(),
        OtelValue::Array(Array::I64(values)) => size_of_val(values.as_slice()),
        OtelValue::Array(Array::F64(values)) => size_of_val(values.as_slice()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &Attributes) -> Vec<(String, String)> {
        let members = attributes.members().into_iter();
        members
            .map(|(key, value)| (key.into_owned(), value.to_string()))
            .collect()
    }

    #[test]
    fn the_last_value_of_a_key_counts_however_many_there_are() {
        for count in [3, SHORT, SHORT + 1, 5_000] {
            let mut attributes = Attributes::default();
            attributes.push("first", AttributeValue::Static("a"));
            for round in 0..3 {
                for number in 0..count {
                    let value = AttributeValue::Other(format!("{round} of {number}").into());
                    attributes.set(&format!("key{number}"), value);
                }
            }
            attributes.set("first", AttributeValue::Integer(1));
            let read = read(&attributes);
            assert_eq!(read.len(), count + 1);
            assert_eq!(read[0], ("first".into(), "1".into()));
            let last = count - 1;
            let expected = (format!("key{last}"), format!("\"2 of {last}\""));
            assert_eq!(read[count], expected);
        }
    }

    #[test]
    fn what_is_replaced_takes_no_room_for_long() {
        let mut attributes = Attributes::default();
        attributes.set("kept", AttributeValue::Text("yes"));
        for number in 0..1_000_000 {
            attributes.set(
                "progress",
                AttributeValue::Other(format!("{number:040}").into()),
            );
            let list = OtelValue::Array(Array::I64(vec![number]));
            attributes.set("list", AttributeValue::Other(list));
        }
        assert!(attributes.bytes() < 3 * MAX_REPLACED, "{attributes:?}");
        assert_eq!(read(&attributes)[0], ("kept".into(), "\"yes\"".into()));
        attributes.clear();
        assert!(attributes.bytes() == 0 && attributes.texts.capacity() <= 2 * KEPT_BYTES);
    }
}
