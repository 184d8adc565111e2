//! Connections that stay open or hold up the server, and what happens to them: over real sockets.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::header,
    routing::{get, post},
};
use http_server::{Counts, Limits, Server};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Nothing here takes longer, or it hangs.
const PATIENCE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

/// Limits that nothing reaches.
const NONE: Limits = Limits {
    connections: 100,
    header_bytes: 8 * 1024,
    header_time: LONG,
    idle_time: LONG,
    body_time: LONG,
    answer_time: LONG,
    stall_time: LONG,
};

struct Running {
    address: SocketAddr,
    counts: Arc<Counts>,
    /// Lets `/wait` answer.
    go: Arc<Notify>,
    end: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(limits: Limits) -> Self {
        Self::start_by(limits, false).await
    }

    /// Serves HTTP/2 instead, if asked to.
    async fn start_by(limits: Limits, is_http2: bool) -> Self {
        let go = Arc::new(Notify::new());
        let waits = go.clone();
        let app = Router::new()
            .route(
                "/",
                get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
            )
            .route(
                "/wait",
                get(async move || {
                    waits.notified().await;
                    "waited"
                }),
            )
            .route(
                "/large",
                get(async || Bytes::from(vec![b'.'; 32 * 1024 * 1024])),
            )
            .route("/body", post(async |body: Bytes| body.len().to_string()))
            .route(
                "/events",
                get(async || {
                    (
                        [(header::CONTENT_TYPE, "text/event-stream")],
                        Body::new(Endless),
                    )
                }),
            );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(limits);
        let counts = server.counts();
        let (end, told) = oneshot::channel::<()>();
        let ended = tokio::spawn(async move {
            let told = async { told.await.unwrap_or_default() };
            if is_http2 {
                server.serve_http2(listener, app, told).await;
            } else {
                server.serve(listener, app, told).await;
            }
        });
        Self {
            address,
            counts,
            go,
            end,
            ended,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut socket = self.connect().await;
        socket.write_all(bytes).await.unwrap();
        socket
    }

    /// Ends the server and returns how long that took.
    async fn end(self) -> Duration {
        let start = Instant::now();
        self.end.send(()).unwrap();
        timeout(PATIENCE, self.ended).await.unwrap().unwrap();
        start.elapsed()
    }

    fn closed(&self, reason: &str) -> u64 {
        let metrics = self.counts.to_prometheus("");
        let series = format!("http_connections_closed_total{{reason=\"{reason}\"}} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&series));
        value.unwrap().parse().unwrap()
    }

    /// Waits until there are so many connections.
    async fn open(&self, count: usize) {
        let reached = async {
            while self.counts.open() != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, reached).await.unwrap();
    }
}

/// A body that never ends and never says anything.
struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

/// Reads until the server closes the connection.
async fn rest(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    match timeout(PATIENCE, socket.read_to_end(&mut text))
        .await
        .unwrap()
    {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    String::from_utf8(text).unwrap()
}

/// Reads the head of an answer.
async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_handler_knows_the_caller() {
    let server = Running::start(NONE).await;
    let mut socket = server
        .send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await;
    let caller = socket.local_addr().unwrap().to_string();
    let answer = rest(&mut socket).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with(&caller),
        "{answer}"
    );
    server.open(0).await;
}

#[tokio::test]
async fn a_large_header_is_refused() {
    let server = Running::start(NONE).await;
    let mut socket = server
        .send(&[b"GET / HTTP/1.1\r\nx: ", &[b'a'; 9_000][..]].concat())
        .await;
    let answer = rest(&mut socket).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn half_a_header_is_waited_for_only_so_long() {
    let server = Running::start(Limits {
        header_time: SHORT,
        ..NONE
    })
    .await;
    for begun in [&b"GET / HTTP/1.1\r\nhost"[..], b""] {
        assert_eq!(rest(&mut server.send(begun).await).await, "");
    }
    assert_eq!(server.closed("header_timeout"), 2);
}

#[tokio::test]
async fn a_second_header_has_its_own_time() {
    let server = Running::start(Limits {
        header_time: SHORT,
        ..NONE
    })
    .await;
    let mut socket = server.send(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    head(&mut socket).await;
    tokio::time::sleep(2 * SHORT).await;
    socket
        .write_all(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    head(&mut socket).await;
    socket.write_all(b"G").await.unwrap();
    assert_eq!(rest(&mut socket).await, "");
    assert_eq!(server.closed("header_timeout"), 1);
}

#[tokio::test]
async fn silence_between_requests_has_an_end() {
    let server = Running::start(Limits {
        idle_time: SHORT,
        ..NONE
    })
    .await;
    let mut socket = server.send(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    head(&mut socket).await;
    rest(&mut socket).await;
    assert_eq!(server.closed("idle_timeout"), 1);
}

#[tokio::test]
async fn half_a_body_is_waited_for_only_so_long() {
    let server = Running::start(Limits {
        body_time: SHORT,
        ..NONE
    })
    .await;
    let mut socket = server
        .send(b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1234")
        .await;
    assert_eq!(rest(&mut socket).await, "");
    assert_eq!(server.closed("body_timeout"), 1);
}

#[tokio::test]
async fn an_answer_that_never_comes_is_given_up_and_events_are_not() {
    let server = Running::start(Limits {
        answer_time: SHORT,
        ..NONE
    })
    .await;
    let mut events = server
        .send(b"GET /events HTTP/1.1\r\nhost: a\r\n\r\n")
        .await;
    head(&mut events).await;
    let mut socket = server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(rest(&mut socket).await, "");
    assert_eq!(server.closed("answer_timeout"), 1);
    assert!(
        timeout(SHORT, events.read_u8()).await.is_err(),
        "the events were cut off"
    );
}

#[tokio::test]
async fn who_does_not_read_is_cut_off() {
    let server = Running::start(Limits {
        stall_time: SHORT,
        ..NONE
    })
    .await;
    let socket = server.send(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.open(1).await;
    server.open(0).await;
    assert_eq!(server.closed("not_reading"), 1);
    drop(socket);
}

#[tokio::test]
async fn who_half_closes_the_connection_gets_the_answer() {
    let server = Running::start(NONE).await;
    for request in [
        "GET /wait HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a\r\n\r\nGET /wait HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        "POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n1234GET /wait HTTP/1.1\r\nhost: a\r\n\r\n",
    ] {
        let mut socket = server.send(request.as_bytes()).await;
        socket.shutdown().await.unwrap();
        let mut answer = rest_so_far(&mut socket).await;
        server.go.notify_one();
        answer.push_str(&rest(&mut socket).await);
        assert!(answer.ends_with("waited"), "{request}: {answer}");
    }
    assert_eq!(server.closed("client_left"), 0);
}

/// Reads what comes until nothing comes for a while.
async fn rest_so_far(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while let Ok(byte) = timeout(SHORT, socket.read_u8()).await {
        text.push(byte.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn who_leaves_is_not_worked_for() {
    let server = Running::start(NONE).await;
    drop(server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await);
    server.open(1).await;
    server.open(0).await;
    assert_eq!(server.closed("client_left"), 1);
}

#[tokio::test]
async fn who_leaves_a_stream_of_events_is_noticed() {
    let server = Running::start(NONE).await;
    let mut events = server
        .send(b"GET /events HTTP/1.1\r\nhost: a\r\n\r\n")
        .await;
    head(&mut events).await;
    drop(events);
    server.open(0).await;
}

#[tokio::test]
async fn a_connection_too_many_is_told_so() {
    let server = Running::start(Limits {
        connections: 2,
        ..NONE
    })
    .await;
    let busy = [
        server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await,
        server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await,
    ];
    server.open(2).await;
    let mut third = server.send(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let answer = rest(&mut third).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert_eq!(server.counts.too_many(), 1);
    drop(busy);
    // Their places are free again.
    server.open(0).await;
    let mut fourth = server.send(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(head(&mut fourth).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_keeps_the_server_waiting_makes_room() {
    let server = Running::start(Limits {
        connections: 2,
        ..NONE
    })
    .await;
    let mut lazy = server.send(b"GET / HTTP/1.1\r\n").await;
    server.open(1).await;
    let busy = server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.open(2).await;
    let answered = async {
        loop {
            let mut third = server
                .send(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                .await;
            if rest(&mut third).await.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    timeout(PATIENCE, answered).await.unwrap();
    assert_eq!(rest(&mut lazy).await, "");
    assert_eq!(server.closed("evicted"), 1);
    drop(busy);
}

#[tokio::test]
async fn nothing_unfinished_holds_up_the_end() {
    let server = Running::start(NONE).await;
    let held = [
        server.connect().await,
        server.send(b"GET / HTTP/1.1\r\nhost").await,
        server
            .send(b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1234")
            .await,
        server.send(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await,
        server
            .send(b"GET /events HTTP/1.1\r\nhost: a\r\n\r\n")
            .await,
    ];
    server.open(held.len()).await;
    let took = server.end().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_whole_request_is_answered_before_the_end_and_others_may_become_whole_meanwhile() {
    let server = Running::start(NONE).await;
    let half = b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1234";
    let (mut half, mut other) = (server.send(half).await, server.send(half).await);
    let mut idle = server.send(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    head(&mut idle).await;
    let mut waiting = server.send(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.open(4).await;
    let (go, counts) = (server.go.clone(), server.counts.clone());
    let ending = tokio::spawn(server.end());
    // The server ends.
    assert_eq!(rest(&mut idle).await, "");
    assert!(
        timeout(Duration::from_secs(2), half.read_u8())
            .await
            .is_err()
    );
    half.write_all(b"56789").await.unwrap();
    let answer = rest(&mut half).await;
    assert!(answer.ends_with('9'), "{answer}");
    assert_eq!(counts.open(), 2);
    go.notify_one();
    let answer = rest(&mut waiting).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("waited"),
        "{answer}"
    );
    ending.await.unwrap();
    assert_eq!(rest(&mut other).await, "");
}

#[tokio::test]
async fn a_client_of_http_2_is_told_before_its_idle_connection_goes_and_is_held_to_the_limits() {
    let limits = Limits {
        idle_time: SHORT,
        connections: 1,
        ..NONE
    };
    let server = Running::start_by(limits, true).await;
    let (mut client, connection) = h2::client::handshake(server.connect().await).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = |path| {
        let uri = format!("http://{}{path}", server.address);
        http::Request::get(uri).body(()).unwrap()
    };
    // Two requests at once; the connection is idle after the last of them.
    let (waiting, _) = client.send_request(request("/wait"), true).unwrap();
    let (answered, _) = client.send_request(request("/"), true).unwrap();
    assert_eq!(answered.await.unwrap().status(), 200);
    assert_eq!(server.closed("idle_timeout"), 0);
    server.go.notify_one();
    assert_eq!(waiting.await.unwrap().status(), 200);
    timeout(PATIENCE, connection)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    server.open(0).await;
    assert_eq!(server.closed("idle_timeout"), 1);
    assert!(server.end().await < PATIENCE);
}
