//! The `sql` block of a query whose parts are known.

use std::rc::Rc;

use super::database::Database;
use crate::{
    Value,
    encode::{self, Object, member},
    mapping::Trimmed,
    names, secrets,
    span::Query,
};

/// A query whose document can be written from its parts.
pub(super) struct Sql<'a> {
    query: &'a Query<&'a str>,
    database: Rc<Database>,
}

impl<'a> Sql<'a> {
    pub(super) fn new(query: &'a Query<&'a str>, span_name: &str) -> Option<Self> {
        let text = query.text;
        // The name is then a part of the statement, and so need not be kept.
        let has_name = text.starts_with(span_name) || text.trim_start().starts_with(span_name);
        if text.is_empty() || !has_name || !secrets::is_clean_statement(text) {
            return None;
        }
        let database = Database::of(query)?;
        Some(Self { query, database })
    }

    /// Writes the name of the call.
    pub(super) fn write_name(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.database.name);
    }

    /// Writes the block.
    pub(super) fn write(&self, document: &mut Object<'_>, trimmed: &mut Trimmed) {
        let mut block = Object::begin(member!(document, "sql"));
        block.encoded(&self.database.before);
        let text = names::cut_str(self.query.text, names::MAX_TEXT);
        trimmed.texts += u32::from(text.len() < self.query.text.len());
        encode::text(text, member!(block, "sanitized_query"));
        block.encoded(&self.database.behind);
        block.end();
    }

    /// Returns the attributes that stay in the metadata: the name of a database without an address, and a statement that is
    /// cut in the block.
    pub(super) fn left(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let Query {
            namespace,
            host,
            text,
            ..
        } = *self.query;
        let left = [
            ("db.namespace", namespace.filter(|_| host.is_none())),
            (
                "db.query.text",
                Some(text).filter(|text| text.len() > names::MAX_TEXT),
            ),
        ];
        left.into_iter()
            .filter_map(|(key, text)| Some((key, Value::from(text?))))
    }
}
