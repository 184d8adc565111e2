//! Accepts connections, finds room for them, and ends.

use std::{
    marker::PhantomData,
    net::SocketAddr,
    sync::{Arc, Weak},
    time::Duration,
};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    select,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use crate::{
    connection::Connection,
    counts::{Closed, Counts},
    limits::Limits,
    progress::Progress,
    protocol::{Http1, Http2, Protocol},
    refusal::Refusals,
};

/// How long nothing is accepted after an error of the system, as when file descriptors are used up.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a connection that was asked to make room may take for it.
const ROOM_TIME: Duration = Duration::from_millis(250);

/// Serves routers over HTTP. Clones share limits and counts.
#[derive(Debug, Clone)]
pub struct Server {
    limits: Limits,
    counts: Arc<Counts>,
    room: Arc<Semaphore>,
}

impl Server {
    /// Makes a server that allows connections what `limits` say, all its listeners together.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            counts: Arc::default(),
            room: Arc::new(Semaphore::new(limits.connections)),
        }
    }

    /// Returns what the server counts.
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Serves `app` over HTTP/1.1 until `shutdown` is ready; then closes the listener, finishes the requests that are under way, and
    /// returns when the last connection is closed. A request that is not whole by then is given up half a second after the
    /// last whole one is answered, and so is an answer that its client does not take.
    ///
    /// How long a whole request may take is for the caller to bound.
    pub async fn serve(
        &self,
        listener: TcpListener,
        app: Router,
        shutdown: impl Future<Output = ()>,
    ) {
        self.serve_by::<Http1>(listener, app, shutdown).await;
    }

    /// The same over HTTP/2 without TLS, which clients of gRPC speak from the first byte on. A connection has eight
    /// requests at once at most, and limits on times go by its latest one.
    pub async fn serve_http2(
        &self,
        listener: TcpListener,
        app: Router,
        shutdown: impl Future<Output = ()>,
    ) {
        self.serve_by::<Http2>(listener, app, shutdown).await;
    }

    async fn serve_by<P: Protocol>(
        &self,
        listener: TcpListener,
        app: Router,
        shutdown: impl Future<Output = ()>,
    ) {
        let mut acceptor = Acceptor::<P> {
            protocol: PhantomData,
            server: self,
            // Done once here, or axum does it for each request.
            app: app.with_state(()),
            connections: Vec::new(),
            refusals: Refusals::new(),
        };
        select! {
            () = shutdown => {}
            () = acceptor.accept(&listener) => {}
        }
        drop(listener);
        for connection in acceptor.connections.iter().filter_map(Weak::upgrade) {
            connection.drain();
        }
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.room.acquire_many(all).await;
    }
}

/// A listener at work.
struct Acceptor<'s, P> {
    protocol: PhantomData<fn() -> P>,
    server: &'s Server,
    app: Router,
    /// All that are open, and some that have ended.
    connections: Vec<Weak<Progress>>,
    refusals: Refusals,
}

impl<P: Protocol> Acceptor<'_, P> {
    /// Accepts connections for ever.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((socket, peer)) => match self.room().await {
                    Some(place) => self.open(socket, peer, place),
                    None => self.refusals.refuse(socket),
                },
                // The client's, which left before it was accepted.
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    self.server.counts.accept_error(&error);
                    // A descriptor is all that is missing.
                    self.evict();
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Finds room for one more connection.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        let room = &self.server.room;
        if let Ok(place) = room.clone().try_acquire_owned() {
            return Some(place);
        }
        if self.evict() {
            let place = timeout(ROOM_TIME, room.clone().acquire_owned()).await;
            if let Ok(Ok(place)) = place {
                return Some(place);
            }
        }
        self.server.counts.close(Closed::TooMany);
        None
    }

    fn open(&mut self, socket: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        // An answer in several writes would wait for the client's delayed acknowledgement, 40 ms. The error is a client's that left.
        let _ = socket.set_nodelay(true);
        let Server { limits, counts, .. } = self.server.clone();
        let progress = Arc::new(Progress::new(counts.clone()));
        if self.connections.len() >= 2 * limits.connections {
            self.connections.retain(|open| open.strong_count() > 0);
        }
        self.connections.push(Arc::downgrade(&progress));
        let app = self.app.clone();
        tokio::spawn(async move {
            let connection = Connection {
                socket,
                peer,
                progress,
            };
            connection.serve::<P>(app, limits, &counts).await;
            drop(place);
        });
    }

    /// Asks the connection that has kept the server waiting longest to make room; returns whether there is one.
    fn evict(&mut self) -> bool {
        self.connections.retain(|open| open.strong_count() > 0);
        let open = self.connections.iter().filter_map(Weak::upgrade);
        let overstays = open.filter_map(|open| Some((open.overstay()?, open)));
        let longest = overstays.max_by_key(|(overstay, _)| *overstay);
        if let Some((_, connection)) = &longest {
            connection.evict();
        }
        longest.is_some()
    }
}

fn is_of_the_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
