//! A query of a database whose parts are known one by one.

use crate::Value;

/// A query of a database, as the service that made it knows it. `T` is a text.
///
/// <https://opentelemetry.io/docs/specs/semconv/database/database-spans/>; the user by the older conventions, since the
/// new ones have none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T> {
    /// `db.system.name`
    pub system: T,
    /// `db.namespace`: the database's name.
    pub namespace: Option<T>,
    /// `server.address`: a name or an IP address, without a port.
    pub host: Option<T>,
    /// `server.port`
    pub port: Option<u16>,
    /// `db.user`
    pub user: Option<T>,
    /// `db.query.text`: the statement.
    pub text: T,
}

impl<T> Query<T> {
    /// With these begin the keys of its attributes.
    pub(super) const PREFIXES: [&str; 3] = ["db.", "server.", "peer."];

    /// Returns the same with other texts.
    pub(super) fn map<U>(&self, mut text: impl FnMut(&T) -> U) -> Query<U> {
        Query {
            system: text(&self.system),
            namespace: self.namespace.as_ref().map(&mut text),
            host: self.host.as_ref().map(&mut text),
            port: self.port,
            user: self.user.as_ref().map(&mut text),
            text: text(&self.text),
        }
    }
}

impl<'a> Query<&'a str> {
    /// Returns it as attributes. A database without a host and a name is called by its kind, or else its node would be
    /// named after the statement's first word.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        let is_nameless = self.host.is_none() && self.namespace.is_none();
        [
            ("db.system.name", Some(self.system.into())),
            ("db.namespace", self.namespace.map(Value::from)),
            ("server.address", self.host.map(Value::from)),
            ("server.port", self.port.map(|port| i64::from(port).into())),
            ("db.user", self.user.map(Value::from)),
            ("peer.service", is_nameless.then(|| self.system.into())),
            ("db.query.text", Some(self.text.into())),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
    }
}
