//! Metadata: all attributes that have no other place.

use std::borrow::Cow;

use super::{annotations::METADATA_PREFIX, text::strip};
use crate::{
    Document, Value,
    document::{DEFAULT_METADATA, Encoded},
    value::Members,
};

/// The prefix of a resource's attribute in the metadata.
pub(super) const RESOURCE_PREFIX: &str = "otel.resource.";
/// Deepest nesting that is kept; deeper values become their JSON, as one string. JSON readers stop at 128 levels, and
/// X-Ray would refuse the document.
const MAX_DEPTH: usize = 32;
/// Up to this length, searching a list is faster than sorting it.
const SHORT: usize = 24;

/// The parts of a document's metadata.
#[derive(Default)]
pub(super) struct Contents<'a> {
    /// The resource's attributes, with the prefix and unique keys.
    pub(super) resource: Option<&'a Encoded<Members<'static>>>,
    /// Which of them became annotations.
    pub(super) annotated: Vec<&'a str>,
    /// Attributes under their own keys.
    pub(super) left: Members<'a>,
    /// `metadata.<key>`, with the prefix.
    pub(super) explicit: Members<'a>,
    /// `aws.xray.metadata.<namespace>`
    pub(super) namespaces: Members<'a>,
    /// The name of a span whose document is named after the service.
    pub(super) operation: Option<Cow<'a, str>>,
    /// The span's events.
    pub(super) events: Vec<Value<'a>>,
}

impl<'a> Contents<'a> {
    /// Sets the metadata: unique keys in each object, no empty member at the top.
    pub(super) fn finish(mut self, document: &mut Document<'a>) {
        if !self.namespaces.is_empty() {
            document.metadata = self.take_namespaces();
        }
        let mut default = self.left;
        default.retain(|(_, value)| !matches!(value, Value::Null));
        settle(&mut default);
        if !self.explicit.is_empty() {
            add_explicit(self.explicit, &mut default);
        }
        if let Some(operation) = self.operation {
            add(&mut default, "operation", Value::Text(operation));
        }
        if !self.events.is_empty() {
            add(&mut default, "events", Value::Array(self.events));
        }
        document.shared_metadata = self
            .resource
            .filter(|resource| !resource.is_empty())
            .and_then(|resource| add_resource(resource, self.annotated, &mut default));
        if !default.is_empty() {
            document.metadata.reserve_exact(1);
            let default = (Cow::Borrowed(DEFAULT_METADATA), Value::Object(default));
            document.metadata.push(default);
        }
    }

    /// Returns the namespaces except `default`, whose members are merged with the attributes.
    fn take_namespaces(&mut self) -> Members<'a> {
        let mut namespaces = Vec::new();
        for (namespace, value) in std::mem::take(&mut self.namespaces) {
            match value {
                Value::Object(members) if namespace.eq_ignore_ascii_case(DEFAULT_METADATA) => {
                    self.left.extend(members);
                }
                value => namespaces.push((namespace, value)),
            }
        }
        settle(&mut namespaces);
        namespaces
    }
}

/// Adds `metadata.<key>` as `<key>`; if another attribute has that key, the prefix is kept.
fn add_explicit<'a>(mut explicit: Members<'a>, default: &mut Members<'a>) {
    settle(&mut explicit);
    let own = default.len();
    for (key, value) in explicit {
        let short = strip(&key, METADATA_PREFIX).unwrap_or_default();
        let is_taken = default[..own].iter().any(|(taken, _)| *taken == short);
        default.push((if is_taken { key } else { short }, value));
    }
}

/// Adds a member that no attribute has; if one has that key, the member becomes `otel.span.<key>`.
fn add<'a>(default: &mut Members<'a>, key: &'static str, value: Value<'a>) {
    let is_taken = default.iter().any(|(taken, _)| taken == key);
    let key = if is_taken {
        Cow::Owned(format!("otel.span.{key}"))
    } else {
        Cow::Borrowed(key)
    };
    default.push((key, value));
}

/// Returns the resource's attributes if the document has all of them; otherwise adds them to `default`, except
/// annotations and those that the span has with the same key.
fn add_resource<'a>(
    resource: &'a Encoded<Members<'static>>,
    annotated: Vec<&'a str>,
    default: &mut Members<'a>,
) -> Option<&'a Encoded<Members<'static>>> {
    let mut skipped = annotated;
    for (key, _) in default.iter() {
        if key.starts_with(RESOURCE_PREFIX) {
            let same = resource.iter().find(|(other, _)| other == key);
            skipped.extend(same.map(|(key, _)| key.as_ref()));
        }
    }
    if skipped.is_empty() {
        return Some(resource);
    }
    let lent = resource
        .iter()
        .map(|(key, value)| (Cow::Borrowed(key.as_ref()), value.borrowed()));
    default.extend(lent.filter(|(key, _)| !skipped.contains(&key.as_ref())));
    None
}

