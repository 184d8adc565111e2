//! The answer to a connection when there are too many.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

/// How many connections are refused at a time; further ones are closed without an answer.
const AT_ONCE: usize = 256;
/// How long sending the answer may take.
const TIME: Duration = Duration::from_secs(1);

const ANSWER: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    connection: close\r\nretry-after: 1\r\ncontent-type: text/plain\r\ncontent-length: 21\r\n\r\n\
    too many connections\n";

/// Refuses connections, a few at a time.
#[derive(Debug)]
pub(crate) struct Refusals(Arc<Semaphore>);

impl Refusals {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Answers 503 and closes the connection.
    pub(crate) fn refuse(&self, socket: TcpStream) {
        if let Ok(permit) = self.0.clone().try_acquire_owned() {
            tokio::spawn(async move {
                // A failure does not matter: the client has left or does not read.
                let _ = timeout(TIME, answer(socket)).await;
                drop(permit);
            });
        }
    }
}

/// Answers 503. Closing a socket with an unread request in it would reset the connection, and the client might never
/// see the answer, so the request is read until the client closes too.
async fn answer(mut socket: TcpStream) -> std::io::Result<()> {
    socket.write_all(ANSWER).await?;
    socket.shutdown().await?;
    let mut unread = [0; 512];
    while socket.read(&mut unread).await? > 0 {}
    Ok(())
}
