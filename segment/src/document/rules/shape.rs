//! Of which type each member is that a document can do without.
//!
//! It is looked at in two ways: where nothing but right or wrong is wanted, while the JSON is read (`shape/read.rs`), and
//! in the rare document in which something is wrong, to name it ([`Shape::misfits`]).

mod read;

use super::Rule;
use crate::{
    SegmentId, Value,
    names::{self, MAX_ANNOTATIONS, MAX_TEXT},
    value::Members,
};

/// Most links of a segment. <https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html>
const MAX_LINKS: usize = 20;

/// A type. `null` is absent and fits everywhere but among [`Shape::Annotations`].
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Anything.
    Any,
    /// A text of at most 250 characters, or a number instead of one.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, or a text that spells one.
    Whole,
    /// A text, or a list of texts.
    Texts,
    /// The id of an exception, or exceptions.
    Cause,
    /// An object of at most 50 texts, numbers and booleans, with keys that X-Ray indexes.
    Annotations,
    /// An object; members that are not named here are free.
    Object(&'static [(&'static str, Shape)]),
    /// A list of such objects.
    Objects(&'static [(&'static str, Shape)]),
    /// A list of at most 20 such objects.
    Links(&'static [(&'static str, Shape)]),
}

use Shape::{Annotations, Any, Cause, Flag, Links, Object, Objects, Text, Texts, Whole};

/// A segment or subsegment, but for what it cannot do without.
pub const DOCUMENT: &[(&str, Shape)] = &[
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
    ("links", Links(&[("attributes", Object(&[]))])),
    ("annotations", Annotations),
    ("metadata", Object(&[])),
    ("precursor_ids", Texts),
    ("subsegments", Objects(&[])),
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
pub fn of(members: &[(&str, Shape)], name: &str) -> Shape {
    let mut members = members.iter();
    members
        .find(|(known, _)| *known == name)
        .map_or(Any, |(_, shape)| *shape)
}

impl Shape {
    /// Hands over whatever does not fit: the rule that it breaks, and what it is, with the names that lead to it.
    pub(super) fn misfits(self, path: &str, value: &Value<'_>, hand: &mut dyn FnMut(Rule, String)) {
        if !self.takes(value) {
            hand(Rule::WrongType, misfit(path, value, self.words()));
            return;
        }
        let mut look_at = |members: &[_], values: &Members<'_>| {
            for (name, value) in values {
                of(members, name).misfits(&format!("{path}.{name}"), value, hand);
            }
        };
        match (self, value) {
            (Object(members), Value::Object(values)) => look_at(members, values),
            (Cause, Value::Object(values)) => look_at(EXCEPTIONS, values),
            (Links(_), Value::Array(values)) if values.len() > MAX_LINKS => {
                let words = format!("{path} has {}; X-Ray takes {MAX_LINKS}", values.len());
                hand(Rule::TooManyLinks, words);
            }
            (Objects(members) | Links(members), Value::Array(values)) => {
                for value in values {
                    Object(members).misfits(path, value, hand);
                }
            }
            (Texts, Value::Array(values)) => {
                for value in values {
                    Text.misfits(path, value, hand);
                }
            }
            (Annotations, Value::Object(values)) => annotations(path, values, hand),
            (Text | Texts, Value::Text(text)) if !is_short(text) => {
                let length = text.chars().count();
                let words = format!("{path} has {length} characters; AWS documents {MAX_TEXT}");
                hand(Rule::TextTooLong, words);
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
            // PHP writes an object that is empty as a list.
            (Cause | Annotations | Object(_), Value::Array(values)) => values.is_empty(),
            (Whole, Value::Number(number)) => is_whole(*number),
            (Whole, value) => value.as_integer().is_some(),
            (Texts, Value::Array(values)) => values.iter().all(is_text),
            (Cause, Value::Text(text)) => text.parse::<SegmentId>().is_ok(),
            (Objects(_) | Links(_), Value::Array(values)) => {
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
            Objects(_) | Links(_) => "a list of objects",
        }
    }
}

const ANNOTATION: &str = "a text, a number, true or false";

fn annotations(path: &str, values: &Members<'_>, hand: &mut dyn FnMut(Rule, String)) {
    if values.len() > MAX_ANNOTATIONS {
        let words = format!(
            "{path} has {}; X-Ray indexes {MAX_ANNOTATIONS} of a trace",
            values.len()
        );
        hand(Rule::TooManyAnnotations, words);
    }
    for (key, value) in values {
        let shown = names::cut_str(key, 64);
        if !names::is_annotation_key(key) {
            let words = format!(
                "{path} has the key {shown:?}; X-Ray indexes 1 to 500 letters, digits, _ and ."
            );
            hand(Rule::InvalidAnnotation, words);
        }
        match value {
            Value::Text(text) if !names::is_annotation_text(text) => {
                let length = text.chars().count();
                let words = format!("{path}.{shown} has {length} characters; X-Ray indexes 1000");
                hand(Rule::InvalidAnnotation, words);
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                hand(
                    Rule::InvalidAnnotation,
                    misfit(&format!("{path}.{shown}"), value, ANNOTATION),
                );
            }
            _ => {}
        }
    }
}

fn is_short(text: &str) -> bool {
    text.len() <= MAX_TEXT || text.chars().count() <= MAX_TEXT
}

fn misfit(path: &str, value: &Value<'_>, wanted: &str) -> String {
    let value = value.to_string();
    let shown = names::cut_str(&value, 32);
    format!("{path} is {shown}, not {wanted}")
}

fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 9e15
}
