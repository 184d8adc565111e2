//! JSON with a bounded number of values.
//!
//! Bodies are bounded in bytes, but `{"a":0}`, seven bytes on the wire, takes a hundred times as many in memory.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::serve::error::ApiError;

/// The most values in a request, counting every element and member: many times what any operation needs.
const MAX_VALUES: usize = 50_000;

/// Reads a value. The error says what is wrong, or how many values are allowed.
pub(super) fn read(body: &[u8]) -> Result<Value, ApiError> {
    bounded(body).map_err(|error| {
        // Any value is accepted, so an error in the data, not in the syntax, is about their number.
        let begin = if error.is_data() {
            "has"
        } else {
            "is no JSON:"
        };
        ApiError::invalid(format!("the body {begin} {error}"))
    })
}

fn bounded(body: &[u8]) -> serde_json::Result<Value> {
    let left = Cell::new(MAX_VALUES);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Bounded { left: &left }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// One value, and how many more there may be.
#[derive(Clone, Copy)]
struct Bounded<'l> {
    left: &'l Cell<usize>,
}

impl Bounded<'_> {
    fn count<E: Error>(self) -> Result<(), E> {
        let left = self
            .left
            .get()
            .checked_sub(1)
            .ok_or_else(|| E::custom(format_args!("more than {MAX_VALUES} values")))?;
        self.left.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            members.insert(name, object.next_value_seed(self)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_the_bound_is_read_as_anywhere() {
        for text in [
            r#"{"a":[1,-2,0.5,1e300,"ü\n",null,true,{"b":{}},[]],"a":3}"#,
            "[]",
            "7",
            "{",
            "[1,]",
            "1e400",
            "{} x",
            "",
        ] {
            let expected: serde_json::Result<Value> = serde_json::from_str(text);
            match (bounded(text.as_bytes()), expected) {
                (Ok(value), Ok(expected)) => assert_eq!(value, expected, "{text}"),
                (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string()),
                (read, expected) => panic!("{text}: {read:?} and {expected:?}"),
            }
        }
    }

    #[test]
    fn one_value_too_many_is_refused_wherever_it_is() {
        let list = |count: usize, value: &str| format!("[{}]", vec![value; count].join(","));
        assert!(bounded(list(MAX_VALUES - 1, "0").as_bytes()).is_ok());
        for text in [
            list(MAX_VALUES, "\"\""),
            list(MAX_VALUES / 2, "{\"a\":0}"),
            format!("{{\"a\":[{}]}}", list(MAX_VALUES - 2, "0")),
        ] {
            let error = bounded(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("more than 50000 values"), "{error}");
        }
    }
}
