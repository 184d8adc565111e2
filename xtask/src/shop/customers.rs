//! Customers, who order something all the time.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::http;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// One after the other. Umbrellas are sold out (409), and a million lamps cost more than the invoice has room for.
const ORDERS: [(&str, u32); 10] = [
    ("apple", 6),
    ("lamp", 1),
    ("apple", 12),
    ("apple", 1),
    ("umbrella", 1),
    ("lamp", 2),
    ("apple", 3),
    ("apple", 24),
    ("lamp", 1),
    ("lamp", 1_000_000),
];

/// Orders from the shop at an address, so many times per second.
pub(super) async fn order(shop: &str, rate: u16) {
    let mut tick = interval(Duration::from_secs(1) / u32::from(rate));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for (item, quantity) in ORDERS.into_iter().cycle() {
        tick.tick().await;
        let (shop, wish) = (
            shop.to_owned(),
            format!(r#"{{"item":"{item}","quantity":{quantity}}}"#),
        );
        // The console shows the answer, whatever it is.
        tokio::spawn(async move { http::post(&shop, "/orders", &wish, PATIENCE).await });
    }
}
