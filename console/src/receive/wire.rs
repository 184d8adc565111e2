//! The last datagrams, accepted or not: for users whose traces do not appear.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use segment::{TraceId, names::cut_str};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::origin::{Origin, Protocol};

/// How many of the last datagrams are kept.
pub const KEPT: usize = 500;
/// How many bytes of each are shown.
const EXCERPT: usize = 200;
/// How many bytes of the reason and of the name are shown.
const WORDS: usize = 300;

/// The last datagrams and documents.
#[derive(Debug, Default)]
pub struct Wire(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    last: VecDeque<Received>,
    last_refused: Option<Received>,
}

/// Something that was received.
#[derive(Debug, Clone)]
pub struct Received {
    origin: Origin,
    verdict: Verdict,
    trace_id: Option<TraceId>,
    name: Option<Box<str>>,
    excerpt: Box<str>,
}

/// Its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was stored.
    Accepted,
    /// It was stored with a warning: codes, a colon, and words.
    Warned(String),
    /// It was refused: a code, a colon, and words.
    Refused(String),
}

impl Wire {
    /// Adds an entry; the oldest is dropped.
    pub fn push(&self, received: Received) {
        let mut log = self.log();
        if matches!(received.verdict, Verdict::Refused(_)) {
            log.last_refused = Some(received.clone());
        }
        if log.last.len() == KEPT {
            log.last.pop_front();
        }
        log.last.push_back(received);
    }

    /// Returns the entries, the newest first.
    pub fn newest_first(&self) -> Vec<Received> {
        self.log().last.iter().rev().cloned().collect()
    }

    /// Returns the last entry.
    pub fn last(&self) -> Option<Received> {
        self.log().last.back().cloned()
    }

    /// Returns the last refused entry.
    pub fn last_refused(&self) -> Option<Received> {
        self.log().last_refused.clone()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Received {
    /// Describes a received document, or a datagram without one.
    pub fn new(
        origin: Origin,
        verdict: Verdict,
        trace_id: Option<TraceId>,
        name: Option<&str>,
        text: &str,
    ) -> Self {
        let verdict = match verdict {
            Verdict::Accepted => Verdict::Accepted,
            Verdict::Warned(words) => Verdict::Warned(cut_str(&words, WORDS).to_owned()),
            Verdict::Refused(words) => Verdict::Refused(cut_str(&words, WORDS).to_owned()),
        };
        Self {
            origin,
            verdict,
            trace_id,
            name: name.map(|name| cut_str(name, WORDS).into()),
            excerpt: cut_str(text, EXCERPT).into(),
        }
    }
}

impl Serialize for Received {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (verdict, reason) = match &self.verdict {
            Verdict::Accepted => ("accepted", ""),
            Verdict::Warned(words) => ("warned", words.as_str()),
            Verdict::Refused(words) => ("refused", words.as_str()),
        };
        let via = match self.origin.via {
            Protocol::Udp => "udp",
            Protocol::Api => "api",
            Protocol::Otlp => "otlp",
        };
        let sender = self.origin.sender.as_ref().map(SocketAddr::to_string);
        let mut datagram = serializer.serialize_struct("Datagram", 9)?;
        datagram.serialize_field("at", &self.origin.at.as_seconds())?;
        datagram.serialize_field("sender", &sender.unwrap_or_default())?;
        datagram.serialize_field("bytes", &self.origin.bytes)?;
        datagram.serialize_field("via", via)?;
        datagram.serialize_field("verdict", verdict)?;
        datagram.serialize_field("reason", reason)?;
        datagram.serialize_field("trace_id", &self.trace_id.map(|id| id.to_string()))?;
        datagram.serialize_field("name", &self.name)?;
        datagram.serialize_field("excerpt", &self.excerpt)?;
        datagram.end()
    }
}
