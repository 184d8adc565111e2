//! Members of a JSON object, without the rest of it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer as _,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Deserializer, Value};

/// How much of a body is looked at: what names a resource stands in front of what is stored in it.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// How many messages a batch has.
pub(crate) const MESSAGE_COUNT: &str = "messaging.batch.message_count";

/// Returns how many elements an array has.
pub(crate) fn count(elements: &[Value]) -> opentelemetry::Value {
    i64::try_from(elements.len()).unwrap_or(i64::MAX).into()
}

/// Hands each member for which `is_wanted` to `take`. What is no JSON, or is cut off, is read as far as it goes.
pub(crate) fn members(
    body: &[u8],
    is_wanted: impl Fn(&str) -> bool,
    take: impl FnMut(&str, Value),
) {
    let body = body.get(..MAX_BODY).unwrap_or(body);
    let members = Members { is_wanted, take };
    // What was read before a mistake is right all the same.
    let _ = Deserializer::from_slice(body).deserialize_map(members);
}

struct Members<W, T> {
    is_wanted: W,
    take: T,
}

impl<'de, W: Fn(&str) -> bool, T: FnMut(&str, Value)> Visitor<'de> for Members<W, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if (self.is_wanted)(&key) {
                (self.take)(&key, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it needs no unescaping.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
