//! PostgreSQL, asked by sqlx and by tokio-postgres.

use segment::{Document, document::Cause};
use sqlx::{Connection, PgConnection, Row};
use tokio_postgres::{NoTls, SimpleQueryMessage};
use xray::{Database, Tracing, testing::Daemon};

use crate::postgres::Postgres;

struct Traced {
    daemon: Daemon,
    tracing: Tracing,
}

impl Traced {
    fn start() -> Self {
        let daemon = Daemon::start().unwrap().checking(|_| {});
        let tracing = Tracing::new(&daemon.config("shop")).unwrap();
        Self { daemon, tracing }
    }

    /// Does `work` in a segment, and returns its subsegments.
    async fn run(&self, work: impl Future<Output = ()>) -> Vec<Document<'static>> {
        self.tracing.segment("job", work).await;
        self.daemon.receive(1).remove(0).subsegments
    }
}

fn check(calls: &[Document<'_>], port: u16, statements: &[&str]) {
    for call in calls {
        assert_eq!(call.name, "postgres@127.0.0.1");
        assert_eq!(call.namespace.as_deref(), Some("remote"));
        let sql = call.sql.as_ref().unwrap();
        let url = format!("postgresql://127.0.0.1:{port}/postgres");
        assert_eq!(sql.url.as_deref(), Some(url.as_str()));
        assert_eq!(sql.database_type.as_deref(), Some("postgresql"));
        assert_eq!(sql.user.as_deref(), Some("app"));
        assert!(call.end_time.unwrap() >= call.start_time);
    }
    let said = calls
        .iter()
        .map(|call| call.sql.as_ref().unwrap().sanitized_query.as_deref());
    assert_eq!(said.map(Option::unwrap).collect::<Vec<_>>(), statements);
}

/// Checks that the last call failed, for want of a table.
fn check_failure(calls: &[Document<'_>], kind: &str) {
    let (failed, fine) = calls.split_last().unwrap();
    assert!(fine.iter().all(|call| !call.fault && call.cause.is_none()));
    assert!(failed.fault);
    let Some(Cause::Exceptions(cause)) = &failed.cause else {
        panic!("{failed:?}")
    };
    let said = format!("{:?}", cause.exceptions);
    assert!(
        said.contains("relation \\\"nothing\\\" does not exist"),
        "{said}"
    );
    assert!(said.contains(kind), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlx_s_queries_are_calls_of_the_database() {
    let (postgres, traced) = (Postgres::start(), Traced::start());
    let address = format!(
        "postgres://app:hunter2@127.0.0.1:{}/postgres",
        postgres.port
    );
    let shop = Database::from_address(&address).unwrap();
    let mut connection = PgConnection::connect(&address).await.unwrap();
    let calls = traced.run(async {
        let create = "CREATE TABLE items (id int PRIMARY KEY, name text)";
        shop.query(create, sqlx::query(create).execute(&mut connection))
            .await
            .unwrap();
        let mut transaction = shop.query("BEGIN", connection.begin()).await.unwrap();
        let insert = "INSERT INTO items VALUES (7, 'hunter2')";
        shop.query(insert, sqlx::query(insert).execute(&mut *transaction))
            .await
            .unwrap();
        shop.query("COMMIT", transaction.commit()).await.unwrap();
        let select = "SELECT name FROM items WHERE id = $1";
        let row = sqlx::query(select).bind(7).fetch_one(&mut connection);
        let row = shop.query(select, row).await.unwrap();
        assert_eq!(row.get::<String, _>("name"), "hunter2");
        let missing = "SELECT * FROM nothing";
        let missing = shop.query(missing, sqlx::query(missing).fetch_all(&mut connection));
        // The caller's error is the driver's.
        let error = missing.await.unwrap_err();
        assert!(error.as_database_error().is_some());
    });
    let calls = calls.await;
    check(
        &calls,
        postgres.port,
        &[
            "CREATE TABLE items (id int PRIMARY KEY, name text)",
            "BEGIN",
            "INSERT INTO items VALUES (?, ?)",
            "COMMIT",
            "SELECT name FROM items WHERE id = $1",
            "SELECT * FROM nothing",
        ],
    );
    check_failure(&calls, "sqlx");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokio_postgres_s_queries_are_calls_of_the_database() {
    let (postgres, traced) = (Postgres::start(), Traced::start());
    let address = format!(
        "host=127.0.0.1 port={} user=app dbname=postgres",
        postgres.port
    );
    let shop = Database::from_address(&address).unwrap();
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    let calls = traced.run(async {
        let select = "SELECT $1::int4 + 35";
        let row = shop
            .query(select, client.query_one(select, &[&7_i32]))
            .await
            .unwrap();
        assert_eq!(row.get::<_, i32>(0), 42);
        let missing = "DELETE FROM nothing";
        let error = shop
            .query(missing, client.execute(missing, &[]))
            .await
            .unwrap_err();
        assert!(error.as_db_error().is_some());
    });
    let calls = calls.await;
    check(
        &calls,
        postgres.port,
        &["SELECT $1::int4 + ?", "DELETE FROM nothing"],
    );
    check_failure(&calls, "tokio_postgres");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_statement_of_a_megabyte_the_trace_has_what_fits() {
    let (postgres, traced) = (Postgres::start(), Traced::start());
    let address = format!("postgres://app@127.0.0.1:{}/postgres", postgres.port);
    let shop = Database::from_address(&address).unwrap();
    let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
    tokio::spawn(connection);
    let calls = traced.run(async {
        let literal = format!("SELECT length('{}')", "x".repeat(1_000_000));
        let rows = shop
            .query(&literal, client.simple_query(&literal))
            .await
            .unwrap();
        assert_eq!(length(&rows), Some("1000000"));
        let columns: Vec<_> = (0..40_000)
            .map(|n| format!("'hunter2' AS a_name_{n}"))
            .collect();
        // PostgreSQL takes no more than 1,664 columns.
        let columns = format!("SELECT {}", columns.join(", "));
        assert!(columns.len() > 1_000_000);
        let refused = shop
            .query(&columns, client.simple_query(&columns))
            .await
            .unwrap_err();
        assert!(refused.as_db_error().is_some());
    });
    let calls = calls.await;
    let [literal, columns] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(statement(literal), "SELECT length(?)");
    assert!(!literal.fault && literal.metadata.is_empty());
    let start = statement(columns);
    assert!(
        start.starts_with("SELECT ? AS a_name_0, ? AS a_name_1, "),
        "{start}"
    );
    assert!(columns.fault);
    let cut = format!("{:?}", columns.metadata);
    assert!(
        cut.contains("db.query.text") && cut.contains("[cut "),
        "{cut}"
    );
    assert!(!format!("{columns:?}").contains("hunter2"));
}

fn statement<'c>(call: &'c Document<'_>) -> &'c str {
    let sql = call.sql.as_ref().unwrap();
    sql.sanitized_query.as_deref().unwrap()
}

fn length(rows: &[SimpleQueryMessage]) -> Option<&str> {
    rows.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    })
}
