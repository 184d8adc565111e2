//! What is odd about a document that is kept nevertheless.

use std::collections::{BTreeMap, HashSet};

use segment::{Document, Value, names};

use super::shape::{self, Shape};

/// A member of another type than it should be.
const WRONG_TYPE: &str = "WrongType";
/// A name with characters that X-Ray does not allow.
const INVALID_NAME: &str = "InvalidName";
/// An id that is there twice.
const DUPLICATE_ID: &str = "DuplicateId";
/// How many things are named of each kind; the others are counted.
const NAMED: usize = 3;

/// What is odd, by code.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Warnings(BTreeMap<&'static str, Kind>);

#[derive(Debug, Default, PartialEq)]
struct Kind {
    named: Vec<String>,
    others: usize,
}

impl Warnings {
    /// Looks at a document that was read from `text`.
    pub(super) fn of(text: &str, document: &Document<'_>) -> Self {
        let mut warnings = Self::default();
        if let Ok(value) = Value::parse(text) {
            warnings.look_at_members("", &value);
        }
        let mut ids = HashSet::new();
        let mut stack = vec![document];
        while let Some(part) = stack.pop() {
            if let Some(character) = names::illegal_in_name(&part.name) {
                let name = names::cut_str(&part.name, 64);
                let words = format!("the name {name} has {character:?}, which X-Ray refuses");
                warnings.add(INVALID_NAME, words);
            }
            if !ids.insert(part.id) {
                warnings.add(DUPLICATE_ID, format!("{} is there twice", part.id));
            }
            stack.extend(part.subsegments.iter().rev());
        }
        warnings
    }

    /// Returns each code once.
    pub(super) fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Says what is odd; `None` if nothing is.
    pub(super) fn words(&self) -> Option<String> {
        let kind = |(code, Kind { named, others }): (&&str, &Kind)| {
            let more = match others {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            format!("{code}: {}{more}", named.join(", "))
        };
        let kinds: Vec<_> = self.0.iter().map(kind).collect();
        (!kinds.is_empty()).then(|| kinds.join("; "))
    }

    fn look_at_members(&mut self, path: &str, document: &Value<'_>) {
        let Value::Object(members) = document else {
            return;
        };
        for (name, value) in members {
            let path = format!("{path}{name}");
            match (name.as_ref(), value) {
                ("subsegments", Value::Array(subsegments)) => {
                    for subsegment in subsegments {
                        self.look_at_members(&format!("{path}."), subsegment);
                    }
                }
                _ => self.look_at(shape::of(shape::DOCUMENT, name), &path, value),
            }
        }
    }

    fn look_at(&mut self, shape: Shape, path: &str, value: &Value<'_>) {
        shape.misfits(path, value, &mut |words| self.add(WRONG_TYPE, words));
    }

    fn add(&mut self, code: &'static str, words: String) {
        let kind = self.0.entry(code).or_default();
        if kind.named.len() < NAMED {
            kind.named.push(words);
        } else {
            kind.others += 1;
        }
    }
}
