//! One pass over a span's attributes, in which each block records those that it may need.

use std::borrow::Cow;

use super::{
    annotations::{ANNOTATION_PREFIX, Candidate, METADATA_PREFIX, Rank, is_scalar},
    attributes::{Accepts, Attributes, Slot},
    aws::AwsParts,
    grpc::GrpcParts,
    http::HttpParts,
    name::NameParts,
    settings::Settings,
    sql::SqlParts,
    text::strip,
};
use crate::{Value, secrets, value::Members};

/// The value of `aws.span.kind` for the first span of a trace in a process.
const LOCAL_ROOT: &str = "LOCAL_ROOT";
/// The prefix of a metadata namespace whose members are given as JSON.
const NAMESPACE_PREFIX: &str = "aws.xray.metadata.";

/// A span's attributes, and those that each block of the document may need.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) attributes: Attributes<'a>,
    pub(super) http: HttpParts,
    pub(super) aws: AwsParts,
    pub(super) sql: SqlParts,
    pub(super) names: NameParts,
    pub(super) grpc: GrpcParts,
    /// `enduser.id`
    pub(super) user: Slot,
    /// Whether `aws.xray.inprogress` is set.
    pub(super) is_in_progress: bool,
    /// Whether `aws.span.kind` says that the span is a local root.
    pub(super) is_local_root: bool,
    /// The attributes that become annotations.
    pub(super) candidates: Vec<Candidate<'a>>,
    /// `aws.xray.annotations`: the keys of other attributes that become annotations.
    pub(super) listed: Vec<Cow<'a, str>>,
    /// `metadata.<key>`, with the prefix.
    pub(super) metadata: Members<'a>,
    /// `aws.xray.metadata.<namespace>`
    pub(super) namespaces: Members<'a>,
}

impl<'a> Parts<'a> {
    /// Hides secrets in the attributes, and sorts them.
    pub(super) fn sort(&mut self, attributes: Members<'a>, settings: &Settings) {
        self.attributes = Attributes::new(attributes);
        for index in 0..self.attributes.list().len() {
            let (key, value) = &mut self.attributes.list_mut()[index];
            secrets::hide_attribute(key, value);
            self.see(index);
        }
        self.aws.judge(&self.attributes);
        if !(settings.indexed_attributes.is_empty() && self.listed.is_empty()) {
            self.list(&settings.indexed_attributes);
        }
    }

    /// Copies an attribute that becomes an annotation even if a block of the document takes it too.
    fn list(&mut self, indexed: &[String]) {
        let listed = &self.listed;
        let is_indexed = |key: &str| {
            key != "enduser.id"
                && (indexed.iter().any(|indexed| indexed == key)
                    || listed.iter().any(|listed| listed == key))
        };
        for (key, value) in self.attributes.list() {
            if is_scalar(value) && is_indexed(key) {
                self.candidates.push(Candidate {
                    rank: Rank::Listed,
                    key: key.clone(),
                    value: value.clone(),
                });
            }
        }
    }

    /// Records which block may need the attribute `index`.
    fn see(&mut self, index: usize) {
        let (key, _) = &self.attributes.list()[index];
        // By the first letter, so that an attribute is compared with a few keys only.
        match key.as_bytes().first() {
            Some(b'a') => self.see_a(index),
            Some(b'm') if key.starts_with(METADATA_PREFIX) => {
                let explicit = self.move_out(index);
                self.metadata.push(explicit);
            }
            Some(b'c'..=b'h' | b'm' | b'n' | b'p' | b'r' | b's' | b'u') => self.note(index),
            _ => {}
        }
    }

    fn note(&mut self, index: usize) {
        let attributes = &mut self.attributes;
        let key: &str = &attributes.list()[index].0;
        let first = key.as_bytes().first();
        if matches!(first, Some(b'h' | b'u' | b'n' | b's' | b'c' | b'm'))
            && let Some((slot, accepts)) = self.http.slot(key)
        {
            attributes.note(index, slot, accepts);
        } else if matches!(first, Some(b'a' | b'c' | b'f' | b'h' | b'm' | b'r'))
            && let Some((slot, accepts)) = self.aws.slot(key)
        {
            attributes.note(index, slot, accepts);
        } else if first == Some(&b'd')
            && let Some(slot) = self.sql.slot(key)
        {
            attributes.note(index, slot, Accepts::Text);
        } else if matches!(first, Some(b'a' | b'g' | b'm' | b'p' | b'r' | b's'))
            && let Some(slot) = self.names.slot(key)
        {
            attributes.note(index, slot, Accepts::Text);
        } else if first == Some(&b'r')
            && let Some(slot) = self.grpc.slot(key)
        {
            attributes.note(index, slot, Accepts::Text);
        } else if key == "enduser.id" {
            attributes.note(index, &mut self.user, Accepts::Text);
        }
    }

    /// `annotation.…` and `aws.…`
    fn see_a(&mut self, index: usize) {
        let (key, value) = &mut self.attributes.list_mut()[index];
        if key.starts_with(ANNOTATION_PREFIX) && is_scalar(value) {
            let (key, value) = self.move_out(index);
            let rank = Rank::Explicit;
            self.candidates.push(Candidate { rank, key, value });
            return;
        }
        match (key.as_ref(), &mut *value) {
            ("aws.xray.inprogress", Value::Bool(is_in_progress)) => {
                self.is_in_progress = *is_in_progress;
                *value = Value::Null;
            }
            ("aws.xray.annotations", Value::Array(keys)) => {
                self.listed = std::mem::take(keys).into_iter().filter_map(text).collect();
                *value = Value::Null;
            }
            ("aws.span.kind", value) => self.is_local_root = value.as_text() == Some(LOCAL_ROOT),
            (key, Value::Text(json)) if key.starts_with(NAMESPACE_PREFIX) => {
                if let Ok(members @ Value::Object(_)) = Value::parse(json) {
                    self.see_namespace(index, members);
                }
            }
            _ => self.note(index),
        }
    }

    /// Takes the members of a namespace; a value that is not a JSON object is kept under its own key.
    fn see_namespace(&mut self, index: usize, mut members: Value<'static>) {
        let key = &self.attributes.list()[index].0;
        let namespace = strip(key, NAMESPACE_PREFIX).filter(|namespace| !namespace.is_empty());
        if let Some(namespace) = namespace {
            secrets::hide_attribute(&namespace, &mut members);
            self.namespaces.push((namespace, members));
            self.attributes.list_mut()[index].1 = Value::Null;
        }
    }

    fn move_out(&mut self, index: usize) -> (Cow<'a, str>, Value<'a>) {
        let (key, value) = &mut self.attributes.list_mut()[index];
        (std::mem::take(key), std::mem::replace(value, Value::Null))
    }
}

fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
