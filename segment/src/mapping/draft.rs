//! The documents of one span, put together block by block.

use std::borrow::Cow;

use super::{
    Mapped, Mapping, Trimmed,
    annotations::{Candidate, Index, Rank, annotate},
    attributes::Sorted,
    metadata::{Contents, settle},
    outcome::{Failing, Outcome},
    resource, split,
    text::fit_member,
};
use crate::{
    Document, Form, Span, Time, Value,
    document::{DEFAULT_METADATA, Link, REMOTE, Shared},
    names,
    span::{Event, Parent, SpanKind, SpanLink, Status},
    value::Members,
};

/// Most links of one segment; the others are listed in the metadata.
const MAX_LINKS: usize = 20;
/// Readers hold times as doubles; one later than this might come out beyond what [`Time`] holds.
pub(super) const LATEST_NANOS: u64 = 18_446_744_073_000_000_000;

/// What becomes of a span.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Segment,
    Subsegment,
    /// A segment and the subsegment in it.
    Both,
}

/// A span on its way to its documents. It borrows the large parts: moving them costs more than filling them.
struct Draft<'d, 'a> {
    mapping: &'a Mapping,
    form: Form,
    shape: Shape,
    parent: Parent,
    kind: SpanKind,
    span_name: Cow<'a, str>,
    sorted: &'d mut Sorted<'a>,
    document: &'d mut Document<'a>,
    events: Vec<Value<'a>>,
    trimmed: &'d mut Trimmed,
}

/// Makes the documents of one span.
pub(super) fn map<'a>(mapping: &'a Mapping, span: Span<'a>, form: Form) -> Mapped<'a> {
    let start = span.start.min(Time::from_nanos(LATEST_NANOS));
    let mut mapped = Mapped {
        document: Document::new(Cow::Borrowed(names::NAMELESS), span.id, start),
        segment: None,
        trimmed: Trimmed::default(),
    };
    mapped.document.trace_id = Some(span.trace_id);
    let mut sorted = Sorted::default();
    sorted.sort(span.attributes, &mapping.settings);
    let mut draft = Draft {
        mapping,
        form,
        shape: Shape::new(span.kind, span.parent, sorted.is_local_root),
        parent: span.parent,
        kind: span.kind,
        span_name: span.name,
        sorted: &mut sorted,
        document: &mut mapped.document,
        events: Vec::new(),
        trimmed: &mut mapped.trimmed,
    };
    draft.set_end(span.end);
    draft.set_outcome(span.status, span.events);
    draft.set_place();
    draft.set_blocks();
    let links = draft.links(span.links);
    mapped.segment = draft.finish(links);
    mapped
}

impl Shape {
    fn new(kind: SpanKind, parent: Parent, is_marked_local_root: bool) -> Self {
        if !(is_marked_local_root || parent.makes_local_root()) {
            return Self::Subsegment;
        }
        match kind {
            SpanKind::Client | SpanKind::Producer => Self::Both,
            // AWS's instrumentations mark the poll for a message, which is a call to the queue.
            SpanKind::Consumer if is_marked_local_root => Self::Both,
            SpanKind::Consumer | SpanKind::Internal | SpanKind::Server => Self::Segment,
        }
    }
}

