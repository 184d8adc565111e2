//! Calls that no service answers.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use crate::{
    clients::Clients,
    dynamodb::id,
    steps::{Result, Steps},
};

pub async fn make_calls(steps: &Steps<'_>, clients: &Clients) -> Result<()> {
    refused(steps, clients).await?;
    cancelled(steps, clients).await?;
    answered_with_html(steps, clients, "html", "200 OK").await?;
    answered_with_html(steps, clients, "html of a proxy", "403 Forbidden").await?;
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

/// What stands between a service and AWS answers with a page of its own.
async fn answered_with_html(
    steps: &Steps<'_>,
    clients: &Clients,
    step: &'static str,
    status: &'static str,
) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let client = clients.dynamodb_at(&format!("http://{}", listener.local_addr()?));
    let proxy = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            answer_with_html(connection, status).await.ok();
        }
    });
    let call = client.get_item().table_name("orders").key("id", id());
    let made = steps.call_in_vain(step, call.send()).await;
    proxy.abort();
    made
}

async fn answer_with_html(mut connection: TcpStream, status: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    // The request's JSON is the last to come.
    while !request.ends_with(b"}") {
        connection.read_buf(&mut request).await?;
    }
    let page = "<html>Please log in</html>";
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
        page.len()
    );
    connection.write_all((head + page).as_bytes()).await
}
