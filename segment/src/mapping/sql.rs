//! The `sql` block, and the name of a call to a database.

use std::borrow::Cow;

use super::{
    attributes::{Attributes, Slot},
    text::{Text, fit},
    trimmed::Trimmed,
    url::{self, UrlParts, push_host},
};
use crate::{Value, document::Sql};

/// The attributes of a call to a database. Those of a database that does not use SQL become metadata.
#[derive(Default)]
pub(super) struct SqlParts {
    /// `db.system`
    old_system: Slot,
    /// `db.system.name`
    new_system: Slot,
    /// `db.name`
    name: Slot,
    /// `db.namespace`
    namespace: Slot,
    /// `db.statement`
    statement: Slot,
    /// `db.query.text`
    query: Slot,
    /// `db.user`
    user: Slot,
    /// `db.connection_string`
    connection_string: Slot,
}

impl SqlParts {
    /// Returns the slot of an attribute that belongs to this block.
    pub(super) fn slot(&mut self, key: &str) -> Option<&mut Slot> {
        Some(match key {
            "db.system" => &mut self.old_system,
            "db.system.name" => &mut self.new_system,
            "db.name" => &mut self.name,
            "db.namespace" => &mut self.namespace,
            "db.statement" => &mut self.statement,
            "db.query.text" => &mut self.query,
            "db.user" => &mut self.user,
            "db.connection_string" => &mut self.connection_string,
            _ => return None,
        })
    }

