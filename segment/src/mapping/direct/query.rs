//! The `sql` block of a query whose parts are known.

use super::fits;
use crate::{
    Value,
    encode::{self, Object},
    mapping::{Trimmed, sql::is_sql_by_new_conventions},
    names, secrets,
    span::Query,
};

/// A query whose document can be written from its parts: of a database that uses SQL and has a name of its own.
pub(super) struct Sql<'a> {
    query: Query<&'a str>,
}

impl<'a> Sql<'a> {
    pub(super) fn new(query: Query<&'a str>, span_name: &str) -> Option<Self> {
        let Query {
            system,
            namespace,
            host,
            port,
            user,
            text,
        } = query;
        let sql = Self { query };
        let is_short = is_sql_by_new_conventions(system)
            && namespace.is_none_or(is_database)
            && match host {
                Some(host) => is_host(host),
                None => namespace.is_some() && port.is_none(),
            }
            && user.is_none_or(|user| fits("db.user", user))
            // The name is then a part of the statement, and so need not be kept.
            && text.trim_start().starts_with(span_name)
            && !text.is_empty()
            && secrets::hidden("db.query.text", text).is_none();
        let mut digits = itoa::Buffer::new();
        let url = sql.url(&mut digits);
        let length = url.map_or(0, |url| url.iter().map(|piece| piece.len()).sum());
        (is_short && length <= names::MAX_TEXT).then_some(sql)
    }

    /// Returns the name of the call in pieces: `shop@db.internal`.
    pub(super) fn name(&self) -> [&'a str; 3] {
        let Query {
            namespace, host, ..
        } = self.query;
        match (namespace, host) {
            (Some(namespace), Some(host)) => [namespace, "@", host],
            (one, other) => [one.or(other).unwrap_or_default(), "", ""],
        }
    }

    /// Returns the address in pieces: `postgresql://db.internal:5432/shop`; the port is written into `digits`.
    fn url<'u>(&'u self, digits: &'u mut itoa::Buffer) -> Option<[&'u str; 7]> {
        let host = self.query.host?;
        let (colon, port) = match self.query.port {
            Some(port) => (":", digits.format(port)),
            None => ("", ""),
        };
        let (slash, database) = match self.query.namespace {
            Some(namespace) => ("/", namespace),
            None => ("", ""),
        };
        Some([self.query.system, "://", host, colon, port, slash, database])
    }

    /// Writes the block.
    pub(super) fn write(&self, document: &mut Object<'_>, trimmed: &mut Trimmed) {
        let mut block = Object::begin(document.member("sql"));
        if let Some(url) = self.url(&mut itoa::Buffer::new()) {
            encode::texts(&url, block.member("url"));
        }
        let text = names::cut_str(self.query.text, names::MAX_TEXT);
        trimmed.texts += u32::from(text.len() < self.query.text.len());
        encode::text(text, block.member("sanitized_query"));
        encode::text(self.query.system, block.member("database_type"));
        if let Some(user) = self.query.user {
            encode::text(user, block.member("user"));
        }
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
        } = self.query;
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

/// Whether a database's name can stand in the name of a call: one that is a number does not.
fn is_database(name: &str) -> bool {
    fits("db.namespace", name) && !name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a host stands as it is in a name and in a URL: an IPv6 address would have brackets in the latter.
fn is_host(host: &str) -> bool {
    fits("server.address", host) && !host.contains([':', '[', ']'])
}
