//! A process that is started without tracing.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::time::Duration;

use opentelemetry::global;
use xray::{Config, Database, Exporter, SamplerKind, Tracing, testing::Daemon};

#[tokio::test]
async fn nothing_begins_outside_of_a_trace_and_what_is_in_one_is_recorded() {
    let _off = xray::start(&Config {
        exporter: Exporter::None,
        ..Config::new("shop")
    })
    .unwrap();
    // Someone in the same process traces nevertheless.
    let daemon = Daemon::start().unwrap();
    let tracing = Tracing::new(&Config {
        sampler: SamplerKind::AlwaysOn,
        ..daemon.config("stock")
    })
    .unwrap();
    global::set_tracer_provider(tracing.provider().unwrap().clone());

    let database = Database::new("sqlite").name("stock.db");
    let query = || database.query("SELECT 1", async { Ok::<_, std::fmt::Error>(1) });
    xray::in_subsegment("outside", || ());
    xray::subsegment("outside", async {}).await;
    query().await.unwrap();
    tracing
        .segment("job", async {
            xray::in_subsegment("inside", || ());
            query().await.unwrap();
        })
        .await;
    assert!(tracing.flush(Duration::from_secs(10)));

    let segment = daemon.receive(1).remove(0);
    let names: Vec<_> = segment.subsegments.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["inside", "stock.db"]);
    assert_eq!(tracing.delivery().sent, 1);
}
