//! Joins the spans of a request, which end one by one, into one document.
//!
//! A child ends before its parent, so documents are built bottom-up: a span opens a node; when the span ends, it is
//! encoded into its parent's node. The last span to end is the local root, which then contains all others. A child
//! whose parent is closed or full is sent as a document of its own, which X-Ray joins to the same trace.

mod node;
mod open;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::OnceLock, time::Duration};

use segment::{
    Document, Form, SegmentId, Span, Time, TraceId,
    datagram::MAX_DOCUMENT,
    document::write_independent,
    mapping::{Mapped, Mapping},
    span::Parent,
};

use crate::{
    delivery::{Counters, count},
    emitter::{Emit, Priority},
};
use node::{Node, Pushed, Subsegments};
use open::OpenSpans;

/// How long a local root is open before it is sent with `in_progress`.
pub(crate) const ANNOUNCE_AFTER: Duration = Duration::from_secs(5);
/// How long a span may be open. After that its finished subsegments are sent by themselves, and the assembly forgets
/// it.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(600);
/// Largest document in bytes: what fits into one datagram. macOS sends at most 9,216 bytes by default.
pub(crate) const MAX_BYTES: usize = if cfg!(target_os = "macos") {
    9_216 - 30
} else {
    MAX_DOCUMENT
};

/// Largest encoded document in bytes. The members that turn an embedded subsegment into an independent one are added
/// later and must fit as well.
const LIMIT: usize = MAX_BYTES - 110;

/// Assembles documents.
#[derive(Debug)]
pub(crate) struct Assembly {
    mapping: Mapping,
    /// The mapping with the attributes that [`Assembly::describe`] adds; once set, it replaces the first one.
    detailed: OnceLock<Mapping>,
    open: OpenSpans,
}

/// Where documents go, and the counters.
pub(crate) struct Sink<'a> {
    pub(crate) emit: &'a Emit<'a>,
    pub(crate) counters: &'a Counters,
}

/// What is known about a span when it starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) id: SegmentId,
    pub(crate) trace_id: TraceId,
    pub(crate) parent: Parent,
    pub(crate) at: Time,
    /// Whether a local root becomes a segment with the span's id. A root of kind CLIENT or PRODUCER does not: it
    /// becomes a subsegment of a segment that is made for it.
    pub(crate) is_segment: bool,
}

impl Assembly {
    pub(crate) fn new(mapping: Mapping) -> Self {
        Self {
            mapping,
            detailed: OnceLock::new(),
            open: OpenSpans::default(),
        }
    }

    /// Sets the mapping for a resource with more attributes. Only the first call has an effect.
    pub(crate) fn describe(&self, mapping: Mapping) {
        let _ = self.detailed.set(mapping);
    }

    fn mapping(&self) -> &Mapping {
        self.detailed.get().unwrap_or(&self.mapping)
    }

    /// Opens a span.
    pub(crate) fn start(&self, opening: Opening, counters: &Counters) {
        let is_announced = !(opening.parent.makes_local_root() && opening.is_segment);
        let node = Node {
            trace_id: opening.trace_id,
            parent: opening.parent,
            opened_at: opening.at,
            is_announced,
            user: None,
            subsegments: Subsegments::default(),
        };
        if !self.open.open(opening.id, node) {
            count(&counters.unjoined);
        }
    }

    /// Ends a span: embeds it in its parent, or emits it together with the subsegments embedded in it.
    pub(crate) fn end(&self, span: Span<'_>, sink: &Sink<'_>) {
        let (id, trace_id, parent) = (span.id, span.trace_id, span.parent);
        let (inner, user) = self
            .open
            .close(id)
            .map(|node| (node.subsegments, node.user))
            .unwrap_or_default();
        if let Parent::Local(parent_id) = parent
            && user.is_none()
            && self.try_end_subsegment(&span, &inner, (trace_id, parent_id), sink)
        {
            return;
        }
        if user.is_none() && self.try_end_segment(&span, &inner, sink) {
            inner.keep_buffer();
            return;
        }
        let is_local_root = parent.makes_local_root();
        let mapped = if is_local_root {
            self.mapping().map(span)
        } else {
            self.mapping().map_embedded(span)
        };
        let Ok(mut mapped) = mapped else {
            count(&sink.counters.failed);
            return;
        };
        if mapped.document.user.is_none() {
            mapped.document.user = user.map(Cow::Owned);
        }
        sink.counters.note(&mapped.trimmed);
        match parent {
            Parent::Local(parent_id)
                if mapped.segment.is_none() && mapped.document.is_subsegment =>
            {
                self.end_subsegment(&mut mapped.document, inner, (trace_id, parent_id), sink);
            }
            _ => end_local_root(&mut mapped, inner, sink),
        }
    }

    /// Announces local roots that have been open for long, and gives up spans that have been open for too long.
    pub(crate) fn look_after(&self, now: Time, sink: &Sink<'_>) {
        self.open.retain(|id, node| {
            let age = now.since(node.opened_at);
            if age >= ANNOUNCE_AFTER {
                self.announce(id, node, sink);
            }
            let is_waited_for = age < GIVE_UP_AFTER;
            if !is_waited_for {
                give_up(id, node, sink);
            }
            is_waited_for
        });
    }

    /// Gives up every span that is still open; called when no more spans will end.
    pub(crate) fn close(&self, sink: &Sink<'_>) {
        self.open.retain(|id, node| {
            self.announce(id, node, sink);
            give_up(id, node, sink);
            false
        });
    }

