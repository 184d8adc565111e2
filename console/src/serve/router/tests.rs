//! The table of operations against the handlers.

use std::{
    net::{Ipv4Addr, UdpSocket},
    sync::Arc,
    time::SystemTime,
};

use traces::store::{Limits, Store};

use super::*;
use crate::{
    receive::{daemon::Daemon, intake::Intake},
    serve::model::{OPERATIONS, tests::example},
};

#[tokio::test]
async fn every_member_of_the_model_is_read_by_its_operation() {
    let any = (Ipv4Addr::LOCALHOST, 0);
    let store = Store::new(Limits {
        traces: 10,
        bytes: 1 << 20,
    });
    let intake = Arc::new(Intake::new(store));
    let daemon = Daemon::start(
        UdpSocket::bind(any).unwrap(),
        intake.clone(),
        None,
        1024 * 1024,
    )
    .unwrap();
    let listener = tokio::net::TcpListener::bind(any).await.unwrap();
    let address = listener.local_addr().unwrap();
    let now = SystemTime::now().into();
    let console = Console::new(intake, daemon.gauges(), address, now);
    let server = tokio::spawn(async move { axum::serve(listener, app(console)).await });
    for operation in &OPERATIONS {
        let request = reqwest::Client::new()
            .post(format!("http://{address}{}", operation.path))
            .json(&example(&operation.input));
        let answer = request.send().await.unwrap().text().await.unwrap();
        // It may be refused for what it asks, but not for how it asks.
        for complaint in [
            "unknown field",
            "it must be",
            "invalid type",
            "no operation",
        ] {
            assert!(!answer.contains(complaint), "{}: {answer}", operation.name);
        }
    }
    server.abort();
    daemon.stop();
}
