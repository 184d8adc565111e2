//! The origin of a document.

use std::net::SocketAddr;

use segment::Time;

/// The origin of a document.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// When it arrived.
    pub at: Time,
    /// Its sender, if known.
    pub sender: Option<SocketAddr>,
    /// The protocol.
    pub via: Protocol,
    /// The bytes that were received with it, including a datagram's header line.
    pub bytes: usize,
}

/// The protocol by which something arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// As a datagram.
    Udp,
    /// By `PutTraceSegments`.
    Api,
    /// As OTLP.
    Otlp,
}
