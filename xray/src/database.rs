//! Calls of databases: a remote subsegment around each query.

mod address;
mod statement;

use std::{
    borrow::Cow,
    error::Error,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use pin_project_lite::pin_project;
use segment::span::Details;

pub use address::InvalidDatabaseAddress;

use crate::{ending::watch, recorder::is_recording, subsegment::Subsegment};

/// A database that a service calls, with what names its node on the service map: `shop@db.internal`.
///
/// ```
/// use xray::Database;
///
/// # async fn fetch() -> Result<u32, std::io::Error> { Ok(7) }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // What the pool is opened with. The password is not kept.
/// let shop = Database::from_address("postgres://app:secret@db.internal/shop")?;
///
/// // `fetch()` stands for sqlx::query(…).fetch_one(&pool), client.query_one(…), …
/// let stock = shop.query("SELECT stock FROM items WHERE id = $1", fetch()).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    system: Cow<'static, str>,
    host: Option<Cow<'static, str>>,
    port: Option<u16>,
    name: Option<Cow<'static, str>>,
    user: Option<Cow<'static, str>>,
}

pin_project! {
    /// The future of [`Database::query`].
    #[derive(Debug)]
    #[must_use = "nothing runs unless it is awaited"]
    pub struct Query<'q, F> {
        #[pin]
        work: F,
        // `None` once it has begun.
        start: Option<(&'q Database, &'q str)>,
        // `None` before it has begun.
        open: Option<Subsegment>,
    }
}

impl Database {
    /// Describes a database of a kind, by OpenTelemetry's name for it: `postgresql`, `mysql`, `mariadb`, `sqlite`,
    /// `microsoft.sql_server`, …. Without a host or a name its node is named after the kind.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-system-name>
    pub const fn new(system: &'static str) -> Self {
        Self {
            system: Cow::Borrowed(system),
            host: None,
            port: None,
            name: None,
            user: None,
        }
    }

    /// Reads what a driver connects by: a URL (`postgres://app:secret@db.internal:5432/shop`, `mysql://…`,
    /// `sqlite:shop.db`) or libpq's pairs (`host=db.internal user=app dbname=shop`). Of several hosts it takes the first.
    /// A URL's parameters `host`, `port`, `dbname` and `user` take precedence over its other parts, and a Unix socket is a host
    /// (`?host=/cloudsql/…`, `?socket=`, `redis+unix:///…`). The password is not kept.
    ///
    /// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>
    ///
    /// ```
    /// use xray::Database;
    ///
    /// let url = Database::from_address("postgres://app:secret@db.internal:5432/shop")?;
    /// let pairs = Database::from_address("host=db.internal port=5432 user=app password=secret dbname=shop")?;
    /// assert_eq!(url, pairs);
    /// assert!(!format!("{url:?}").contains("secret"));
    /// # Ok::<(), xray::InvalidDatabaseAddress>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the address is neither. The error does not show the address, because it may contain a password.
    pub fn from_address(address: &str) -> Result<Self, InvalidDatabaseAddress> {
        address::read(address)
    }

    /// Sets the host: a name or an IP address, without a port.
    #[must_use]
    pub fn host(self, host: impl Into<Cow<'static, str>>) -> Self {
        Self {
            host: Some(host.into()),
            ..self
        }
    }

    /// Sets the port.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self {
            port: Some(port),
            ..self
        }
    }

    /// Sets the database's name, which stands before the `@` of the node's name.
    #[must_use]
    pub fn name(self, name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Sets the user, recorded in the `sql` block; never a password.
    #[must_use]
    pub fn user(self, user: impl Into<Cow<'static, str>>) -> Self {
        Self {
            user: Some(user.into()),
            ..self
        }
    }

    /// Runs `work`, a driver's future for `statement`, in a remote subsegment, from the first poll until it is ready.
    /// An error makes it a fault with the error as its cause. If `work` is dropped before it is ready, the subsegment ends
    /// then, with `cancelled` in its metadata.
    ///
    /// String and number literals in the statement become `?`, because they may be secrets; placeholders (`$1`, `?`, `:id`)
    /// stay. Of a statement in JSON the names of members stay too. A command of Redis has no literals: pass it without its
    /// values. In a request that is not recorded the statement is not read. The `sql` block has its first 250 bytes, and if
    /// it is longer the metadata has all of it.
    pub fn query<'q, F, T, E>(&'q self, statement: &'q str, work: F) -> Query<'q, F>
    where
        F: Future<Output = Result<T, E>>,
        E: Error,
    {
        Query {
            work,
            start: Some((self, statement)),
            open: None,
        }
    }

    fn begin(&self, statement: &str) -> Subsegment {
        if !is_recording() {
            return Subsegment::none();
        }
        let operation = statement::operation(statement);
        let text = statement::without_literals(statement, &self.system);
        let query = segment::span::Query {
            system: &*self.system,
            namespace: self.name.as_deref(),
            host: self.host.as_deref(),
            port: self.port,
            user: self.user.as_deref(),
            text: &text,
        };
        Subsegment::call(operation, &Details::Query(query))
    }
}

impl<F, T, E> Future for Query<'_, F>
where
    F: Future<Output = Result<T, E>>,
    E: Error,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some((database, statement)) = this.start.take() {
            *this.open = Some(database.begin(statement));
        }
        let Some(open) = this.open else {
            return this.work.poll(task);
        };
        let guard = open.attach();
        let result = ready!(watch(open.ending(), || this.work.poll(task)));
        drop(guard);
        if let Some(open) = this.open.take() {
            if let Err(error) = &result {
                open.record_error(error);
            }
            open.end();
        }
        Poll::Ready(result)
    }
}
