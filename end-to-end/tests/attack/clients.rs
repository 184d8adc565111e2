//! Clients that misbehave, which HTTP's libraries do not offer.

use std::{net::SocketAddr, time::Duration};

use end_to_end::Result;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Lets this process open as many connections as the system allows it.
pub(super) fn allow_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Connects and sends the beginning of a request.
pub(super) async fn begun(address: SocketAddr, beginning: &[u8]) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(beginning).await?;
    Ok(stream)
}

/// Connects with a receive buffer of a few kilobytes, sends a request, and reads nothing.
pub(super) async fn silent(address: SocketAddr, request: &[u8]) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    let mut stream = socket.connect(address).await?;
    stream.write_all(request).await?;
    Ok(stream)
}

/// Sends a request over a connection that stays open, and returns the answer's status; `None` if the server closed it.
pub(super) async fn status(stream: &mut TcpStream, path: &str) -> Option<u16> {
    const PATIENCE: Duration = Duration::from_secs(20);
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    timeout(PATIENCE, answer(stream)).await.ok()?
}

/// Reads one answer that has a `Content-Length`.
async fn answer(stream: &mut TcpStream) -> Option<u16> {
    let mut read = Vec::new();
    let (head, mut missing) = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1)?;
            let length: usize = length.lines().next()?.trim().parse().ok()?;
            break (head, (end + 4 + length).saturating_sub(read.len()));
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let mut rest = [0; 4096];
    while missing > 0 {
        let count = stream
            .read(&mut rest)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        missing = missing.saturating_sub(count);
    }
    head.split(' ').nth(1)?.parse().ok()
}

/// Returns the bytes of a request of the X-Ray API.
pub(super) fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}")
        .into()
}
