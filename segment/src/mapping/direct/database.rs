//! What the documents of all queries of one database have in common.

use std::rc::Rc;

use super::{
    fits,
    known::{Known, members, string},
};
use crate::{mapping::sql::is_sql_by_new_conventions, names, span::Query};

/// How many databases a thread remembers: few services ask more.
const REMEMBERED: usize = 4;

/// A database that uses SQL and has a name of its own.
#[derive(Debug)]
pub(super) struct Database {
    system: String,
    namespace: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    /// The name of the call, `"shop@db.internal"`.
    pub(super) name: Vec<u8>,
    /// The members in front of the statement.
    pub(super) before: Vec<u8>,
    /// The members behind it.
    pub(super) behind: Vec<u8>,
}

thread_local! {
    static KNOWN: Known<Database, REMEMBERED> = const { Known::new() };
}

impl Database {
    /// Returns the database of a query; `None` if something of it is not written as it is.
    pub(super) fn of(query: &Query<&str>) -> Option<Rc<Self>> {
        Known::get(&KNOWN, |known| known.is_of(query), || Self::new(query))
    }

    fn is_of(&self, query: &Query<&str>) -> bool {
        self.system == query.system
            && self.namespace.as_deref() == query.namespace
            && self.host.as_deref() == query.host
            && self.port == query.port
            && self.user.as_deref() == query.user
    }

    fn new(query: &Query<&str>) -> Option<Self> {
        let &Query {
            system,
            namespace,
            host,
            port,
            user,
            ..
        } = query;
        let name = name(query).concat();
        let mut digits = itoa::Buffer::new();
        let url = url(query, &mut digits).map(|url| url.concat());
        let is_short = is_sql_by_new_conventions(system)
            && namespace.is_none_or(is_database)
            && match host {
                Some(host) => is_host(host),
                None => namespace.is_some() && port.is_none(),
            }
            && user.is_none_or(|user| fits("db.user", user))
            && names::is_clean(&name)
            && url.as_ref().is_none_or(|url| url.len() <= names::MAX_TEXT);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        is_short.then(|| Self {
            system: system.to_owned(),
            namespace: owned(namespace),
            host: owned(host),
            port,
            user: owned(user),
            name: string(&name),
            before: members([("url", url.as_deref())]),
            behind: members([("database_type", Some(system)), ("user", user)]),
        })
    }
}

/// Returns the name of the call in pieces: `shop@db.internal`.
fn name<'a>(query: &Query<&'a str>) -> [&'a str; 3] {
    match (query.namespace, query.host) {
        (Some(namespace), Some(host)) => [namespace, "@", host],
        (one, other) => [one.or(other).unwrap_or_default(), "", ""],
    }
}

/// Returns the address in pieces: `postgresql://db.internal:5432/shop`; the port is written into `digits`.
fn url<'a>(query: &Query<&'a str>, digits: &'a mut itoa::Buffer) -> Option<[&'a str; 7]> {
    let host = query.host?;
    let (colon, port) = match query.port {
        Some(port) => (":", digits.format(port)),
        None => ("", ""),
    };
    let (slash, database) = match query.namespace {
        Some(namespace) => ("/", namespace),
        None => ("", ""),
    };
    Some([query.system, "://", host, colon, port, slash, database])
}

/// Whether a database's name can stand in the name of a call: one that is a number does not.
fn is_database(name: &str) -> bool {
    fits("db.namespace", name) && !name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a host stands as it is in a name and in a URL: an IPv6 address would have brackets in the latter.
fn is_host(host: &str) -> bool {
    fits("server.address", host) && !host.contains([':', '[', ']'])
}
