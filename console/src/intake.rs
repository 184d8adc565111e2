//! Where documents come in, by whichever door: read, counted, kept, announced.

mod counts;

use std::{net::SocketAddr, sync::atomic::Ordering::Relaxed};

use segment::{Document, RefusedDocument, SegmentId, Time, TraceId, Value, datagram};

use crate::{
    events::Events,
    store::{Kept, MAX_TRACE_BYTES, Store},
    wire::{Door, Received, Verdict, Wire},
};
pub use counts::{Counts, Rate, Tally};

/// What every door leads to.
#[derive(Debug)]
pub struct Intake {
    /// The traces.
    pub store: Store,
    /// The last datagrams.
    pub wire: Wire,
    /// Who wants to know that something arrived.
    pub events: Events,
    /// What was counted since the start.
    pub counts: Counts,
}

/// Where a document comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// When it arrived.
    pub at: Time,
    /// Who sent it, if that is known.
    pub sender: Option<SocketAddr>,
    /// By which door it came.
    pub via: Door,
    /// The bytes that came with it, a datagram's header line included.
    pub bytes: usize,
}

/// A document that was not kept, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason in one word.
    pub code: &'static str,
    /// The reason, with the value and what was expected.
    pub message: String,
    /// The document's id, if it has one that could be read.
    pub id: Option<SegmentId>,
}

impl Intake {
    /// Makes the hall in front of a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            wire: Wire::default(),
            events: Events::default(),
            counts: Counts::default(),
        }
    }

    /// Takes one datagram. Like the daemon it ignores one without a byte.
    pub fn datagram(&self, datagram: &[u8], sender: SocketAddr, at: Time) {
        if datagram.is_empty() {
            self.counts.empty_datagrams.fetch_add(1, Relaxed);
            return;
        }
        self.counts.received_datagrams.fetch_add(1, Relaxed);
        let origin = Origin {
            at,
            sender: Some(sender),
            via: Door::Udp,
            bytes: datagram.len(),
        };
        match datagram::document(datagram) {
            Ok(document) => {
                self.counts.accepted_datagrams.fetch_add(1, Relaxed);
                // The daemon, too, replaces what is no UTF-8 before it passes the text on.
                let text = String::from_utf8_lossy(document);
                // Counted and shown; over UDP there is nobody to tell.
                let _ = self.document(&text, origin);
            }
            Err(reason) => {
                self.counts.refused_datagrams.add(reason.code());
                let words = format!("{}: {reason}", reason.code());
                self.show_refused(origin, words, &String::from_utf8_lossy(datagram));
            }
        }
    }

    /// Takes one document.
    pub fn document(&self, text: &str, origin: Origin) -> Result<(), Refusal> {
        let kept = Document::decode(text)
            .map_err(Refusal::from)
            .and_then(|document| self.keep(&document, text, origin));
        if let Err(refusal) = &kept {
            self.counts.refused_documents.add(refusal.code);
            let words = format!("{}: {}", refusal.code, refusal.message);
            self.show_refused(origin, words, text);
        }
        kept
    }

    fn keep(&self, document: &Document<'_>, text: &str, origin: Origin) -> Result<(), Refusal> {
        let id = document.trace_id.ok_or_else(|| Refusal {
            code: "MissingTraceId",
            message: "there is no trace_id".to_owned(),
            id: Some(document.id),
        })?;
        match self.store.keep(id, document, text, origin.at) {
            Kept::NewTrace => self.counts.count_trace(origin.at),
            Kept::New => {}
            Kept::Duplicate => {
                self.counts.duplicates.fetch_add(1, Relaxed);
            }
            Kept::TraceFull => {
                return Err(Refusal {
                    code: "TraceTooLarge",
                    message: format!(
                        "the trace {id} has {MAX_TRACE_BYTES} bytes of documents already"
                    ),
                    id: Some(document.id),
                });
            }
        }
        self.counts.accepted_documents.fetch_add(1, Relaxed);
        self.events.touch(id);
        let name = Some(document.name.as_ref());
        self.wire.push(Received::new(
            origin,
            Verdict::Accepted,
            Some(id),
            name,
            text,
        ));
        Ok(())
    }

    fn show_refused(&self, origin: Origin, words: String, text: &str) {
        self.events.refuse();
        // What can still be told of it helps whoever looks for it.
        let value = Value::parse(text).ok();
        let member = |name| value.as_ref()?.get(name)?.as_text();
        let id = member("trace_id").and_then(|id| id.parse::<TraceId>().ok());
        let name = member("name");
        self.wire.push(Received::new(
            origin,
            Verdict::Refused(words),
            id,
            name,
            text,
        ));
    }
}

impl From<RefusedDocument> for Refusal {
    fn from(refused: RefusedDocument) -> Self {
        Self {
            code: refused.code.as_str(),
            message: refused.message,
            id: refused.id,
        }
    }
}
