//! OpenTelemetry's span, by the recorder.

use std::{borrow::Cow, cell::RefCell, sync::Arc, time::SystemTime};

use opentelemetry::{
    KeyValue,
    trace::{self as otel, Event, Link, SpanContext, Status},
};
use segment::{
    Time, Value,
    span::{self, Parent, SpanKind},
};

use super::{
    attributes::{AttributeValue, Attributes},
    budget::Share,
    details::Details,
    shared::Scoped,
};
use crate::ended::{Dropped, Ended};

/// Attributes, events and links that would make a span hold more bytes are dropped and counted. Far beyond
/// what a document takes; so that a loop that never ends does not take the process with it.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Set even beyond the limit: the end of a request, on which its segment's state depends.
const ALWAYS: [&str; 2] = ["http.response.status_code", "http.response.body.size"];
/// How many buffers of finished spans a thread keeps for reuse.
const KEPT: usize = 32;

/// A segment or subsegment that is being written, by OpenTelemetry's API; made by [`crate::Tracer`]. If it is dropped,
/// it ends.
///
/// Setting an attribute again replaces its value. Only X-Ray's limits apply; what exceeds them is counted in
/// [`crate::Delivery`]. A span holds at most 4 MiB; attributes, events and links beyond that are dropped and counted.
/// <https://opentelemetry.io/docs/specs/otel/trace/api/#span>
#[derive(Debug)]
pub struct Span {
    context: SpanContext,
    /// `None` if it is not recorded, or has ended.
    recording: Option<(Arc<Scoped>, Box<Recording>)>,
}

/// What is known of a span when it begins.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) parent: Parent,
    pub(super) kind: SpanKind,
    pub(super) start: Time,
}

/// The data of a span. The thread on which the span ends keeps its buffers for reuse.
#[derive(Debug)]
struct Recording {
    opened: Opened,
    name: String,
    status: Status,
    details: Details,
    attributes: Attributes,
    events: Vec<Event>,
    links: Vec<Link>,
    /// Bytes of the events and links.
    bytes: usize,
    /// What it has of the service's budget.
    share: Share,
    dropped: Dropped,
    /// Whether to tell [`super::server_spans::ServerSpans`] when the span ends.
    is_counted: bool,
}

/// Boxed, as spans hold them: a box is moved in and out whole.
type Finished = RefCell<Vec<Box<Recording>>>;

thread_local! {
    static FINISHED: Finished = const { RefCell::new(Vec::new()) };
}

impl Span {
    /// A span of which only the context is known.
    pub(super) fn unrecorded(context: SpanContext) -> Self {
        Self {
            context,
            recording: None,
        }
    }

    pub(super) fn recorded(
        context: SpanContext,
        scoped: Arc<Scoped>,
        name: [&str; 3],
        opened: Opened,
    ) -> Self {
        let recording = Recording::begin(name, opened);
        Self {
            context,
            recording: Some((scoped, recording)),
        }
    }

    /// Sets what the span is about, before any attribute.
    pub(crate) fn set_details(&mut self, details: &span::Details<&str>) {
        if let Some((_, recording)) = &mut self.recording {
            recording.details.set(details);
        }
    }

    /// Adds an attribute that the span does not have yet.
    pub(crate) fn push(&mut self, key: &'static str, value: AttributeValue<'_>) {
        if let Some((_, recording)) = &mut self.recording {
            recording.attributes.push(key, value);
        }
    }

    /// Sets an attribute as [`otel::Span::set_attribute`] does, of a value that is borrowed. For `xray-aws-sdk`; it may change
    /// at any time.
    #[doc(hidden)]
    pub fn note(&mut self, key: &'static str, value: AttributeValue<'_>) {
        if let Some((scoped, recording)) = &mut self.recording {
            recording.set(key, value, scoped);
        }
    }

    /// Notes that [`super::server_spans::ServerSpans`] is to be told of the end.
    pub(super) fn count_as_server(&mut self) {
        if let Some((_, recording)) = &mut self.recording {
            recording.is_counted = true;
        }
    }

    /// Takes over what a builder has collected.
    pub(super) fn fill(
        &mut self,
        attributes: Vec<KeyValue>,
        events: Option<Vec<Event>>,
        links: Option<Vec<Link>>,
    ) {
        let Some((scoped, recording)) = &mut self.recording else {
            return;
        };
        for KeyValue { key, value, .. } in attributes {
            recording.set(key.as_str(), AttributeValue::Other(value), scoped);
        }
        for event in events.into_iter().flatten() {
            recording.add_event(event, scoped);
        }
        for link in links.into_iter().flatten() {
            recording.add_link(link, scoped);
        }
    }
}

