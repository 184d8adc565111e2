//! One connection, from accepting it to closing it.

use std::{net::SocketAddr, pin::pin, sync::Arc};

use axum::Router;
use hyper::server::conn::http1;
use tokio::{
    net::TcpStream,
    select,
    time::{Instant, sleep_until},
};

use crate::{counts::Counts, io::Io, limits::Limits, progress::Progress, service::Service};

/// A connection that was accepted.
pub(crate) struct Connection {
    pub(crate) socket: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) progress: Arc<Progress>,
}

impl Connection {
    /// Answers requests until the client leaves, the server ends, or a limit is reached.
    pub(crate) async fn serve(self, app: Router, limits: Limits, counts: &Counts) {
        let progress = self.progress;
        let service = Service {
            app,
            peer: self.peer,
            progress: progress.clone(),
        };
        let connection = http1::Builder::new()
            .max_buf_size(limits.header_bytes)
            .serve_connection(Io::new(self.socket, progress.clone()), service);
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
                        connection.as_mut().graceful_shutdown();
                    }
                }
                () = check.as_mut() => {}
            }
            match progress.verdict(&limits, draining) {
                Ok(again) => check.as_mut().reset(again),
                Err(reason) => {
                    counts.close(reason);
                    return;
                }
            }
        }
    }
}
