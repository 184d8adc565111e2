//! The limits on connections.

use std::time::Duration;

/// Limits on connections. A connection that exceeds one is closed and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at a time. If there are more, the one that is overdue longest is closed for the new one; if
    /// none is overdue, the new one is answered 503.
    pub connections: usize,
    /// Largest head of a request, in bytes, at least 8,192; a larger one is answered 431.
    pub header_bytes: usize,
    /// Longest time from a connection's start, or from a request's first byte, to the end of the head.
    pub header_time: Duration,
    /// Longest time between two requests.
    pub idle_time: Duration,
    /// Longest time for a request's body.
    pub body_time: Duration,
    /// Longest time from the end of a request to the end of its answer. An answer of type `text/event-stream` has no
    /// limit.
    pub answer_time: Duration,
    /// Longest time for which a client may read nothing of an answer.
    pub stall_time: Duration,
}

impl Limits {
    /// Returns the shortest of the times: what a connection begins now is not overdue before.
    pub(crate) fn shortest(&self) -> Duration {
        let others = [
            self.idle_time,
            self.body_time,
            self.answer_time,
            self.stall_time,
        ];
        others.into_iter().fold(self.header_time, Duration::min)
    }
}

impl Default for Limits {
    /// 512 connections, heads of 32 KiB within 10 s, 75 s between requests, 30 s for a body, 60 s for an answer, 10 s
    /// without reading.
    fn default() -> Self {
        Self {
            connections: 512,
            header_bytes: 32 * 1024,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            body_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(60),
            stall_time: Duration::from_secs(10),
        }
    }
}