    /// Returns the name of a call, `database@host`; only the host if databases are numbered, as in Redis.
    pub(super) fn name<'a>(&self, attributes: &Attributes<'a>, url: &UrlParts) -> Text<'a> {
        let database = self.database();
        let said = attributes.text(database)?;
        let name = self.database_of(&said, attributes);
        let host = self.host(attributes, url);
        let system = attributes.value(self.new_system.or(self.old_system));
        // A cluster, which the old conventions do not name so.
        let is_cluster = system.and_then(Value::as_text) == Some("elasticsearch");
        let is_number = is_cluster || name.bytes().all(|byte| byte.is_ascii_digit());
        match host {
            Some(host) if is_number => Some(Cow::Owned(host)),
            Some(host) => Some(Cow::Owned([name, "@", &*host].concat())),
            None if is_number => self.system(attributes),
            None if name.len() < said.len() => Some(Cow::Owned(name.to_owned())),
            None => attributes.copy(database),
        }
    }

    /// Returns the name of a database of which nothing else is known: `redis` tells more than `GET`.
    pub(super) fn system<'a>(&self, attributes: &Attributes<'a>) -> Text<'a> {
        attributes.copy(self.new_system.or(self.old_system))
    }

    /// Returns the database of a namespace, which the new conventions combine with the server's instance or with the
    /// schema: that is the name which the old conventions have, and one node of the map.
    fn database_of<'n>(&self, namespace: &'n str, attributes: &Attributes<'_>) -> &'n str {
        if !namespace.contains('|') {
            return namespace;
        }
        let system = attributes.text(self.new_system.or(self.old_system));
        let mut parts = namespace.split('|');
        let database = match system.as_deref() {
            // `instance|database`
            Some("microsoft.sql_server" | "mssql") => parts.next_back(),
            // `instance|database|service`
            Some("oracle.db" | "oracle") => parts.nth(1),
            // `database|schema`
            _ => parts.next(),
        };
        let database = database.filter(|database| !database.is_empty());
        database.unwrap_or(namespace)
    }

    /// The host, from the connection string or from an attribute of its own.
    fn host(&self, attributes: &Attributes<'_>, url: &UrlParts) -> Option<String> {
        let connection = attributes.text(self.connection_string);
        if let Some(host) = connection.as_deref().and_then(url::host) {
            return Some(host.to_owned());
        }
        let host = attributes.text(host_and_port(url).0)?;
        let host = url::without_port(&host);
        Some(host.trim_matches(['[', ']']).to_owned())
    }

    fn database(&self) -> Slot {
        self.name.or(self.namespace)
    }

    /// Makes the block if the database uses SQL. Attributes that it does not contain are kept; those of the host are
    /// left to the URL.
    pub(super) fn finish<'a>(
        &self,
        span_name: &str,
        url: &UrlParts,
        attributes: &mut Attributes<'a>,
        trimmed: &mut Trimmed,
    ) -> Option<Box<Sql<'a>>> {
        let system = attributes.text(self.old_system);
        let is_old = system.as_deref().is_some_and(is_sql);
        let system = system.or_else(|| attributes.text(self.new_system))?;
        if !(is_old || is_sql_by_new_conventions(&system)) {
            return None;
        }
        let address = self.address(&system, url, attributes);
        let connection_string = self.connection_string(is_old, attributes);
        let connection_string = connection_string.map(|text| fit(text, trimmed));
        // Without an address, the collector shows the span's name here.
        let name = || (is_old && !span_name.is_empty()).then(|| span_name.to_owned());
        let url_member = address.or_else(name);
        let url_member = url_member.map(|url| fit(Cow::Owned(url), trimmed));
        for text in [&connection_string, &url_member].into_iter().flatten() {
            for slot in [self.connection_string, self.name, self.namespace] {
                attributes.forget_if_in(slot, text);
            }
        }
        let (query, database_type) = if is_old {
            (self.statement.or(self.query), self.old_system)
        } else {
            (
                self.query.or(self.statement),
                self.new_system.or(self.old_system),
            )
        };
        Some(Box::new(Sql {
            connection_string,
            url: url_member,
            sanitized_query: attributes.take_fitting(query, trimmed),
            database_type: attributes.take_fitting(database_type, trimmed),
            user: attributes.take_fitting(self.user, trimmed),
            ..Sql::default()
        }))
    }

    /// `connection string/database`, as the collector writes it for the old conventions.
    fn connection_string<'a>(&self, is_old: bool, attributes: &Attributes<'a>) -> Text<'a> {
        let connection = attributes.copy(self.connection_string)?;
        if !is_old {
            return Some(connection);
        }
        let database = attributes.text(self.database());
        Some(Cow::Owned(format!(
            "{connection}/{}",
            database.as_deref().unwrap_or_default()
        )))
    }

    /// `system://host:port/database`; `None` if the host is unknown or in a connection string.
    fn address(&self, system: &str, url: &UrlParts, attributes: &Attributes<'_>) -> Option<String> {
        let (host, port) = host_and_port(url);
        let host = attributes.text(host)?;
        let database = attributes.text(self.namespace.or(self.name));
        let database = database.as_deref();
        let database = database.map(|database| self.database_of(database, attributes));
        let length = database.map_or(0, str::len);
        // More than enough, so that it is allocated once.
        let length = system.len() + host.len() + length + "://[]:65535/".len();
        let mut address = String::with_capacity(length);
        address.push_str(system);
        address.push_str("://");
        push_host(&host, &mut address);
        if url::without_port(&host).len() == host.len() {
            url::push_port(attributes.value(port), system, &mut address);
        }
        if let Some(database) = database {
            address.push('/');
            address.push_str(database);
        }
        Some(address)
    }
}

/// The database's host and port, by the new or the old conventions.
fn host_and_port(url: &UrlParts) -> (Slot, Slot) {
    if url.server_address.is_set() {
        (url.server_address, url.server_port)
    } else {
        (url.peer_name.or(url.peer_ip), url.peer_port)
    }
}

/// Whether a database uses SQL, by its name in the old conventions, for the names that the collector knows.
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

/// Whether a database uses SQL, by its name in the new conventions, or by an old name that the collector does not
/// know. <https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/>
pub(super) fn is_sql_by_new_conventions(system: &str) -> bool {
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
                | "edb"
                | "firebird"
                | "h2"
                | "hanadb"
                | "informix"
                | "ingres"
                | "maxdb"
                | "netezza"
                | "redshift"
                | "spanner"
                | "sybase"
                | "vertica"
        )
}
