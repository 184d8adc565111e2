//! Of which type each member is that a document can do without.
//!
//! What is of another type is kept, but X-Ray's model has no use for it. It is looked at twice: while an
//! [`Envelope`](super::envelope::Envelope) is read, where nothing but right or wrong is wanted, and once more
//! in the rare document in which something is wrong, to name it.

use std::{borrow::Cow, fmt};

use segment::{SegmentId, Value};
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};

/// A type. `null` is absent and fits everywhere but among [`Shape::Annotations`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Any,
    /// A text, or a number instead of one.
    Text,
    Flag,
    /// A whole number, or a text that spells one.
    Whole,
    /// A text, or a list of texts.
    Texts,
    /// The id of an exception, or exceptions.
    Cause,
    /// An object of texts, numbers and booleans.
    Annotations,
    /// An object; members that are not named here are free.
    Object(&'static [(&'static str, Shape)]),
    /// A list of such objects.
    Objects(&'static [(&'static str, Shape)]),
}

use Shape::{Annotations, Any, Cause, Flag, Object, Objects, Text, Texts, Whole};

/// A segment or subsegment, but for what it cannot do without.
pub(super) const DOCUMENT: &[(&str, Shape)] = &[
    ("in_progress", Flag),
    ("inferred", Flag),
    ("error", Flag),
    ("throttle", Flag),
    ("fault", Flag),
    ("namespace", Text),
    ("origin", Text),
    ("resource_arn", Text),
    ("user", Text),
    ("service", Object(SERVICE)),
    ("http", Object(HTTP)),
    ("aws", Object(AWS)),
    ("sql", Object(SQL)),
    ("cause", Cause),
    ("links", Objects(&[("attributes", Object(&[]))])),
    ("annotations", Annotations),
    ("metadata", Object(&[])),
    ("precursor_ids", Texts),
];
const SERVICE: &[(&str, Shape)] = &[("version", Text), ("runtime", Text)];
const HTTP: &[(&str, Shape)] = &[
    (
        "request",
        Object(&[
            ("method", Text),
            ("url", Text),
            ("user_agent", Text),
            ("client_ip", Text),
            ("x_forwarded_for", Flag),
            ("traced", Flag),
        ]),
    ),
    (
        "response",
        Object(&[("status", Whole), ("content_length", Whole)]),
    ),
];
const AWS: &[(&str, Shape)] = &[
    ("account_id", Text),
    (
        "ec2",
        Object(&[("instance_id", Text), ("availability_zone", Text)]),
    ),
    (
        "ecs",
        Object(&[("container", Text), ("availability_zone", Text)]),
    ),
    ("eks", Object(&[("cluster_name", Text), ("pod", Text)])),
    ("elastic_beanstalk", Object(&[("environment_name", Text)])),
    ("xray", Object(&[("sampling_rule_name", Text)])),
    ("operation", Text),
    ("region", Text),
    ("request_id", Text),
    ("queue_url", Text),
    ("table_name", Text),
    ("table_names", Texts),
    ("bucket_name", Text),
    ("topic_arn", Text),
    ("function_name", Text),
    ("retries", Whole),
];
const SQL: &[(&str, Shape)] = &[
    ("connection_string", Text),
    ("url", Text),
    ("sanitized_query", Text),
    ("database_type", Text),
    ("user", Text),
];
const EXCEPTIONS: &[(&str, Shape)] = &[
    ("working_directory", Text),
    ("paths", Texts),
    (
        "exceptions",
        Objects(&[
            ("message", Text),
            ("type", Text),
            ("remote", Flag),
            (
                "stack",
                Objects(&[("path", Text), ("line", Whole), ("label", Text)]),
            ),
        ]),
    ),
];

/// Finds what a member must be.
pub(super) fn of(members: &[(&str, Shape)], name: &str) -> Shape {
    let mut members = members.iter();
    members
        .find(|(known, _)| *known == name)
        .map_or(Any, |(_, shape)| *shape)
}

impl Shape {
    /// Hands over every value that does not fit, with the names that lead to it.
    pub(super) fn misfits(self, path: &str, value: &Value<'_>, hand: &mut dyn FnMut(String)) {
        if !self.takes(value) {
            hand(misfit(path, value, self.words()));
            return;
        }
        let mut look_at = |members: &[_], values: &[(Cow<'_, str>, Value<'_>)]| {
            for (name, value) in values {
                of(members, name).misfits(&format!("{path}.{name}"), value, hand);
            }
        };
        match (self, value) {
            (Object(members), Value::Object(values)) => look_at(members, values),
            (Cause, Value::Object(values)) => look_at(EXCEPTIONS, values),
            (Objects(members), Value::Array(values)) => {
                for value in values {
                    Object(members).misfits(path, value, hand);
                }
            }
            (Annotations, Value::Object(values)) => {
                let is_odd = |value: &Value<'_>| {
                    matches!(value, Value::Null | Value::Array(_) | Value::Object(_))
                };
                for (name, value) in values.iter().filter(|(_, value)| is_odd(value)) {
                    hand(misfit(&format!("{path}.{name}"), value, ANNOTATION));
                }
            }
            _ => {}
        }
    }

    /// Whether a value fits, but for what is in it.
    fn takes(self, value: &Value<'_>) -> bool {
        let is_text = |value: &Value<'_>| value.as_text().is_some();
        match (self, value) {
            (Any, _)
            | (_, Value::Null)
            | (Text, Value::Text(_) | Value::Integer(_) | Value::Number(_))
            | (Flag, Value::Bool(_))
            | (Texts, Value::Text(_))
            | (Cause | Annotations | Object(_), Value::Object(_)) => true,
            (Whole, Value::Number(number)) => is_whole(*number),
            (Whole, value) => value.as_integer().is_some(),
            (Texts, Value::Array(values)) => values.iter().all(is_text),
            (Cause, Value::Text(text)) => text.parse::<SegmentId>().is_ok(),
            (Objects(_), Value::Array(values)) => {
                values.iter().all(|value| matches!(value, Value::Object(_)))
            }
            _ => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Any => "anything",
            Text => "a text",
            Flag => "true or false",
            Whole => "a whole number",
            Texts => "a list of texts",
            Cause => "an object with exceptions, or the id of one",
            Annotations => "an object of texts, numbers and booleans",
            Object(_) => "an object",
            Objects(_) => "a list of objects",
        }
    }
}

const ANNOTATION: &str = "a text, a number, true or false";

fn misfit(path: &str, value: &Value<'_>, wanted: &str) -> String {
    let value = value.to_string();
    let shown = segment::names::cut_str(&value, 32);
    format!("{path} is {shown}, not {wanted}")
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 9e15
}

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
            Any | Text | Texts => true,
            Whole => text.parse::<i64>().is_ok(),
            Cause => text.parse::<SegmentId>().is_ok(),
            Flag | Annotations | Object(_) | Objects(_) => false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        match self {
            Any => while sequence.next_element_seed(Any)?.is_some() {},
            Texts => while sequence.next_element_seed(Only::Text)?.is_some() {},
            Objects(members) => {
                while sequence.next_element_seed(Only::Object(members))?.is_some() {}
            }
            _ => return only_if(false),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let members: &[_] = match self {
            Any => &[],
            Cause => EXCEPTIONS,
            Object(members) => members,
            Annotations => {
                while map.next_entry_seed(Name(&[]), Only::Annotation)?.is_some() {}
                return Ok(());
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

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        only_if(matches!(self, Self::Annotation | Self::Text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self {
            Self::Object(members) => Object(members).visit_map(map),
            Self::Text | Self::Annotation => only_if(false),
        }
    }
}
