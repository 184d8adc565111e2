//! One pass over a span's attributes: each goes to the block that wants it.

use std::borrow::Cow;

use super::{
    Settings,
    annotations::{ANNOTATION_PREFIX, Candidate, METADATA_PREFIX, Rank, is_scalar},
    aws::AwsParts,
    http::HttpParts,
    name::NameParts,
    sql::SqlParts,
    text::{Text, put, strip},
};
use crate::{Value, names, value::Members};

/// `aws.span.kind` of the first span of a trace in its process.
const LOCAL_ROOT: &str = "LOCAL_ROOT";
/// Before the name of a metadata namespace whose members come as JSON.
const NAMESPACE_PREFIX: &str = "aws.xray.metadata.";

/// A span's attributes, sorted by what becomes of them.
#[derive(Default)]
pub(super) struct Sorted<'a> {
    pub(super) http: HttpParts<'a>,
    pub(super) aws: AwsParts<'a>,
    pub(super) sql: SqlParts<'a>,
    pub(super) names: NameParts<'a>,
    /// `enduser.id`
    pub(super) user: Text<'a>,
    /// Whether `aws.xray.inprogress` is set.
    pub(super) is_in_progress: bool,
    /// Whether `aws.span.kind` says that the span is a local root.
    pub(super) is_local_root: bool,
    /// What is to become annotations.
    pub(super) candidates: Vec<Candidate<'a>>,
    /// `aws.xray.annotations`: which other attributes are to become annotations.
    pub(super) listed: Vec<Cow<'a, str>>,
    /// `metadata.<key>`, with the prefix.
    pub(super) metadata: Members<'a>,
    /// `aws.xray.metadata.<namespace>`
    pub(super) namespaces: Members<'a>,
    /// What no block wanted.
    pub(super) left: Members<'a>,
    /// Texts that a block will have to cut, under their own keys.
    pub(super) whole: Members<'a>,
}

impl<'a> Sorted<'a> {
    /// Sorts the attributes.
    pub(super) fn sort(&mut self, attributes: Members<'a>, settings: &Settings) {
        if !settings.indexed_attributes.is_empty() {
            self.list(&attributes, &settings.indexed_attributes);
        }
        // Collecting a filtered `Vec` reuses its memory.
        self.left = attributes
            .into_iter()
            .filter_map(|(key, value)| self.take(key, value))
            .collect();
    }

    /// Copies what the settings index: it becomes an annotation even if a block takes it as well.
    fn list(&mut self, attributes: &Members<'a>, indexed: &[String]) {
        let is_indexed =
            |key: &str| key != "enduser.id" && indexed.iter().any(|indexed| indexed == key);
        for (key, value) in attributes {
            if is_scalar(value) && is_indexed(key) {
                self.candidates.push(Candidate {
                    rank: Rank::Listed,
                    key: key.clone(),
                    value: value.clone(),
                });
            }
        }
    }

    /// Puts one attribute where it belongs, or hands it back. A text that a block takes and will have to cut
    /// is kept whole in the metadata.
    fn take(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
        match &value {
            Value::Text(text) if text.len() > names::MAX_TEXT => {
                let whole = (key.clone(), value.clone());
                let left = self.put(key, value);
                if left.is_none() && cuts_texts(&whole.0) {
                    self.whole.push(whole);
                }
                left
            }
            _ => self.put(key, value),
        }
    }

    /// Puts one attribute where it belongs, or hands it back.
    fn put(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
        // By the first letter, so that an attribute is compared with a handful of keys and not with all.
        let left = match key.as_bytes().first() {
            Some(b'h' | b'u' | b'n' | b's' | b'c') => self.http.take(&key, value),
            Some(b'a') => return self.take_a(key, value),
            Some(b'd') => return self.sql.take(key, value),
            Some(b'm') => return self.take_m(key, value),
            Some(b'p' | b'r') => {
                self.names.see(&key, &value);
                self.aws.take_protocol(&key, value)
            }
            Some(b'e') if key == "enduser.id" => put(&mut self.user, value),
            _ => Some(value),
        };
        left.map(|value| (key, value))
    }

    /// `annotation.…` and `aws.…`
    fn take_a(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
        if key.starts_with(ANNOTATION_PREFIX) && is_scalar(&value) {
            let rank = Rank::Explicit;
            self.candidates.push(Candidate { rank, key, value });
            return None;
        }
        match (key.as_ref(), value) {
            ("aws.xray.inprogress", Value::Bool(is_in_progress)) => {
                self.is_in_progress = is_in_progress;
                None
            }
            ("aws.xray.annotations", Value::Array(keys)) => {
                self.listed = keys.into_iter().filter_map(text).collect();
                None
            }
            (_, Value::Text(json)) if key.starts_with(NAMESPACE_PREFIX) => {
                self.take_namespace(key, json)
            }
            (_, value) => {
                if key == "aws.span.kind" {
                    self.is_local_root = value.as_text() == Some(LOCAL_ROOT);
                }
                self.names.see(&key, &value);
                self.aws.take(&key, value).map(|value| (key, value))
            }
        }
    }

    /// `metadata.…`, `message.…` and `messaging.…`
    fn take_m(&mut self, key: Cow<'a, str>, value: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
        if key.starts_with(METADATA_PREFIX) {
            self.metadata.push((key, value));
            return None;
        }
        let value = self.http.take(&key, value)?;
        let value = self.aws.take_protocol(&key, value)?;
        Some((key, value))
    }

    /// Reads the members of a namespace; what is no JSON object stays under its own key.
    fn take_namespace(
        &mut self,
        key: Cow<'a, str>,
        json: Cow<'a, str>,
    ) -> Option<(Cow<'a, str>, Value<'a>)> {
        let namespace = strip(&key, NAMESPACE_PREFIX).filter(|namespace| !namespace.is_empty());
        match (namespace, Value::parse(&json)) {
            (Some(namespace), Ok(value @ Value::Object(_))) => {
                self.namespaces.push((namespace, value));
                None
            }
            _ => Some((key, Value::Text(json))),
        }
    }
}

/// Whether the block that takes an attribute cuts its text. The others keep texts whole, or see to it themselves.
fn cuts_texts(key: &str) -> bool {
    match key.as_bytes().first() {
        Some(b'h' | b'u' | b'n' | b's' | b'c' | b'e') => true,
        Some(b'a') => !key.starts_with(ANNOTATION_PREFIX) && !key.starts_with(NAMESPACE_PREFIX),
        _ => false,
    }
}

fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
