//! Where documents of all protocols are parsed, counted, stored and announced.

mod counts;
mod envelope;
mod outlived;
mod past;

use std::{
    borrow::Cow,
    net::SocketAddr,
    ops::RangeInclusive,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use segment::{
    Document, RefusedDocument, SegmentId, Time, TraceId, Value, datagram,
    document::rules::{self, Breaches, RETENTION},
};
use traces::store::{Kept, Key, MAX_TRACE_BYTES, Store};

use crate::disk::Disk;

use super::{
    events::Events,
    origin::{Origin, Protocol},
    otlp::{self, NoSpans, ResourceSpans},
    wire::{Received, Verdict, Wire},
};
pub use counts::{Counts, Rate, Tally};
use envelope::{Envelope, happened};
pub use past::Past;

/// The shared destination of documents of all protocols.
#[derive(Debug)]
pub struct Intake {
    /// The traces.
    pub store: Store,
    /// Where they are kept besides, if they are to outlive the console.
    pub disk: Option<Arc<Disk>>,
    /// What questions read back from there.
    pub past: Past,
    /// The last datagrams.
    pub wire: Wire,
    /// Whether memory had all that was on disk when the console started.
    pub is_whole: bool,
    /// Who wants to know that something arrived.
    pub events: Events,
    /// The counters since the start.
    pub counts: Counts,
    /// Whether documents that X-Ray would refuse are refused and not only warned of.
    pub is_strict: bool,
}

/// A document that was not kept, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason as one word.
    pub code: &'static str,
    /// The reason, with the value and what was expected.
    pub message: String,
    /// The document's id, if it could be read.
    pub id: Option<SegmentId>,
}

impl Intake {
    /// Makes an intake that keeps documents in `store`.
    pub fn new(store: Store) -> Self {
        Self {
            past: Past::beside(&store),
            store,
            disk: None,
            is_whole: true,
            wire: Wire::default(),
            events: Events::default(),
            counts: Counts::default(),
            is_strict: false,
        }
    }

    /// Handles one datagram. Ignores an empty one, as the daemon does.
    pub fn datagram(&self, datagram: &[u8], sender: SocketAddr, at: Time) {
        if datagram.is_empty() {
            self.counts.empty_datagrams.fetch_add(1, Relaxed);
            return;
        }
        self.counts.received_datagrams.fetch_add(1, Relaxed);
        let origin = Origin {
            at,
            sender: Some(sender),
            via: Protocol::Udp,
            bytes: datagram.len(),
        };
        match datagram::document(datagram) {
            Ok(document) => {
                self.counts.accepted_datagrams.fetch_add(1, Relaxed);
                // The daemon, too, replaces invalid UTF-8 before it passes the text on. (The check alone is several
                // times as fast as the replacement if there is nothing to replace.)
                let text = str::from_utf8(document)
                    .map_or_else(|_| String::from_utf8_lossy(document), Cow::Borrowed);
                // The refusal is counted and shown; UDP has no answer.
                let _ = self.document(&text, origin);
            }
            Err(reason) => {
                self.counts.refused_datagrams.add(reason.code());
                let words = format!("{}: {reason}", reason.code());
                self.show_refused(origin, words, &String::from_utf8_lossy(datagram));
            }
        }
    }

    /// Handles one document, or what may be sent in its place: a list of documents, or OTLP in base64.
    pub fn document(&self, text: &str, origin: Origin) -> Result<(), Refusal> {
        if otlp::is_metrics(text) {
            return Err(self.refuse(Refusal::metrics(), text, origin));
        }
        if let Some(spans) = otlp::from_document(text) {
            return self.spans_in_document(spans, text, origin);
        }
        if text.trim_start().starts_with('[')
            && let Ok(Value::Array(documents)) = Value::parse(text)
        {
            if documents.is_empty() {
                return Err(self.refuse(Refusal::nothing(), text, origin));
            }
            let taken = documents
                .iter()
                .map(|document| self.one(&document.to_string(), origin));
            // All are handled; the first refusal is returned for the list.
            return taken.fold(Ok(()), Result::and);
        }
        self.one(text, origin)
    }

    /// Handles spans that arrived by OTLP, and returns why some were refused.
    pub fn spans(&self, resources: Vec<ResourceSpans>, origin: Origin) -> Vec<Refusal> {
        let origin = Origin {
            via: Protocol::Otlp,
            ..origin
        };
        let mut refusals = Vec::new();
        for mut resource in resources {
            for reason in std::mem::take(&mut resource.refused) {
                refusals.push(self.refuse(Refusal::span(reason), "", origin));
            }
            resource.documents(|text| refusals.extend(self.one(text, origin).err()));
        }
        refusals
    }

