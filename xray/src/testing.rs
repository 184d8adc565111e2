//! Tests what a service traces: a daemon within the test, and the expected shape of the traces.
//!
//! ```
//! use xray::{Tracing, testing::Daemon};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let daemon = Daemon::start()?;
//! let tracing = Tracing::new(&daemon.config("shop"))?;
//! // … requests to a router with `tracing.server_layer()`, or
//! tracing.segment("clean up", xray::subsegment("count", async { xray::annotate("items", 3) })).await;
//!
//! let documents = daemon.expect(
//!     "shop
//!        count",
//! );
//! assert_eq!(documents[0].subsegments[0].annotations[0].0, "items");
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here is global or sleeps: tests can run in parallel, each with its own daemon.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use segment::{DaemonAddress, Document, HostPort, datagram};

use crate::{Config, SamplerKind};

pub use segment::shape::Shape;

/// How long [`Daemon::receive`] and [`Daemon::expect`] wait.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A UDP socket on a free port of 127.0.0.1 that reads datagrams as the X-Ray daemon does.
#[derive(Debug)]
pub struct Daemon {
    socket: UdpSocket,
    check: fn(&str),
}

impl Daemon {
    /// Binds a free port.
    ///
    /// # Errors
    ///
    /// Returns an error if the socket cannot be bound.
    pub fn start() -> io::Result<Self> {
        Self::bind((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Binds an address, for example to let a daemon come back at the same place.
    ///
    /// # Errors
    ///
    /// Returns an error if the socket cannot be bound.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            socket: UdpSocket::bind(address)?,
            check: |_| {},
        })
    }

    /// Returns the configuration of a service that sends its traces to this daemon, and records every request unless
    /// the caller decided not to sample it. This daemon has no sampling rules.
    ///
    /// # Panics
    ///
    /// Panics if the system does not return the socket's address.
    pub fn config(&self, service_name: &str) -> Config {
        Config {
            daemon: self.address(),
            sampler: SamplerKind::ParentBasedAlwaysOn,
            ..Config::new(service_name)
        }
    }

    /// Calls `check` with every document as received, before it is decoded: for rules of your own, as a function that
    /// panics if one is broken.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let daemon = xray::testing::Daemon::start()?
    ///     .checking(|document| assert!(!document.contains("@example.com"), "{document}"));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn checking(self, check: fn(&str)) -> Self {
        Self { check, ..self }
    }

    /// Returns the address for [`crate::Config::daemon`].
    ///
    /// # Panics
    ///
    /// Panics if the system does not return the socket's address.
    pub fn address(&self) -> DaemonAddress {
        let address = self.socket_address();
        let both = HostPort {
            host: address.ip().to_string(),
            port: address.port(),
        };
        DaemonAddress {
            udp: both.clone(),
            tcp: both,
        }
    }

    /// Returns the socket's address.
    ///
    /// # Panics
    ///
    /// Panics if the system does not return the socket's address.
    pub fn socket_address(&self) -> SocketAddr {
        self.socket
            .local_addr()
            .expect("a bound socket has an address")
    }

    /// Waits for `count` documents and returns them in the order of arrival.
    ///
    /// # Panics
    ///
    /// Panics if fewer arrive within [`PATIENCE`], or if one is invalid; the message shows what arrived.
    pub fn receive(&self, count: usize) -> Vec<Document<'static>> {
        let deadline = Instant::now() + PATIENCE;
        let mut documents = Vec::new();
        while documents.len() < count {
            match self.receive_text(deadline.saturating_duration_since(Instant::now())) {
                Some(text) => documents.push(decode(&text)),
                None => panic!(
                    "{} of {count} documents arrived within {PATIENCE:?}: {documents:#?}",
                    documents.len()
                ),
            }
        }
        documents
    }

    /// Waits until the documents since the last call have the shape `expected`, written as in [`Shape`], and returns
    /// them in the order of arrival.
    ///
    /// # Panics
    ///
    /// Panics if they do not have this shape within [`PATIENCE`], or if one is invalid; the message shows both
    /// shapes.
    #[track_caller]
    pub fn expect(&self, expected: &str) -> Vec<Document<'static>> {
        let expected = Shape::parse(expected);
        let deadline = Instant::now() + PATIENCE;
        let mut documents = Vec::new();
        loop {
            let seen = Shape::of(&documents);
            if seen == expected {
                return documents;
            }
            let Some(text) = self.receive_text(deadline.saturating_duration_since(Instant::now()))
            else {
                panic!("within {PATIENCE:?} expected\n\n{expected}\nand saw\n\n{seen}");
            };
            documents.push(decode(&text));
        }
    }

    /// Returns the documents that have arrived already. After [`crate::Tracing::flush`] these are all.
    ///
    /// # Panics
    ///
    /// Panics if one is invalid.
    pub fn received(&self) -> Vec<Document<'static>> {
        std::iter::from_fn(|| self.receive_text(Duration::from_millis(1)))
            .map(|text| decode(&text))
            .collect()
    }

    /// Waits for one datagram and returns its document unchanged; `None` if none arrives within `patience`.
    ///
    /// # Panics
    ///
    /// Panics if the datagram has no valid header, its document is not UTF-8, or the check of [`Daemon::checking`]
    /// panics.
    pub fn receive_text(&self, patience: Duration) -> Option<String> {
        // A timeout of zero means none.
        self.socket
            .set_read_timeout(Some(patience.max(Duration::from_millis(1))))
            .expect("the timeout is not zero");
        let mut buffer = vec![0; datagram::MAX_DATAGRAM];
        let length = self.socket.recv(&mut buffer).ok()?;
        let document = datagram::document(&buffer[..length])
            .unwrap_or_else(|error| panic!("a datagram was refused: {error}"));
        let document = std::str::from_utf8(document).expect("a document is UTF-8");
        (self.check)(document);
        Some(document.to_owned())
    }
}

fn decode(text: &str) -> Document<'static> {
    Document::decode(text).unwrap_or_else(|error| panic!("a document was refused: {error}\n{text}"))
}
