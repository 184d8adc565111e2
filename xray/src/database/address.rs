//! What drivers are given to connect.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::Database;

/// What a database is reached by is neither a URL nor libpq's pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a database's address is not understood: write a URL, as postgres://user:password@host:5432/name or sqlite:name.db, or \
     pairs, as host=db.internal user=app dbname=shop; or set its parts with xray::Database::new"
)]
pub struct InvalidDatabaseAddress;

pub(super) fn read(address: &str) -> Result<Database, InvalidDatabaseAddress> {
    let address = address.trim();
    if let Some(file) = address.strip_prefix("sqlite:") {
        return Ok(sqlite(file));
    }
    if address.contains("://") {
        return url(address).ok_or(InvalidDatabaseAddress);
    }
    pairs(address).ok_or(InvalidDatabaseAddress)
}

/// A file, or a name for what is in memory: the last part of its path names it.
fn sqlite(file: &str) -> Database {
    let path = file.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = if name.is_empty() { ":memory:" } else { name };
    Database::new("sqlite").name(decoded(name))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn url(address: &str) -> Option<Database> {
    let (scheme, rest) = address.split_once("://")?;
    // Of several hosts, which no URL has, the first.
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let hosts = authority
        .rsplit_once('@')
        .map_or(authority, |(_, hosts)| hosts);
    let first = hosts.split(',').next().unwrap_or_default();
    let user = &authority[..authority.len() - hosts.len()];
    // A scheme that is unknown to URLs leaves hosts as they are written.
    let url = Url::parse(&format!("db://{user}{first}{path}")).ok()?;
    // No database's URL has a fragment: this is a password that is not encoded.
    if url.fragment().is_some() {
        return None;
    }
    let mut database = Database {
        system: system(scheme),
        ..Database::new("")
    };
    let host = url
        .host_str()
        .map(|host| decoded(host.trim_matches(['[', ']'])));
    database.host = host.filter(|host| !host.is_empty()).map(Cow::Owned);
    database.port = url.port();
    let name = Some(decoded(url.path().trim_matches('/')));
    database.name = name.filter(|name| !name.is_empty()).map(Cow::Owned);
    let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
    database.user = user.map(Cow::Owned);
    if is_socket(scheme) {
        database.host = Some(decoded(url.path()).into());
        database.name = None;
    }
    let parameters: Vec<_> = url.query_pairs().collect();
    database.set(parameters.iter().map(|(key, value)| (&**key, &**value)));
    is_whole(&database).then_some(database)
}

/// Whether the path of a URL is that of a Unix socket, as Redis' clients write it: `redis+unix:///run/redis.sock?db=1`.
fn is_socket(scheme: &str) -> bool {
    scheme == "unix" || scheme.ends_with("+unix") || scheme.ends_with("+socket")
}

impl Database {
    /// Sets what libpq's pairs say, which in a URL are its parameters and take precedence over its other parts.
    fn set<'a>(&mut self, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut address = None;
        for (key, value) in pairs.filter(|(_, value)| !value.is_empty()) {
            // Of several hosts and their ports the first.
            let first = value.split(',').next().unwrap_or_default();
            match key {
                "host" | "socket" | "unix_socket" => self.host = Some(first.to_owned().into()),
                "hostaddr" => address = Some(first.to_owned().into()),
                "port" => self.port = first.parse().ok(),
                "dbname" | "db" => self.name = Some(value.to_owned().into()),
                "user" => self.user = Some(value.to_owned().into()),
                _ => {}
            }
        }
        // Where both are given, the host is the name of what is at the address.
        self.host = self.host.take().or(address);
    }
}

/// Whether host and name are no more than that. What Java's and .NET's drivers take has further pairs behind them,
/// `;password=…`, and a password with a slash that is not encoded ends in the name.
fn is_whole(database: &Database) -> bool {
    let parts = [&database.host, &database.name];
    !parts
        .into_iter()
        .flatten()
        .any(|part| part.contains([';', '=', '@']))
}

/// Returns OpenTelemetry's name for what a URL's scheme says.
fn system(scheme: &str) -> Cow<'static, str> {
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    // `mongodb+srv`, `postgresql+asyncpg`
    let scheme = scheme.split('+').next().unwrap_or_default();
    let scheme = scheme.to_ascii_lowercase();
    Cow::Borrowed(match &*scheme {
        // Of the databases whose URL is that of a socket, Redis alone leaves its name out.
        "rediss" | "unix" => "redis",
        "valkeys" => "valkey",
        "postgres" | "postgresql" => "postgresql",
        "mssql" | "sqlserver" => "microsoft.sql_server",
        "oracle" => "oracle.db",
        "cockroach" => "cockroachdb",
        _ => return Cow::Owned(scheme),
    })
}

