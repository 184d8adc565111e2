//! The answer to a connection that there is no room for.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

/// Connections that are being refused at once; further ones are closed without a word.
const AT_ONCE: usize = 256;
/// How long a client may take to hear it.
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
                // Who left, or does not listen, has lost nothing.
                let _ = timeout(TIME, answer(socket)).await;
                drop(permit);
            });
        }
    }
}

/// A socket that is closed with a request unread in it resets the connection, and the client may never see the answer:
/// so what it sends is read until it closes as well.
async fn answer(mut socket: TcpStream) -> std::io::Result<()> {
    socket.write_all(ANSWER).await?;
    socket.shutdown().await?;
    let mut unread = [0; 512];
    while socket.read(&mut unread).await? > 0 {}
    Ok(())
}