/// Prepares members for JSON: unique keys, the last value of each, and limited nesting.
pub(super) fn settle(members: &mut Members<'_>) {
    settle_members(members, 0);
}

fn settle_members(members: &mut Members<'_>, depth: usize) {
    for (_, value) in members.iter_mut() {
        settle_value(value, depth + 1);
    }
    keep_last(members);
}

fn settle_value(value: &mut Value<'_>, depth: usize) {
    match value {
        Value::Array(_) | Value::Object(_) if depth > MAX_DEPTH => {
            *value = Value::Text(Cow::Owned(value.to_string()));
        }
        Value::Array(values) => {
            for value in values {
                settle_value(value, depth + 1);
            }
        }
        Value::Object(members) => settle_members(members, depth),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// Keeps the last of several members with one key.
fn keep_last(members: &mut Members<'_>) {
    let is_repeated = repeated(members);
    let mut index = 0;
    if is_repeated.contains(&true) {
        members.retain(|_| {
            index += 1;
            !is_repeated[index - 1]
        });
    }
}

/// For each member, whether a later one has its key; empty if no key is repeated.
fn repeated(members: &Members<'_>) -> Vec<bool> {
    if members.len() <= SHORT {
        let is_repeated = |index: usize| {
            members[index + 1..]
                .iter()
                .any(|(key, _)| *key == members[index].0)
        };
        if !(0..members.len()).any(is_repeated) {
            return Vec::new();
        }
        return (0..members.len()).map(is_repeated).collect();
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    // Stable: members with one key stay in their order.
    order.sort_by(|one, other| members[*one].0.cmp(&members[*other].0));
    let mut is_repeated = vec![false; members.len()];
    for pair in order.windows(2) {
        is_repeated[pair[0]] = members[pair[0]].0 == members[pair[1]].0;
    }
    is_repeated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    fn members(keys: &[&'static str]) -> Members<'static> {
        let value = |index: usize| Value::Integer(i64::try_from(index).unwrap());
        let members = keys.iter().enumerate();
        members
            .map(|(index, key)| (Cow::Borrowed(*key), value(index)))
            .collect()
    }

    #[test]
    fn the_last_of_several_members_with_one_key_stays() {
        let mut few = members(&["a", "b", "a", "c", "b"]);
        settle(&mut few);
        assert_eq!(Value::Object(few).to_string(), r#"{"a":2,"c":3,"b":4}"#);

        let many: Vec<&str> = ["a", "b"].into_iter().cycle().take(100).collect();
        let mut many = members(&many);
        settle(&mut many);
        assert_eq!(Value::Object(many).to_string(), r#"{"a":98,"b":99}"#);
    }

    #[test]
    fn bottomless_nesting_ends_in_a_text() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let mut members = vec![(Cow::Borrowed("deep"), Value::parse(&deep).unwrap())];
        settle(&mut members);
        let text = Value::Object(members).to_string();
        assert!(text.contains(&"[".repeat(MAX_DEPTH)) && text.contains('"'));
        assert_eq!(text.matches('[').count(), 100, "{text}");
    }

    #[test]
    fn no_key_comes_twice() {
        let keys = ["otel.resource.x", "otel.resource.y", "otel.resource.z"];
        let resource = Encoded::new(members(&keys));
        let id = "df6d4ea37eb22ed0".parse().unwrap();
        let mut document = Document::new("shop".into(), id, Time::from_nanos(1));
        let contents = Contents {
            left: members(&["operation", "events", "cart", "otel.resource.x"]),
            explicit: members(&["metadata.cart", "metadata.seat"]),
            operation: Some("GET".into()),
            events: vec![Value::Null],
            resource: Some(&resource),
            annotated: vec!["otel.resource.z"],
            ..Contents::default()
        };
        contents.finish(&mut document);
        assert_eq!(
            Value::Object(document.metadata).to_string(),
            r#"{"default":{"operation":0,"events":1,"cart":2,"otel.resource.x":3,"metadata.cart":0,"seat":1,"otel.span.operation":"GET","otel.span.events":[null],"otel.resource.y":1}}"#
        );
    }
}
