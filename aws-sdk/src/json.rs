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

/// Hands each member that `find` knows to `take`, as what `find` made of its name. What is no JSON, or is cut off, is read as
/// far as it goes.
pub(crate) fn members<M>(
    body: &[u8],
    find: impl Fn(&str) -> Option<M>,
    take: impl FnMut(M, Value),
) {
    let body = body.get(..MAX_BODY).unwrap_or(body);
    let members = Members { find, take };
    // What was read before a mistake is right all the same.
    let _ = Deserializer::from_slice(body).deserialize_map(members);
}

struct Members<F, T> {
    find: F,
    take: T,
}

impl<'de, M, F: Fn(&str) -> Option<M>, T: FnMut(M, Value)> Visitor<'de> for Members<F, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            match (self.find)(&key) {
                Some(member) => (self.take)(member, map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it needs no unescaping.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
