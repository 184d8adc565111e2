//! An answer that is written piece by piece, to a client that acknowledges late.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Bytes, response::Response, routing::get};
use http_body::{Body, Frame};
use http_server::{Limits, Server};
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, timeout},
};

/// Nothing here takes longer, or it hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// Half of the least time for which Linux delays an acknowledgement.
const HALF_A_DELAY: Duration = Duration::from_millis(20);

/// A body whose pieces the test sends.
struct Pieces(mpsc::Receiver<&'static str>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.poll_recv(task);
        piece.map(|piece| Some(Ok(Frame::data(Bytes::from_static(piece?.as_bytes())))))
    }
}

/// Reads until what came ends with `end`.
async fn read_until(client: &mut TcpStream, end: &str) {
    let mut came = Vec::new();
    while !came.ends_with(end.as_bytes()) {
        let read = timeout(PATIENCE, client.read_buf(&mut came));
        assert!(read.await.unwrap().unwrap() > 0, "the answer ended early");
    }
}

/// Were a small piece held back until the one before is acknowledged, of each two one would come 40 ms late: the kernel delays an
/// acknowledgement, and spares the next. On a busy machine two may be late for another reason, but not all.
#[tokio::test]
async fn a_piece_does_not_wait_until_the_one_before_it_is_acknowledged() {
    let (pieces, body) = mpsc::channel(1);
    let body = Arc::new(Mutex::new(Some(Pieces(body))));
    let answer =
        async move || Response::new(axum::body::Body::new(body.lock().unwrap().take().unwrap()));
    let app = Router::new().route("/", get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    tokio::spawn(async move {
        let server = Server::new(Limits::default());
        server.serve(listener, app, std::future::pending()).await;
    });

    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    pieces.send("first").await.unwrap();
    read_until(&mut client, "first\r\n").await;
    let mut fastest = PATIENCE;
    for _ in 0..10 {
        let start = Instant::now();
        for _ in 0..2 {
            // The kernel forgets it now and then.
            SockRef::from(&client).set_tcp_quickack(false).unwrap();
            pieces.send("next").await.unwrap();
            read_until(&mut client, "next\r\n").await;
        }
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest < HALF_A_DELAY, "{fastest:?}");
}
