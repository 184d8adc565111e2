//! Clients that ask for nothing and hold connections.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// How long such a client waits before its next byte, or before it connects again.
const PAUSE: Duration = Duration::from_secs(1);

/// What a client does with its connection until the server closes it. Nothing of it is a request that is traced.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Nothing.
    Silent,
    /// Sends a header that never ends, one byte after the other.
    HalfHeader,
    /// Sends the beginning of TLS.
    NoHttp,
    /// Asks again and again, and reads no answer.
    ReadsNothing,
}

/// Keeps `count` connections to a service, as many of each kind, until this is dropped.
pub(crate) fn start(service: SocketAddr, count: usize) -> JoinSet<()> {
    use Kind::{HalfHeader, NoHttp, ReadsNothing, Silent};
    let kinds = [Silent, HalfHeader, NoHttp, ReadsNothing].into_iter();
    let mut clients = JoinSet::new();
    for kind in kinds.cycle().take(count) {
        clients.spawn(async move {
            loop {
                // Whatever ends a connection: the next one follows.
                let _ = hold(kind, service).await;
                sleep(PAUSE).await;
            }
        });
    }
    clients
}

async fn hold(kind: Kind, service: SocketAddr) -> std::io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4 * 1024)?;
    let mut stream = socket.connect(service).await?;
    match kind {
        Kind::Silent => {}
        Kind::NoHttp => {
            stream
                .write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
                .await?
        }
        Kind::HalfHeader => {
            stream
                .write_all(b"GET /api HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
                .await?;
            return repeat(&mut stream, b".", PAUSE).await;
        }
        Kind::ReadsNothing => {
            let request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
            return repeat(&mut stream, request, Duration::from_millis(10)).await;
        }
    }
    stream.read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn repeat(stream: &mut TcpStream, bytes: &[u8], pause: Duration) -> std::io::Result<()> {
    loop {
        stream.write_all(bytes).await?;
        sleep(pause).await;
    }
}
