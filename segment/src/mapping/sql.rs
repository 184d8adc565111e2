//! The `sql` block.

use std::borrow::Cow;

use super::{
    Trimmed,
    text::{Text, fit, fit_member},
    url::{self, UrlParts, hide_password, push_host},
};
use crate::{Value, document::Sql, names, value::Members};

/// The attributes of a database call, held back until it is known whether the database speaks SQL: those of
/// any other database stay metadata.
#[derive(Default)]
pub(super) struct SqlParts<'a> {
    held: Members<'a>,
}

impl<'a> SqlParts<'a> {
    /// Takes an attribute if it belongs here, hands it back if not.
    pub(super) fn take(
        &mut self,
        key: Cow<'a, str>,
        value: Value<'a>,
    ) -> Option<(Cow<'a, str>, Value<'a>)> {
        match key.as_ref() {
            "db.system"
            | "db.name"
            | "db.statement"
            | "db.user"
            | "db.connection_string"
            | "db.system.name"
            | "db.namespace"
            | "db.query.text" => {
                self.held.push((key, value));
                None
            }
            _ => Some((key, value)),
        }
    }

    /// Returns the name of a database call, `database@host`.
    pub(super) fn name(&self, url: &UrlParts<'a>) -> Text<'a> {
        let (database, host) = match self.get("db.name") {
            Some(name) => {
                let connection = self.get("db.connection_string").unwrap_or_default();
                (name, url::host(connection))
            }
            None => (self.get("db.namespace")?, url.server_address.as_deref()),
        };
        Some(Cow::Owned(match host {
            Some(host) => format!("{database}@{host}"),
            None => database.to_owned(),
        }))
    }

    /// Makes the block, or gives everything back to `left`. What does not fit the block is kept in `whole`.
    pub(super) fn finish(
        &mut self,
        span_name: &str,
        url: &UrlParts<'a>,
        (left, whole): (&mut Members<'a>, &mut Members<'a>),
        trimmed: &mut Trimmed,
    ) -> Option<Box<Sql<'a>>> {
        if self.held.is_empty() {
            return None;
        }
        let sql = match (self.get("db.system"), self.get("db.system.name")) {
            (Some(system), _) if is_sql(system) => self.by_old_conventions(span_name),
            (None, Some(system)) if is_sql_by_new_conventions(system) => {
                self.by_new_conventions(system, url)
            }
            _ => {
                left.append(&mut self.held);
                return None;
            }
        };
        whole.extend(self.held.drain(..).filter(|(_, value)| is_lost(value)));
        Some(Box::new(Sql {
            connection_string: fit_member(sql.connection_string.map(hide_password), trimmed),
            url: sql.url.map(|url| fit(url, trimmed)),
            sanitized_query: fit_member(sql.sanitized_query, trimmed),
            database_type: fit_member(sql.database_type, trimmed),
            user: fit_member(sql.user, trimmed),
            ..Sql::default()
        }))
    }

    /// By the old conventions the `url` is the span's name: the connection string has a member of its own.
    fn by_old_conventions(&self, span_name: &str) -> Sql<'a> {
        let connection = self.get("db.connection_string").unwrap_or("localhost");
        let database = self
            .get("db.name")
            .or(self.get("db.namespace"))
            .unwrap_or_default();
        Sql {
            connection_string: Some(Cow::Owned(format!("{connection}/{database}"))),
            url: (!span_name.is_empty()).then(|| Cow::Owned(span_name.to_owned())),
            sanitized_query: self.text("db.statement").or(self.text("db.query.text")),
            database_type: self.text("db.system"),
            user: self.text("db.user"),
            ..Sql::default()
        }
    }

    fn by_new_conventions(&self, system: &str, url: &UrlParts<'a>) -> Sql<'a> {
        let address = url
            .server_address
            .as_deref()
            .map(|host| self.url(system, host, url.server_port.as_ref()));
        Sql {
            connection_string: self.text("db.connection_string"),
            url: address.map(Cow::Owned),
            sanitized_query: self.text("db.query.text").or(self.text("db.statement")),
            database_type: self.text("db.system.name"),
            user: self.text("db.user"),
            ..Sql::default()
        }
    }

    fn url(&self, system: &str, host: &str, port: Option<&Value<'a>>) -> String {
        let mut address = format!("{system}://");
        push_host(host, &mut address);
        url::push_port(port, system, &mut address);
        if let Some(database) = self.get("db.namespace").or(self.get("db.name")) {
            address.push('/');
            address.push_str(database);
        }
        address
    }

    /// Of an attribute that was recorded twice, the later one counts.
    fn get(&self, key: &str) -> Option<&str> {
        let held = self.held.iter().rev().find(|(held, _)| held == key);
        let text = held.and_then(|(_, value)| value.as_text());
        text.filter(|text| !text.is_empty())
    }

    fn text(&self, key: &str) -> Text<'a> {
        let held = self.held.iter().rev().find(|(held, _)| held == key);
        match held {
            Some((_, Value::Text(text))) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }
}

/// Whether the block cannot hold the value as it is.
fn is_lost(value: &Value<'_>) -> bool {
    value
        .as_text()
        .is_none_or(|text| text.len() > names::MAX_TEXT)
}

/// Whether a database speaks SQL, by its name in the old conventions: those that the collector knows. The
/// attributes of any other one stay metadata.
fn is_sql(system: &str) -> bool {
    matches!(
        system,
        "db2"
            | "derby"
            | "hive"
            | "mariadb"
            | "mssql"
            | "mysql"
            | "oracle"
            | "postgresql"
            | "sqlite"
            | "teradata"
            | "other_sql"
    )
}

/// Whether a database speaks SQL, by its name in the new conventions.
/// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/>
fn is_sql_by_new_conventions(system: &str) -> bool {
    is_sql(system)
        || matches!(
            system,
            "actian.ingres"
                | "aws.redshift"
                | "clickhouse"
                | "cockroachdb"
                | "firebirdsql"
                | "gcp.spanner"
                | "h2database"
                | "hsqldb"
                | "ibm.db2"
                | "ibm.informix"
                | "ibm.netezza"
                | "microsoft.sql_server"
                | "oracle.db"
                | "sap.hana"
                | "sap.maxdb"
                | "trino"
        )
}
