//! A minimal HTTP request to a program on this machine, without building an HTTP client first.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Requests `path` from `address` with further headers; returns the status, or `None` without a whole answer within
/// `patience`.
pub(crate) async fn get(
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    patience: Duration,
) -> Option<u16> {
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let headers = headers.concat();
    send(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n"),
        patience,
    )
    .await
}

/// Posts JSON; returns as [`get`] does.
pub(crate) async fn post(address: &str, path: &str, json: &str, patience: Duration) -> Option<u16> {
    let length = json.len();
    let headers = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    send(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n{json}"
        ),
        patience,
    )
    .await
}

async fn send(address: &str, request: &str, patience: Duration) -> Option<u16> {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = timeout(patience, ask).await.ok()?.ok()?;
    let status = answer.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    str::from_utf8(status).ok()?.parse().ok()
}
