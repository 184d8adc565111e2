//! Where a document comes from.

use std::net::SocketAddr;

use segment::Time;

/// Where a document comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// When it arrived.
    pub at: Time,
    /// Who sent it, if that is known.
    pub sender: Option<SocketAddr>,
    /// By which protocol it came.
    pub via: Protocol,
    /// The bytes that came with it, a datagram's header line included.
    pub bytes: usize,
}

/// By which protocol something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// As a datagram.
    Udp,
    /// By `PutTraceSegments`.
    Api,
    /// As OTLP.
    Otlp,
}
