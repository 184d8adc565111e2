//! A shop of three traced services, in one program with a subcommand for each:
//!
//! - `shop web` takes orders over HTTP: it asks PostgreSQL for the price and `stock` for the goods, saves the order in
//!   DynamoDB and sends it to a queue;
//! - `shop stock` has the goods, over gRPC;
//! - `shop worker` takes the orders from the queue and writes their invoices into PostgreSQL.
//!
//! `shop setup` makes the table, the queues and the database's tables.

mod aws;
mod database;
mod error;
mod orders;
mod queue;
mod settings;
mod setup;
mod stock;
mod web;
mod worker;

use std::env;

use error::Failure;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match env::args().nth(1).as_deref() {
        Some("web") => web::serve().await,
        Some("stock") => stock::serve().await,
        Some("worker") => worker::run().await,
        Some("setup") => setup::run().await,
        _ => Err(
            "say which service to start: shop web, shop stock, shop worker or shop setup".into(),
        ),
    }
}