impl<'a> Draft<'_, 'a> {
    fn set_end(&mut self, end: Option<Time>) {
        let Some(end) = end.filter(|_| !self.sorted.is_in_progress) else {
            self.document.in_progress = true;
            return;
        };
        let start = self.document.start_time;
        if end < start {
            self.trimmed.ends += 1;
        }
        self.document.end_time = Some(end.clamp(start, Time::from_nanos(LATEST_NANOS)));
    }

    fn set_outcome(&mut self, status: Status<'a>, events: Vec<Event<'a>>) {
        let Sorted {
            http, aws, whole, ..
        } = &mut *self.sorted;
        let is_server = self.kind == SpanKind::Server;
        self.document.http = http.finish(is_server, &events, whole, self.trimmed);
        let mut outcome = Outcome::new(http.status(), &status);
        let failing = Failing {
            id: self.document.id,
            kind: self.kind,
            language: self.mapping.resource.language,
            is_aws_api: aws.is_aws_api,
            trimmed: self.trimmed,
        };
        outcome.explain(status, events, &mut http.status_text, whole, failing);
        self.document.error = outcome.error;
        self.document.throttle = outcome.throttle;
        self.document.fault = outcome.fault;
        self.document.cause = outcome.cause;
        self.events = outcome.events;
    }

    /// Sets what a document is called and what it belongs to.
    fn set_place(&mut self) {
        match self.shape {
            Shape::Segment => {
                self.document.name = self.service_name();
                self.document.parent_id = self.parent.id();
            }
            Shape::Subsegment => {
                self.document.name = self.call_name();
                self.document.parent_id = self.parent.id();
                self.document.is_subsegment = true;
                self.document.namespace = self.sorted.namespace(self.kind);
            }
            Shape::Both => {
                self.document.name = self.call_name();
                self.document.parent_id = Some(split::segment_id(self.document.id));
                self.document.is_subsegment = true;
                let namespace = self.sorted.namespace(self.kind);
                self.document.namespace = namespace.or(Some(Cow::Borrowed(REMOTE)));
            }
        }
    }

    /// The name of a subsegment: what it calls, else the span's own.
    fn call_name(&mut self) -> Cow<'a, str> {
        let name = self.sorted.called(self.kind);
        self.clean(name.unwrap_or_else(|| self.span_name.clone()))
    }

    /// The name of a segment: the service's, so that the service is one node of the map.
    fn service_name(&mut self) -> Cow<'a, str> {
        if let Some(name) = self.sorted.names.local.clone() {
            return self.clean(name);
        }
        match self.mapping.resource.service_name.as_deref() {
            Some(name) => Cow::Borrowed(name),
            None => self.call_name(),
        }
    }

    /// The span's name, if the segment's is the service's where the collector would have used the span's.
    fn operation(&self) -> Option<Cow<'a, str>> {
        let has_local_service = self.sorted.names.local.is_some();
        let is_service = has_local_service || self.mapping.resource.service_name.is_some();
        let is_named_as_by_collector = match self.kind {
            SpanKind::Server => true,
            SpanKind::Internal => self.sorted.is_local_root && has_local_service,
            SpanKind::Client | SpanKind::Producer | SpanKind::Consumer => self.sorted.is_local_root,
        };
        (is_service && !is_named_as_by_collector).then(|| self.span_name.clone())
    }

    fn clean(&mut self, name: Cow<'a, str>) -> Cow<'a, str> {
        let length = name.len();
        let clean = names::clean_cow(name, names::clean_name);
        self.trimmed.names += u32::from(clean.len() != length);
        clean
    }

    fn set_blocks(&mut self) {
        let resource = &self.mapping.resource;
        let form = match self.shape {
            Shape::Segment => Form::Independent,
            Shape::Subsegment | Shape::Both => self.form,
        };
        if form == Form::Independent {
            self.document.origin = resource.origin.map(Cow::Borrowed);
            self.document.service = resource.service.as_ref().map(Shared::Lent);
        }
        let trimmed = &mut *self.trimmed;
        let sorted = &mut *self.sorted;
        let method = sorted.aws.give_back();
        let status_text = sorted.http.status_text.take().map(Value::Text);
        let given_back = [("rpc.method", method), ("http.status_text", status_text)];
        for (key, value) in given_back {
            let left = value.map(|value| (Cow::Borrowed(key), value));
            sorted.left.extend(left);
        }
        self.document.aws = sorted.aws.finish(resource.aws.as_ref(), form, trimmed);
        let metadata = (&mut sorted.left, &mut sorted.whole);
        self.document.sql = sorted
            .sql
            .finish(&self.span_name, &sorted.http.url, metadata, trimmed);
        self.document.user = fit_member(sorted.user.take(), trimmed);
    }

    /// Makes the links; one to a trace that X-Ray would refuse is dropped alone.
    fn links(&mut self, links: Vec<SpanLink<'a>>) -> Vec<Link<'a>> {
        let all = links.len();
        let settings = &self.mapping.settings;
        let mut links: Vec<_> = links
            .into_iter()
            .filter(|link| settings.check(link.trace_id).is_ok())
            .map(link)
            .collect();
        let rest = links.split_off(links.len().min(MAX_LINKS));
        self.trimmed.links += u32::try_from(all - links.len()).unwrap_or(u32::MAX);
        if !rest.is_empty() {
            let rest = Value::Array(rest.into_iter().map(listed).collect());
            self.sorted.whole.push((Cow::Borrowed("links"), rest));
        }
        links
    }

    fn finish(&mut self, links: Vec<Link<'a>>) -> Option<Box<Document<'a>>> {
        let index = Index {
            settings: &self.mapping.settings,
            listed: &self.sorted.listed,
        };
        index.extract(&mut self.sorted.left, &mut self.sorted.candidates);
        let segment = if self.shape == Shape::Both {
            let mut segment = self.split();
            if self.kind == SpanKind::Consumer {
                segment.links = links;
            } else {
                self.document.links = links;
            }
            Some(Box::new(segment))
        } else {
            self.document.links = links;
            None
        };
        let has_resource = match self.shape {
            Shape::Segment => self.has_resource(),
            Shape::Subsegment => false,
            Shape::Both => self.kind == SpanKind::Consumer && self.form == Form::Independent,
        };
        let operation = match self.shape {
            Shape::Segment => self.operation(),
            Shape::Subsegment | Shape::Both => None,
        };
        self.set_data(operation, has_resource);
        segment
    }

    /// Whether a segment's metadata holds the resource. That of a local root which only its attribute marks
    /// does not, as with the collector: it takes such a span for a part of another segment.
    fn has_resource(&self) -> bool {
        matches!(self.kind, SpanKind::Server | SpanKind::Consumer)
            || self.parent == Parent::None
            || !self.sorted.is_local_root
    }

    fn set_data(&mut self, operation: Option<Cow<'a, str>>, has_resource: bool) {
        let mut candidates = std::mem::take(&mut self.sorted.candidates);
        let (resource, annotated) = if has_resource {
            let annotated = self.annotated(&mut candidates);
            (Some(&self.mapping.resource.metadata), annotated)
        } else {
            Default::default()
        };
        let mut left = std::mem::take(&mut self.sorted.left);
        left.append(&mut self.sorted.whole);
        if !candidates.is_empty() {
            self.document.annotations = annotate(candidates, &mut left, self.trimmed);
        }
        let contents = Contents {
            resource,
            annotated,
            left,
            explicit: std::mem::take(&mut self.sorted.metadata),
            namespaces: std::mem::take(&mut self.sorted.namespaces),
            operation,
            events: std::mem::take(&mut self.events),
        };
        contents.finish(self.document);
    }

    /// Adds to `candidates` what of the resource becomes an annotation, and returns its keys.
    fn annotated(&self, candidates: &mut Vec<Candidate<'a>>) -> Vec<&'a str> {
        let index = Index {
            settings: &self.mapping.settings,
            listed: &self.sorted.listed,
        };
        if index.is_empty() {
            return Vec::new();
        }
        let mut annotated = Vec::new();
        for (key, value) in self.mapping.resource.metadata.iter() {
            if index.rank(key, value).is_some() {
                annotated.push(key.as_ref());
                candidates.push(Candidate {
                    rank: Rank::Resource,
                    key: Cow::Borrowed(key),
                    value: value.borrowed(),
                });
            }
        }
        annotated
    }

    /// Makes the service's segment around a call.
    fn split(&mut self) -> Document<'a> {
        let name = self.service_name();
        let mut segment = split::segment(self.document, name);
        let resource = &self.mapping.resource;
        segment.parent_id = self.parent.id();
        segment.origin = resource.origin.map(Cow::Borrowed);
        segment.service = resource.service.as_ref().map(Shared::Lent);
        segment.aws = resource.aws.as_ref().map(split::aws);
        let mut candidates = split::candidates(&self.sorted.candidates);
        let (metadata, annotated) = if self.has_resource() {
            let annotated = self.annotated(&mut candidates);
            (Some(&resource.metadata), annotated)
        } else {
            Default::default()
        };
        let contents = Contents {
            resource: metadata,
            annotated,
            left: self.said_of_resource(),
            operation: self.operation(),
            ..Contents::default()
        };
        // What finds no room here is counted and kept with the call.
        segment.annotations = annotate(candidates, &mut Vec::new(), &mut Trimmed::default());
        contents.finish(&mut segment);
        let is_empty = segment.metadata.is_empty() && segment.shared_metadata.is_none();
        if is_empty && !self.sorted.left.is_empty() {
            let nothing = Value::Object(Vec::new());
            let default = Cow::Borrowed(DEFAULT_METADATA);
            segment.metadata.push((default, nothing));
        }
        segment
    }
}

impl<'a> Draft<'_, 'a> {
    /// What the span itself says of the resource: it belongs to the service as much as to the call.
    fn said_of_resource(&self) -> Members<'a> {
        let is_of_resource = |(key, _): &&(Cow<'_, str>, _)| key.starts_with(resource::PREFIX);
        let left = self.sorted.left.iter();
        left.filter(is_of_resource).cloned().collect()
    }
}

fn link(link: SpanLink<'_>) -> Link<'_> {
    let mut attributes = link.attributes;
    settle(&mut attributes);
    Link {
        trace_id: Some(link.trace_id),
        id: Some(link.id),
        attributes,
        ..Link::default()
    }
}

/// A link as the metadata lists it.
fn listed(link: Link<'_>) -> Value<'_> {
    let id = |id: Option<String>| id.map_or(Value::Null, Value::from);
    let mut members = vec![
        (
            Cow::Borrowed("trace_id"),
            id(link.trace_id.map(|id| id.to_string())),
        ),
        (Cow::Borrowed("id"), id(link.id.map(|id| id.to_string()))),
    ];
    if !link.attributes.is_empty() {
        members.push((Cow::Borrowed("attributes"), Value::Object(link.attributes)));
    }
    Value::Object(members)
}