/// libpq's `key=value …`, with values in single quotes where they have spaces.
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>
fn pairs(address: &str) -> Option<Database> {
    let (mut pairs, mut rest) = (Vec::new(), address);
    while !rest.is_empty() {
        let (key, behind) = rest.split_once('=')?;
        let (value, behind) = value(behind.trim_start())?;
        pairs.push((key.trim_end(), value));
        rest = behind.trim_start();
    }
    let mut database = Database::new("postgresql");
    database.set(pairs.iter().map(|(key, value)| (*key, &**value)));
    (database != Database::new("postgresql") && is_whole(&database)).then_some(database)
}

/// Reads a value, and returns what is behind it.
fn value(text: &str) -> Option<(String, &str)> {
    let is_quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(is_quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '\'' if is_quoted => return Some((value, &text[at + 1..])),
            character if character.is_whitespace() && !is_quoted => {
                return Some((value, &text[at..]));
            }
            character => value.push(character),
        }
    }
    (!is_quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Database {
        Database::new("postgresql")
            .host("db.internal")
            .port(5433)
            .name("shop")
            .user("app")
    }

    #[test]
    fn an_address_is_that_of_the_socket_or_host_that_a_driver_connects_to() {
        for (address, expected) in [
            (
                "postgres://app:x@localhost/shop?host=/cloudsql/shop-1:europe-west1:db&sslmode=disable",
                Database {
                    port: None,
                    ..shop().host("/cloudsql/shop-1:europe-west1:db")
                },
            ),
            (
                "postgres://localhost:1/?host=db.internal,db2&port=5433,5434&user=app&dbname=shop",
                shop(),
            ),
            (
                "postgres://app@%2Fvar%2Frun%2Fpostgresql/shop",
                Database {
                    port: None,
                    ..shop().host("/var/run/postgresql")
                },
            ),
            (
                "hostaddr=10.0.0.5 port=5433 user=app dbname=shop",
                shop().host("10.0.0.5"),
            ),
            (
                "hostaddr=10.0.0.5 host=db.internal port=5433 user=app dbname=shop",
                shop(),
            ),
            ("PostgreSQL://app@db.internal:5433/shop", shop()),
            (
                "mysql://app@localhost/shop?socket=/tmp/mysql.sock",
                Database::new("mysql")
                    .host("/tmp/mysql.sock")
                    .name("shop")
                    .user("app"),
            ),
            (
                "redis+unix:///run/redis.sock?db=1&pass=hunter2",
                Database::new("redis").host("/run/redis.sock").name("1"),
            ),
            (
                "unix:///run/redis.sock",
                Database::new("redis").host("/run/redis.sock"),
            ),
            (
                "sqlite://data/my%20shop.db",
                Database::new("sqlite").name("my shop.db"),
            ),
        ] {
            assert_eq!(read(address), Ok(expected), "{address}");
        }
    }

    #[test]
    fn what_drivers_take_is_understood() {
        for (address, expected) in [
            (
                "postgres://app:p%40ss@db.internal:5433/shop?sslmode=require",
                shop(),
            ),
            (
                "postgresql://app@db.internal:5433,db2.internal:5434/shop",
                shop(),
            ),
            (
                "host=db.internal,db2 port=5433,5434 user=app dbname = 'shop'",
                shop(),
            ),
            (
                r"host='db.internal' port=5433 user=app dbname=shop password='a b\'c'",
                shop(),
            ),
            (
                "postgres:///shop?host=/var/run/postgresql&user=app",
                Database {
                    port: None,
                    ..shop().host("/var/run/postgresql")
                },
            ),
            (
                "mysql://app@[::1]:3306/sh%6Fp",
                Database::new("mysql")
                    .host("::1")
                    .port(3306)
                    .name("shop")
                    .user("app"),
            ),
            ("sqlite::memory:", Database::new("sqlite").name(":memory:")),
            (
                "sqlite://data/shop.db?mode=rwc",
                Database::new("sqlite").name("shop.db"),
            ),
            (
                "mssql://db.internal",
                Database::new("microsoft.sql_server").host("db.internal"),
            ),
            (
                "mongodb+srv://app:hunter2@db.internal/shop?retryWrites=true",
                Database::new("mongodb")
                    .host("db.internal")
                    .name("shop")
                    .user("app"),
            ),
            (
                "rediss://:hunter2@db.internal:6379/0",
                Database::new("redis")
                    .host("db.internal")
                    .port(6379)
                    .name("0"),
            ),
        ] {
            assert_eq!(read(address), Ok(expected), "{address}");
        }
        for nonsense in [
            "",
            "db.internal",
            "postgres",
            "password=hunter2",
            "jdbc:sqlserver://db.internal;databaseName=shop;user=sa;password=hunter2",
            "jdbc:h2:tcp://db.internal/shop;PASSWORD=hunter2",
            "host=db.internal;dbname=shop;password=hunter2",
            "Server=db.internal;Database=shop;Password=hunter2",
            "postgres://app:12/hunter2@db.internal/shop",
            "postgres://app:12#hunter2@db.internal/shop",
            "app:hunter2@tcp(db.internal:3306)/shop?parseTime=true",
            "http://[/",
        ] {
            let error = read(nonsense).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{nonsense}");
        }
    }
}
