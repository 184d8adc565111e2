//! The annotations of one trace, without duplicates, up to the number that X-Ray indexes.

use std::{collections::HashSet, sync::Arc};

use segment::{
    Value,
    names::{self, MAX_ANNOTATIONS},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Annotation, AnnotationValue, Interner, Service};

/// Collects annotations.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    /// Each value of a key once per service.
    pub(super) kept: Vec<Annotation>,
    /// How many were left out: the trace had [`MAX_ANNOTATIONS`] others, or X-Ray indexes no such key or text.
    pub(super) unindexed: usize,
    /// Where each pair of key and value was first stored.
    pairs: Vec<usize>,
    /// By the number of the pair, and the address of the service if there is one.
    seen: HashSet<(usize, Option<usize>)>,
}

impl Annotations {
    /// Adds an annotation, unless X-Ray would not index it.
    pub(super) fn add(
        &mut self,
        key: &str,
        value: &Value<'_>,
        service: Option<&Arc<Service>>,
        interner: &mut Interner,
    ) {
        let known = self.pairs.iter().position(|first| {
            let first = &self.kept[*first];
            &*first.key == key && first.value.is(value)
        });
        if known.is_none() && (self.pairs.len() == MAX_ANNOTATIONS || !is_indexed(key, value)) {
            self.unindexed += usize::from(is_value(value));
            return;
        }
        let address = service.map(|service| Arc::as_ptr(service).addr());
        let pair = known.unwrap_or(self.pairs.len());
        let Some(value) = AnnotationValue::of(value, interner) else {
            return;
        };
        if self.seen.insert((pair, address)) {
            if known.is_none() {
                self.pairs.push(self.kept.len());
            }
            self.kept.push(Annotation {
                key: interner.text(key),
                value,
                service: service.cloned(),
            });
        }
    }
}

impl AnnotationValue {
    /// Reads a value that X-Ray indexes: a string, number or boolean.
    fn of(value: &Value<'_>, interner: &mut Interner) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::Text(interner.text(text))),
            Value::Bool(bool) => Some(Self::Bool(*bool)),
            value => number(value).map(Self::Number),
        }
    }

    fn is(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(text), Value::Text(value)) => **text == **value,
            (Self::Bool(bool), Value::Bool(value)) => bool == value,
            (Self::Number(known), value) => number(value) == Some(*known),
            (Self::Text(_) | Self::Bool(_), _) => false,
        }
    }
}

fn is_indexed(key: &str, value: &Value<'_>) -> bool {
    names::is_annotation_key(key) && value.as_text().is_none_or(names::is_annotation_text)
}

fn is_value(value: &Value<'_>) -> bool {
    matches!(value, Value::Text(_) | Value::Bool(_)) || number(value).is_some()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "X-Ray's annotation numbers are doubles"
)]
fn number(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Integer(integer) => Some(*integer as f64),
        Value::Number(number) => Some(*number),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// In the form of X-Ray's answers.
impl Serialize for AnnotationValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = serializer.serialize_map(Some(1))?;
        match self {
            Self::Text(text) => value.serialize_entry("StringValue", &**text)?,
            Self::Number(number) => value.serialize_entry("NumberValue", number)?,
            Self::Bool(bool) => value.serialize_entry("BooleanValue", bool)?,
        }
        value.end()
    }
}
