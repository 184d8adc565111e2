//! A JSON value: the content of attributes, annotations and metadata.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::encode;

/// A JSON value; services borrow its strings, the console owns them.
///
/// Members of an object keep their order. Integers stay integers; an integer beyond 64 bits becomes a floating-point
/// number, as in other JSON readers.
///
/// ```
/// use segment::Value;
///
/// let cart = Value::parse(r#"{"items": 3, "user": "alice"}"#)?;
/// assert_eq!(cart.get("items").and_then(Value::as_integer), Some(3));
/// assert_eq!(cart.to_string(), r#"{"items":3,"user":"alice"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction. Values that JSON cannot represent (NaN, infinity) are written as strings.
    Number(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// Named members in order.
    Object(Members<'a>),
}

/// The members of an object, in order.
pub type Members<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

impl<'a> Value<'a> {
    /// Parses one JSON text.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not JSON, or nested more than 128 levels deep.
    pub fn parse(text: &str) -> Result<Value<'static>, serde_json::Error> {
        Value::parse_borrowed(text).map(Value::into_owned)
    }

    /// Parses one JSON text like [`Value::parse`]; strings without escapes are borrowed from it.
    pub fn parse_borrowed(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Returns the string, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the integer, if this is one or a string that contains one.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the member `key` of an object, the last if there are several; `None` of anything else.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns a value whose strings are borrowed from this one.
    pub fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Integer(integer) => Value::Integer(*integer),
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Array(values) => Value::Array(values.iter().map(Value::borrowed).collect()),
            Self::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| (Cow::Borrowed(key.as_ref()), value.borrowed()))
                    .collect(),
            ),
        }
    }

    /// Returns a value that borrows nothing.
    pub fn into_owned(self) -> Value<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Value::Null,
            Self::Bool(bool) => Value::Bool(bool),
            Self::Integer(integer) => Value::Integer(integer),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::Text(owned(text)),
            Self::Array(values) => {
                Value::Array(values.into_iter().map(Value::into_owned).collect())
            }
            Self::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(key, value)| (owned(key), value.into_owned()))
                    .collect(),
            ),
        }
    }

    /// Appends the value as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(bool) => encode::bool(*bool, out),
            Self::Integer(integer) => encode::integer(*integer, out),
            Self::Number(number) => encode::number(*number, out),
            Self::Text(text) => encode::text(text, out),
            Self::Array(values) => {
                encode::list(values, out, Value::write);
            }
            Self::Object(members) => {
                let mut object = encode::Object::begin(out);
                for (key, value) in members {
                    value.write(object.named(key));
                }
                object.end();
            }
        }
    }
}

impl fmt::Display for Value<'_> {
    /// Writes the value as JSON.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        self.write(&mut out);
        formatter.write_str(&String::from_utf8_lossy(&out))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// The name of a member.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, bool: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(bool))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Self::Value, E> {
        Ok(Value::Integer(integer))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "beyond 64 bits JSON readers fall back to doubles"
    )]
    fn visit_u64<E>(self, integer: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(integer).map_or(Value::Number(integer as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_out_as_it_went_in() {
        for text in [
            r#"{"a":[1,-2,0.5,null,true],"b":{"c":"d\n\u0001\"\\é🦀"},"a2":{}}"#,
            "[]",
            "9223372036854775807",
            "\"\\u007f\"",
        ] {
            let value = Value::parse(text).unwrap();
            assert_eq!(Value::parse(&value.to_string()).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn texts_are_borrowed_unless_something_in_them_is_escaped() {
        let Ok(Value::Object(members)) = Value::parse_borrowed(r#"{"a":"b","\u0061":"\n"}"#) else {
            panic!("it is an object");
        };
        let [(key, text), (escaped_key, escaped)] = members.as_slice() else {
            panic!("it has two members");
        };
        assert!(matches!(
            (key, text),
            (Cow::Borrowed("a"), Value::Text(Cow::Borrowed("b")))
        ));
        assert_eq!((&**escaped_key, escaped), ("a", &"\n".into()));
    }

    #[test]
    fn what_json_cannot_write_becomes_a_text() {
        assert_eq!(Value::Number(f64::NAN).to_string(), "\"NaN\"");
        assert_eq!(Value::Number(f64::NEG_INFINITY).to_string(), "\"-inf\"");
    }

    #[test]
    fn bottomless_nesting_is_an_error_and_not_a_crash() {
        assert!(Value::parse(&"[".repeat(100_000)).is_err());
    }
}