    fn spans_in_document(
        &self,
        spans: Result<Vec<ResourceSpans>, NoSpans>,
        text: &str,
        origin: Origin,
    ) -> Result<(), Refusal> {
        let spans =
            spans.map_err(|error| self.refuse(Refusal::span(error.to_string()), text, origin))?;
        match self.spans(spans, origin).into_iter().next() {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    fn one(&self, text: &str, origin: Origin) -> Result<(), Refusal> {
        let kept = match Envelope::read(text) {
            Some(envelope) if !rules::is_ahead(*envelope.happened.start(), origin.at) => {
                self.keep(envelope.arrival(), text, origin)
            }
            _ => self.unusual(text, origin),
        };
        kept.map_err(|refusal| self.refuse(refusal, text, origin))
    }

    /// Handles a document that is invalid or unusual.
    fn unusual(&self, text: &str, origin: Origin) -> Result<(), Refusal> {
        let document = Document::decode(text)?;
        let id = document.trace_id;
        let id = id.ok_or_else(|| Refusal::without_trace(&document))?;
        let mut breaches = Breaches::of(text, &document);
        breaches.look_at_arrival(&document, origin.at);
        if let Some((rule, message)) = breaches.refusal().filter(|_| self.is_strict) {
            return Err(Refusal {
                code: rule.as_str(),
                message,
                id: Some(document.id),
            });
        }
        let arrival = Arrival {
            id,
            key: Key::of(&document),
            name: &document.name,
            happened: happened(&document),
            verdict: breaches.words().map_or(Verdict::Accepted, Verdict::Warned),
        };
        self.keep(arrival, text, origin)?;
        for rule in breaches.rules() {
            self.counts.warned_documents.add(rule.as_str());
        }
        Ok(())
    }

    fn keep(&self, arrival: Arrival<'_>, text: &str, origin: Origin) -> Result<(), Refusal> {
        if self.is_strict && arrival.is_too_old(origin.at) {
            return Err(Refusal::too_old(&arrival));
        }
        let Arrival { id, key, name, .. } = arrival;
        match self.store.keep(id, &key, text, origin.at) {
            Kept::NewTrace => self.counts.count_trace(origin.at),
            Kept::New => {}
            Kept::Duplicate => {
                self.counts.duplicates.fetch_add(1, Relaxed);
            }
            Kept::TraceFull => {
                return Err(Refusal {
                    code: "TraceTooLarge",
                    message: format!(
                        "the trace {id} has its {MAX_TRACE_BYTES} bytes of documents and of what finds them already (an eighth is for segments alone)"
                    ),
                    id: Some(key.id),
                });
            }
        }
        if let Some(disk) = &self.disk {
            disk.keep(id, origin.at, arrival.happened, text);
        }
        self.counts.accepted_documents.fetch_add(1, Relaxed);
        self.events.touch(id);
        self.wire.push(Received::new(
            origin,
            arrival.verdict,
            Some(id),
            Some(name),
            text,
        ));
        Ok(())
    }

    /// Counts and shows a refused document.
    fn refuse(&self, refusal: Refusal, text: &str, origin: Origin) -> Refusal {
        self.counts.refused_documents.add(refusal.code);
        let words = format!("{}: {}", refusal.code, refusal.message);
        self.show_refused(origin, words, text);
        refusal
    }

    fn show_refused(&self, origin: Origin, words: String, text: &str) {
        self.events.refuse();
        // What can still be read of it helps to find it.
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

/// A document to be stored.
struct Arrival<'d> {
    id: TraceId,
    key: Key,
    name: &'d str,
    /// From its start to its end, or only the start.
    happened: RangeInclusive<Time>,
    verdict: Verdict,
}

impl Arrival<'_> {
    /// Whether X-Ray would not keep it: its trace is old by its id, and it ended long ago. The id alone says nothing, because
    /// W3C's are random and X-Ray takes them.
    fn is_too_old(&self, now: Time) -> bool {
        let is_old = |then: Time| now.since(then) > RETENTION;
        let begin = u64::from(self.id.epoch_seconds()) * 1_000_000_000;
        is_old(Time::from_nanos(begin)) && is_old(*self.happened.end())
    }
}

impl Refusal {
    fn too_old(arrival: &Arrival<'_>) -> Self {
        Self {
            code: "InvalidTraceId",
            message: format!(
                "the trace {} began more than 30 days ago: X-Ray keeps no trace for longer",
                arrival.id
            ),
            id: Some(arrival.key.id),
        }
    }

    fn metrics() -> Self {
        Self {
            code: "OtlpMetrics",
            message: "M1 marks OpenTelemetry metrics; the console accepts only traces".to_owned(),
            id: None,
        }
    }

    /// X-Ray's answer to `[]`, which clients for languages without objects send for an empty one.
    fn nothing() -> Self {
        Self {
            code: "MissingId",
            message: "[] has no document, and so no id".to_owned(),
            id: None,
        }
    }

    fn span(message: String) -> Self {
        Self {
            code: "InvalidSpan",
            message,
            id: None,
        }
    }

    fn without_trace(document: &Document<'_>) -> Self {
        Self {
            code: "MissingTraceId",
            message: "there is no trace_id".to_owned(),
            id: Some(document.id),
        }
    }
}

impl Envelope<'_> {
    fn arrival(&self) -> Arrival<'_> {
        Arrival {
            id: self.trace_id,
            key: self.key(),
            name: &self.name,
            happened: self.happened.clone(),
            verdict: Verdict::Accepted,
        }
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
