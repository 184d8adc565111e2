//! Tags of groups and sampling rules.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_TagResource.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Most tags of one group or rule: X-Ray's limit.
pub const MAX_TAGS: usize = 50;
/// Longest key, in characters.
const MAX_KEY: usize = 128;
/// Longest value, in characters.
const MAX_VALUE: usize = 256;
/// The prefix of AWS's own keys.
const RESERVED: &str = "aws:";

/// The tags of one thing, by key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tags(BTreeMap<String, String>);

/// X-Ray's `Tag`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Letters, numbers, spaces and `_ . : / = + - @`, 1 to 128 of them; not `aws:…`.
    pub key: String,
    /// The same characters, at most 256.
    pub value: String,
}

/// Why tags were refused; then none was added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// One of them is invalid.
    #[error("{0}")]
    Invalid(String),
    /// With the existing ones, there would be too many.
    #[error("there would be {0} tags; at most {MAX_TAGS} are allowed")]
    TooMany(usize),
}

impl Tags {
    /// Makes the tags of something new.
    pub fn new(tags: Vec<Tag>) -> Result<Self, TagError> {
        let mut made = Self::default();
        made.add(tags)?;
        Ok(made)
    }

    /// Adds tags; an existing key gets the new value.
    pub fn add(&mut self, tags: Vec<Tag>) -> Result<(), TagError> {
        for (index, tag) in tags.iter().enumerate() {
            tag.check()?;
            if tags[..index].iter().any(|other| other.key == tag.key) {
                return invalid(format!("the key {:?} occurs twice", tag.key));
            }
        }
        let new = tags.iter().filter(|tag| !self.0.contains_key(&tag.key));
        let count = self.0.len() + new.count();
        if count > MAX_TAGS {
            return Err(TagError::TooMany(count));
        }
        self.0
            .extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
        Ok(())
    }

    /// Removes the tags with these keys; keys that do not exist are ignored.
    pub fn remove(&mut self, keys: &[String]) -> Result<(), TagError> {
        if let Some(key) = keys.iter().find(|key| is_reserved(key)) {
            return invalid(format!(
                "{key:?} begins with {RESERVED}, which is reserved for AWS"
            ));
        }
        for key in keys {
            self.0.remove(key);
        }
        Ok(())
    }

    /// Returns all of them, by key.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let tags = self.0.iter();
        tags.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl Tag {
    fn check(&self) -> Result<(), TagError> {
        let Self { key, value } = self;
        if is_reserved(key) {
            return invalid(format!(
                "the key {key:?} begins with {RESERVED}, which is reserved for AWS"
            ));
        }
        for (what, text, least, most) in [("key", key, 1, MAX_KEY), ("value", value, 0, MAX_VALUE)]
        {
            let length = text.chars().count();
            if !(least..=most).contains(&length) {
                return invalid(format!(
                    "a tag's {what} has {length} characters; it must have {least} to {most}"
                ));
            }
            if let Some(letter) = text.chars().find(|letter| !is_allowed(*letter)) {
                return invalid(format!(
                    "a tag's {what} has {letter:?}; letters, numbers, spaces and _ . : / = + - @ are allowed"
                ));
            }
        }
        Ok(())
    }
}

fn is_reserved(key: &str) -> bool {
    let begin = key.get(..RESERVED.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(RESERVED))
}

fn is_allowed(letter: char) -> bool {
    letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter)
}

fn invalid<T>(message: String) -> Result<T, TagError> {
    Err(TagError::Invalid(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn a_later_value_counts_and_all_or_none_are_taken() {
        let mut tags = Tags::new(vec![tag("team", "shop"), tag("tier", "")]).unwrap();
        tags.add(vec![tag("team", "caf\u{e9} 1/2")]).unwrap();
        assert!(tags.all().eq([("team", "caf\u{e9} 1/2"), ("tier", "")]));
        let before = tags.clone();
        for (bad, part) in [
            (tag("", "v"), "key has 0"),
            (tag(&"k".repeat(129), "v"), "key has 129"),
            (tag("k", &"v".repeat(257)), "value has 257"),
            (tag("k!", "v"), "'!'"),
            (tag("k", "a\nb"), "'\\n'"),
            (tag("AWS:k", "v"), "reserved for AWS"),
            (tag("good", "again"), "twice"),
        ] {
            let error = tags.add(vec![tag("good", "v"), bad]).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(tags, before);
        }
        let keys = ["tier", "gone"].map(str::to_owned);
        tags.remove(&keys).unwrap();
        assert_eq!(tags.all().count(), 1);
        assert!(tags.remove(&["aws:k".to_owned()]).is_err());
    }

    #[test]
    fn there_are_fifty_at_most() {
        let many = |from: usize, to: usize| (from..to).map(|key| tag(&key.to_string(), "v"));
        let mut tags = Tags::new(many(0, MAX_TAGS).collect()).unwrap();
        // Existing tags do not count twice.
        tags.add(many(10, 20).collect()).unwrap();
        assert_eq!(
            tags.add(many(49, 52).collect()),
            Err(TagError::TooMany(MAX_TAGS + 2))
        );
        assert_eq!(tags.all().count(), MAX_TAGS);
    }
}