impl otel::Span for Span {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        if let Some((scoped, recording)) = &mut self.recording {
            recording.add_event(Event::new(name, timestamp, attributes, 0), scoped);
        }
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some((scoped, recording)) = &mut self.recording {
            let KeyValue { key, value, .. } = attribute;
            recording.set(key.as_str(), AttributeValue::Other(value), scoped);
        }
    }

    /// As the API defines: `Ok` takes precedence over `Error`, and `Error` over unset.
    fn set_status(&mut self, status: Status) {
        if let Some((_, recording)) = &mut self.recording
            && status > recording.status
        {
            recording.status = status;
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((_, recording)) = &mut self.recording {
            recording.rename(&new_name.into());
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some((scoped, recording)) = &mut self.recording {
            recording.add_link(Link::new(span_context, attributes, 0), scoped);
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        let Some((scoped, mut recording)) = self.recording.take() else {
            return;
        };
        if let Some(recorder) = &scoped.recorder {
            if recording.is_counted {
                recorder.server_spans.end(self.context.trace_id());
            }
            let ended = recording.ended(&self.context, &scoped, timestamp);
            recorder.pipeline.end(ended);
            recording.share.give_back(&recorder.budget);
        }
        recording.keep();
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.recording.is_some() {
            otel::Span::end(self);
        }
    }
}

impl Recording {
    fn begin(name: [&str; 3], opened: Opened) -> Box<Self> {
        // While the thread is being destroyed, there are none.
        let finished = FINISHED.try_with(|finished| finished.borrow_mut().pop());
        match finished.ok().flatten() {
            Some(mut recording) => {
                recording.opened = opened;
                recording.name.extend(name);
                recording
            }
            None => Box::new(Self {
                opened,
                name: name.concat(),
                status: Status::Unset,
                details: Details::default(),
                attributes: Attributes::default(),
                events: Vec::new(),
                links: Vec::new(),
                bytes: 0,
                share: Share::default(),
                dropped: Dropped::default(),
                is_counted: false,
            }),
        }
    }

    /// Keeps the buffers for the next span.
    fn keep(mut self: Box<Self>) {
        const KEPT_NAME: usize = 256;
        self.name.clear();
        if self.name.capacity() > KEPT_NAME {
            self.name.shrink_to(KEPT_NAME);
        }
        self.details.clear();
        self.attributes.clear();
        self.status = Status::Unset;
        (self.events, self.links) = (Vec::new(), Vec::new());
        (self.bytes, self.dropped) = (0, Dropped::default());
        self.is_counted = false;
        let _ = FINISHED.try_with(|finished| {
            let mut finished = finished.borrow_mut();
            if finished.len() < KEPT {
                finished.push(self);
            }
        });
    }

    fn ended<'a>(
        &'a self,
        context: &'a SpanContext,
        scoped: &'a Scoped,
        end: SystemTime,
    ) -> Ended<'a> {
        Ended {
            context,
            parent: self.opened.parent,
            name: &self.name,
            kind: self.opened.kind,
            start: self.opened.start,
            end: end.into(),
            status: &self.status,
            details: self.details.get(),
            attributes: self.attributes.members(),
            events: &self.events,
            links: &self.links,
            dropped: self.dropped,
            scope: &scoped.scope,
        }
    }

    /// Whether there is room for `more` bytes, in this span and in all that are open.
    fn has_room(&mut self, more: usize, scoped: &Scoped) -> bool {
        let bytes = self.details.bytes() + self.attributes.bytes() + self.bytes + more;
        let budget = scoped.recorder.as_ref().map(|recorder| &recorder.budget);
        bytes <= MAX_BYTES && budget.is_none_or(|budget| self.share.covers(bytes, budget))
    }

    fn set(&mut self, key: &str, value: AttributeValue<'_>, scoped: &Scoped) {
        if self.details.take(key, &value) {
            return;
        }
        if self.details.may_have(key) {
            self.spread_details();
        }
        let more = key.len() + value.bytes();
        if self.has_room(more, scoped) || ALWAYS.contains(&key) {
            self.attributes.set(key, value);
        } else {
            self.dropped.attributes += 1;
        }
    }

    /// Makes attributes of the details, since one of them is about to be set again.
    fn spread_details(&mut self) {
        if let Some(details) = self.details.get() {
            for (key, value) in details.attributes(self.opened.kind) {
                let value = match &value {
                    Value::Integer(integer) => AttributeValue::Integer(*integer),
                    text => AttributeValue::Text(text.as_text().unwrap_or_default()),
                };
                self.attributes.set(&key, value);
            }
        }
        self.details.clear();
    }

    fn rename(&mut self, name: &str) {
        self.name.clear();
        self.name.push_str(name);
    }

    fn add_event(&mut self, event: Event, scoped: &Scoped) {
        let more = size_of::<Event>() + event.name.len() + bytes(&event.attributes);
        if self.has_room(more, scoped) {
            self.bytes += more;
            self.events.push(event);
        } else {
            self.dropped.events += 1;
        }
    }

    /// A link to nothing is dropped.
    fn add_link(&mut self, link: Link, scoped: &Scoped) {
        let more = size_of::<Link>() + bytes(&link.attributes);
        if link.span_context.is_valid() && self.has_room(more, scoped) {
            self.bytes += more;
            self.links.push(link);
        } else {
            self.dropped.links += 1;
        }
    }
}

/// Returns how many bytes attributes take, about.
fn bytes(attributes: &[KeyValue]) -> usize {
    let size = |attribute: &KeyValue| {
        let KeyValue { key, value, .. } = attribute;
        size_of::<KeyValue>() + key.as_str().len() + super::attributes::size(value)
    };
    attributes.iter().map(size).sum()
}
