//! One connection, from accepting it to closing it.

use std::{future::poll_fn, net::SocketAddr, pin::pin, sync::Arc};

use axum::Router;
use tokio::{
    net::TcpStream,
    select,
    time::{Instant, sleep_until},
};

use crate::{
    counts::{Closed, Counts},
    io::{End, Io, Socket},
    limits::Limits,
    progress::{DRAIN_PATIENCE, Phase, Progress},
    protocol::{Protocol, Serving as _},
    service::Service,
};

/// A connection that was accepted.
pub(crate) struct Connection {
    pub(crate) socket: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) progress: Arc<Progress>,
}

impl Connection {
    /// Answers requests until the client leaves, the server ends, or a limit is reached.
    pub(crate) async fn serve<P: Protocol>(self, app: Router, limits: Limits, counts: &Counts) {
        let progress = self.progress;
        let service = Service {
            app,
            peer: self.peer,
            progress: progress.clone(),
        };
        let socket = Socket::new(self.socket);
        let end = End::new(socket.clone(), progress.clone());
        let io = Io::new(socket, progress.clone(), P::HALF_CLOSES);
        let connection = P::serve(io, service, &limits);
        let mut connection = pin!(connection);
        let mut check = pin!(sleep_until(Instant::now() + limits.shortest()));
        let mut draining = None;
        loop {
            select! {
                biased;
                // An error is the client's: it left, or wrote what is no HTTP and was told so.
                _ = connection.as_mut() => return,
                () = progress.told.notified() => {
                    if progress.is_to_drain() && draining.is_none() {
                        draining = Some(Instant::now());
                        connection.as_mut().finish();
                    }
                }
                ended = poll_fn(|cx| end.poll(cx)), if P::HALF_CLOSES && !progress.has_client_ended() => {
                    // Who has listened to a stream has left.
                    if ended.is_err() || progress.phase() == Phase::Stream {
                        return;
                    }
                    progress.client_ended();
                }
                () = check.as_mut() => {}
            }
            match progress.verdict(&limits, draining) {
                Ok(again) => check.as_mut().reset(again),
                // The client is told before the connection goes, if its protocol can say so.
                Err(Closed::Idle) if P::SAYS_GOODBYE && draining.is_none() => {
                    counts.close(Closed::Idle);
                    draining = Some(Instant::now());
                    connection.as_mut().finish();
                    check.as_mut().reset(Instant::now() + DRAIN_PATIENCE);
                }
                Err(reason) => {
                    counts.close(reason);
                    return;
                }
            }
        }
    }
}
