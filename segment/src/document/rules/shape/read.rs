//! Looking at a value while it is read, without keeping it.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

use super::{
    ANNOTATION, EXCEPTIONS, MAX_LINKS, Shape,
    Shape::{Annotations, Any, Cause, Flag, Links, Object, Objects, Text, Texts, Whole},
    is_short, is_whole, of,
};
use crate::{
    SegmentId,
    names::{self, MAX_ANNOTATIONS},
};

/// Reads a value without keeping it; fails if it does not fit.
///
/// `IgnoredAny` would also pass what readers stumble over: numbers beyond all bounds, halves of characters.
impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn only_if<E: Error>(fits: bool) -> Result<(), E> {
    fits.then_some(())
        .ok_or_else(|| E::custom("of another type"))
}

impl<'de> Visitor<'de> for Shape {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.words())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        only_if(matches!(self, Any | Flag))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        only_if(matches!(self, Any | Text | Whole))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        let is_small = i64::try_from(number).is_ok();
        only_if(matches!(self, Any | Text) || matches!(self, Whole) && is_small)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        only_if(matches!(self, Any | Text) || matches!(self, Whole) && is_whole(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        only_if(match self {
            Any => true,
            Text | Texts => is_short(text),
            Whole => text.parse::<i64>().is_ok(),
            Cause => text.parse::<SegmentId>().is_ok(),
            Flag | Annotations | Object(_) | Objects(_) | Links(_) => false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        match self {
            Any => while sequence.next_element_seed(Any)?.is_some() {},
            Texts => while sequence.next_element_seed(Only::Text)?.is_some() {},
            Objects(members) => {
                while sequence.next_element_seed(Only::Object(members))?.is_some() {}
            }
            Links(members) => {
                let mut count = 0;
                while sequence.next_element_seed(Only::Object(members))?.is_some() {
                    count += 1;
                }
                return only_if(count <= MAX_LINKS);
            }
            Cause | Annotations | Object(_) => {
                return only_if(sequence.next_element_seed(Any)?.is_none());
            }
            Text | Flag | Whole => return only_if(false),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let members: &[_] = match self {
            Any => &[],
            Cause => EXCEPTIONS,
            Object(members) => members,
            Annotations => {
                let mut count = 0;
                while map
                    .next_entry_seed(AnnotationKey, Only::Annotation)?
                    .is_some()
                {
                    count += 1;
                }
                return only_if(count <= MAX_ANNOTATIONS);
            }
            _ => return only_if(false),
        };
        while let Some(shape) = map.next_key_seed(Name(members))? {
            map.next_value_seed(shape)?;
        }
        Ok(())
    }
}

/// The name of a member, read without keeping it: what the member must be.
struct Name(&'static [(&'static str, Shape)]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Shape;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Shape, E> {
        Ok(of(self.0, name))
    }
}

/// The key of an annotation; fails if X-Ray would not index it.
struct AnnotationKey;

impl<'de> DeserializeSeed<'de> for AnnotationKey {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for AnnotationKey {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the key of an annotation")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<(), E> {
        only_if(names::is_annotation_key(key))
    }
}

/// A value in a list or among annotations, where nothing can stand for it.
#[derive(Clone, Copy)]
enum Only {
    Text,
    Annotation,
    Object(&'static [(&'static str, Shape)]),
}

impl<'de> DeserializeSeed<'de> for Only {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Only {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "a text",
            Self::Annotation => ANNOTATION,
            Self::Object(_) => "an object",
        })
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        only_if(matches!(self, Self::Annotation))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        only_if(matches!(self, Self::Annotation))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        only_if(matches!(self, Self::Annotation))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        only_if(matches!(self, Self::Annotation))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        only_if(match self {
            Self::Text => is_short(text),
            Self::Annotation => names::is_annotation_text(text),
            Self::Object(_) => false,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self {
            Self::Object(members) => Object(members).visit_map(map),
            Self::Text | Self::Annotation => only_if(false),
        }
    }
}