    fn end_subsegment(
        &self,
        document: &mut Document<'_>,
        mut inner: Subsegments,
        place: (TraceId, SegmentId),
        sink: &Sink<'_>,
    ) {
        let (_, parent_id) = place;
        if document.user.is_some() {
            self.open.move_user_up(parent_id, &mut document.user);
        }
        with_scratch(|encoded| {
            encode(document, Form::Embedded, &mut inner, sink, encoded);
            let copied = self.open.embed(parent_id, &inner, |out| {
                out.extend_from_slice(encoded);
                Some(())
            });
            if !matches!(copied, Pushed::Done(())) {
                send(encoded, place, sink);
            }
        });
    }

    /// Ends a subsegment by the shorter way, which writes it where its parent's are; returns `false` for a span that must
    /// take the long one.
    fn try_end_subsegment(
        &self,
        span: &Span<'_>,
        inner: &Subsegments,
        place: (TraceId, SegmentId),
        sink: &Sink<'_>,
    ) -> bool {
        let (mapping, subsegments) = (self.mapping(), inner.as_bytes());
        let encode = |out: &mut Vec<u8>| mapping.try_encode_subsegment(span, subsegments, out);
        match self.open.embed(place.1, inner, encode) {
            Pushed::Done(trimmed) => {
                sink.counters.note(&trimmed);
                true
            }
            Pushed::Declined => false,
            Pushed::NoRoom => with_scratch(|encoded| {
                let Some(trimmed) = encode(encoded).filter(|_| encoded.len() <= LIMIT) else {
                    return false;
                };
                sink.counters.note(&trimmed);
                send(encoded, place, sink);
                true
            }),
        }
    }

    /// Ends a segment by the shorter way; returns `false` for a span that must take the long one.
    fn try_end_segment(&self, span: &Span<'_>, inner: &Subsegments, sink: &Sink<'_>) -> bool {
        with_scratch(|encoded| {
            let subsegments = inner.as_bytes();
            let short = self
                .mapping()
                .try_encode_segment(span, subsegments, encoded);
            let Some(trimmed) = short.filter(|_| encoded.len() <= LIMIT) else {
                return false;
            };
            sink.counters.note(&trimmed);
            (sink.emit)(encoded, Priority::Segment);
            true
        })
    }

    /// Announces a local root once, so that subsegments sent before its end have a segment to belong to.
    fn announce(&self, id: SegmentId, node: &mut Node, sink: &Sink<'_>) {
        if std::mem::replace(&mut node.is_announced, true) {
            return;
        }
        let mut document = Document::new(self.mapping.service_name().into(), id, node.opened_at);
        document.trace_id = Some(node.trace_id);
        document.parent_id = node.parent.id();
        document.in_progress = true;
        let mut encoded = Vec::new();
        document.encode(Form::Independent, &mut encoded);
        count(&sink.counters.announced);
        (sink.emit)(&encoded, Priority::Segment);
    }
}

fn end_local_root(mapped: &mut Mapped<'_>, mut inner: Subsegments, sink: &Sink<'_>) {
    let (document, segment) = (&mut mapped.document, &mut mapped.segment);
    with_scratch(move |encoded| match segment {
        None => {
            encode(document, Form::Independent, &mut inner, sink, encoded);
            (sink.emit)(encoded, Priority::Segment);
            inner.keep_buffer();
        }
        Some(segment) => {
            segment.user = document.user.take();
            encode(document, Form::Embedded, &mut inner, sink, encoded);
            let mut subsegments = Subsegments::one(encoded, &inner);
            let form = Form::Independent;
            encode(segment, form, &mut subsegments, sink, encoded);
            (sink.emit)(encoded, Priority::Segment);
        }
    });
}

/// Encodes a document with its embedded subsegments. If it is too large for a datagram, the subsegments are sent by
/// themselves; if it is still too large, it is trimmed.
fn encode(
    document: &mut Document<'_>,
    form: Form,
    inner: &mut Subsegments,
    sink: &Sink<'_>,
    encoded: &mut Vec<u8>,
) {
    encoded.clear();
    document.encode_with(form, inner.as_bytes(), encoded);
    if encoded.len() <= LIMIT {
        return;
    }
    if let Some(trace_id) = document.trace_id.filter(|_| inner.len() > 0) {
        count(&sink.counters.split);
        stream(inner, trace_id, document.id, sink);
        encoded.clear();
        document.encode(form, encoded);
    }
    if encoded.len() > LIMIT {
        count(&sink.counters.trimmed);
        document.trim(encoded.len() - LIMIT);
        encoded.clear();
        document.encode(form, encoded);
    }
}

/// Sends the finished subsegments of a span that is given up.
fn give_up(id: SegmentId, node: &mut Node, sink: &Sink<'_>) {
    count(&sink.counters.given_up);
    stream(&mut node.subsegments, node.trace_id, id, sink);
}

/// Sends an encoded subsegment by itself, because its parent is closed or full.
fn send(encoded: &[u8], (trace_id, parent_id): (TraceId, SegmentId), sink: &Sink<'_>) {
    count(&sink.counters.streamed);
    let mut independent = Vec::new();
    write_independent(encoded, trace_id, parent_id, &mut independent);
    (sink.emit)(&independent, Priority::Streamed);
}

/// Sends subsegments by themselves.
fn stream(subsegments: &mut Subsegments, trace_id: TraceId, parent_id: SegmentId, sink: &Sink<'_>) {
    subsegments.stream(trace_id, parent_id, |document| {
        count(&sink.counters.streamed);
        (sink.emit)(document, Priority::Streamed);
    });
}

/// Runs `work` with an empty buffer that the thread reuses.
fn with_scratch<T>(work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static SCRATCH: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    // `take`, not `borrow_mut`: `work` may end another span on this thread.
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let done = work(&mut scratch);
    SCRATCH.set(scratch);
    done
}
