//! Prices and invoices, in PostgreSQL. `xray::Database` makes a subsegment of each query.

use std::time::Duration;

use sqlx::{PgPool, Row, postgres::PgPoolOptions};
use xray::Database;

use crate::{
    error::{Error, Failure},
    orders::Order,
};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct ShopDatabase {
    /// What names it on the service map.
    database: Database,
    pool: PgPool,
}

impl ShopDatabase {
    /// Connects with the first query.
    pub fn new(url: &str) -> Result<Self, Failure> {
        let pool = PgPoolOptions::new().acquire_timeout(PATIENCE);
        Ok(Self {
            database: Database::from_address(url)?,
            pool: pool.connect_lazy(url)?,
        })
    }

    /// Returns an item's price in cents.
    pub async fn price(&self, item: &str) -> Result<i32, Error> {
        let statement = "SELECT price FROM items WHERE name = $1";
        let row = sqlx::query(statement).bind(item).fetch_optional(&self.pool);
        let row = self.database.query(statement, row).await?;
        Ok(row.ok_or(Error::NotFound)?.try_get("price")?)
    }

    /// Writes an order's invoice, once, though the queue may deliver the order twice.
    pub async fn write_invoice(&self, order: &Order) -> Result<(), Error> {
        let statement =
            "INSERT INTO invoices (order_id, total) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(statement).bind(&order.id).bind(order.total);
        self.database
            .query(statement, insert.execute(&self.pool))
            .await?;
        Ok(())
    }
}
