//! Calls that no service answers.

use std::time::Duration;

use tokio::{net::TcpListener, time::timeout};

use crate::{
    clients::Clients,
    dynamodb::id,
    steps::{Result, Steps},
};

pub async fn make_calls(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    refused(steps, clients).await?;
    cancelled(steps, clients).await?;
    let call = clients.without_region().list_queues();
    steps.call_in_vain("without a region", call.send()).await?;
    let call = clients.without_credentials().get_item();
    let call = call.table_name("orders").key("id", id());
    steps.call_in_vain("without credentials", call.send()).await
}

async fn refused(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    // Nobody listens any more.
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let client = clients.dynamodb_at(&format!("http://{address}"));
    let call = client.get_item().table_name("orders").key("id", id());
    steps.call_in_vain("refused", call.send()).await
}

async fn cancelled(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = clients.dynamodb_at(&format!("http://{}", listener.local_addr()?));
    let call = client.get_item().table_name("orders").key("id", id());
    let outcome = async {
        match timeout(Duration::from_millis(200), call.send()).await {
            Ok(Ok(_)) => "ok".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "dropped".to_owned(),
        }
    };
    steps.make("cancelled", outcome).await
}
