//! Assembles the documents of one span, block by block.

mod naming;
mod segment;

use std::borrow::Cow;

use super::{
    annotations::{Candidate, Index, Rank, annotate},
    exception::Failing,
    http::received_size,
    link::{link, listed},
    mapped::Mapped,
    metadata::Contents,
    outcome::Outcome,
    parts::Parts,
    request::Request,
    resource::Resource,
    settings::Settings,
    split,
    trimmed::Trimmed,
};
use crate::{
    Document, Form, Span, Time, Value,
    document::{Link, REMOTE, Shared},
    names, secrets,
    span::{Event, Parent, SpanKind, SpanLink, Status},
};

/// Most links of one segment; further ones are listed in the metadata.
const MAX_LINKS: usize = 20;
/// Readers hold times as doubles; a later time might be read as one beyond the range of [`Time`].
pub(super) const LATEST: Time = Time::from_nanos(18_446_744_073_000_000_000);

/// Which documents a span becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Segment,
    Subsegment,
    /// A segment, and a subsegment in it.
    Both,
}

/// A span while its documents are made. Borrows the large parts, because moving them costs more than filling them.
struct Draft<'d, 'a> {
    resource: &'a Resource,
    settings: &'a Settings,
    form: Form,
    shape: Shape,
    parent: Parent,
    kind: SpanKind,
    span_name: Cow<'a, str>,
    parts: &'d mut Parts<'a>,
    /// The request, if its parts are known without attributes.
    request: Option<Request<'a>>,
    document: &'d mut Document<'a>,
    events: Vec<Value<'a>>,
    /// The size of a response, from an event that old instrumentations send.
    received: Option<i64>,
    trimmed: &'d mut Trimmed,
}

/// Makes the documents of one span. Secrets are hidden first.
pub(super) fn map<'a>(
    resource: &'a Resource,
    settings: &'a Settings,
    mut span: Span<'a>,
    form: Form,
) -> Mapped<'a> {
    let start = span.start.min(LATEST);
    let mut mapped = Mapped {
        document: Document::new(Cow::Borrowed(names::NAMELESS), span.id, start),
        segment: None,
        trimmed: Trimmed::default(),
    };
    mapped.document.trace_id = Some(span.trace_id);
    hide_secrets(&mut span.events, &mut span.links);
    let request = Request::take(&mut span, settings);
    let mut parts = Parts::default();
    parts.sort(span.attributes, settings);
    let mut draft = Draft {
        resource,
        settings,
        form,
        shape: Shape::new(span.kind, span.parent, parts.is_local_root),
        parent: span.parent,
        kind: span.kind,
        span_name: secrets::hide(span.name),
        parts: &mut parts,
        request,
        document: &mut mapped.document,
        events: Vec::new(),
        received: span.events.iter().find_map(received_size),
        trimmed: &mut mapped.trimmed,
    };
    draft.set_end(span.end);
    draft.set_outcome(without_secrets(span.status), span.events);
    draft.set_place();
    draft.set_blocks();
    let links = draft.links(span.links);
    mapped.segment = draft.finish(links);
    mapped
}

/// Returns the end of a span. An end before the start is moved there, and counted.
pub(super) fn end_of(start: Time, end: Time, trimmed: &mut Trimmed) -> Time {
    trimmed.ends += u32::from(end < start);
    end.clamp(start, LATEST)
}

/// Hides secrets in events and links; for attributes [`Parts::sort`] does it.
fn hide_secrets(events: &mut [Event<'_>], links: &mut [SpanLink<'_>]) {
    for event in events {
        event.name = secrets::hide(std::mem::take(&mut event.name));
        for (key, value) in &mut event.attributes {
            secrets::hide_attribute(key, value);
        }
    }
    for link in links {
        for (key, value) in &mut link.attributes {
            secrets::hide_attribute(key, value);
        }
    }
}

fn without_secrets(status: Status<'_>) -> Status<'_> {
    match status {
        Status::Error(description) => Status::Error(secrets::hide(description)),
        status => status,
    }
}

impl Shape {
    fn new(kind: SpanKind, parent: Parent, is_marked_local_root: bool) -> Self {
        if !(is_marked_local_root || parent.makes_local_root()) {
            return Self::Subsegment;
        }
        match kind {
            SpanKind::Client | SpanKind::Producer => Self::Both,
            // AWS's instrumentations mark polling for a message as a local root; it is a call to the queue.
            SpanKind::Consumer if is_marked_local_root => Self::Both,
            SpanKind::Consumer | SpanKind::Internal | SpanKind::Server => Self::Segment,
        }
    }
}

impl<'a> Draft<'_, 'a> {
    fn set_end(&mut self, end: Option<Time>) {
        let Some(end) = end.filter(|_| !self.parts.is_in_progress) else {
            self.document.in_progress = true;
            return;
        };
        let end = end_of(self.document.start_time, end, self.trimmed);
        self.document.end_time = Some(end);
    }

    fn set_outcome(&mut self, status: Status<'a>, events: Vec<Event<'a>>) {
        let Parts {
            http,
            aws,
            grpc,
            attributes,
            ..
        } = &mut *self.parts;
        let code = match &self.request {
            Some(request) => request.status(),
            None => http.status(attributes),
        };
        // A call of gRPC's that failed has 200 by HTTP.
        let failed = code.filter(|code| *code >= 400);
        let code = failed.or_else(|| grpc.status(attributes));
        let mut outcome = Outcome::new(code, &status);
        let failing = Failing {
            id: self.document.id,
            kind: self.kind,
            language: self.resource.language,
            is_aws_api: aws.is_aws_api,
            trimmed: self.trimmed,
        };
        outcome.explain(status, events, http.status_text, attributes, failing);
        self.document.error = outcome.error;
        self.document.throttle = outcome.throttle;
        self.document.fault = outcome.fault;
        self.document.cause = outcome.cause;
        self.events = outcome.events;
    }

    /// Sets the document's name and parent.
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
                self.document.namespace = self.parts.namespace(self.kind);
            }
            Shape::Both => {
                self.document.name = self.call_name();
                self.document.parent_id = Some(split::segment_id(self.document.id));
                self.document.is_subsegment = true;
                let namespace = self.parts.namespace(self.kind);
                self.document.namespace = namespace.or(Some(Cow::Borrowed(REMOTE)));
            }
        }
    }

    fn set_blocks(&mut self) {
        let resource = self.resource;
        let form = match self.shape {
            Shape::Segment => Form::Independent,
            Shape::Subsegment | Shape::Both => self.form,
        };
        if form == Form::Independent {
            self.document.origin = resource.origin.map(Cow::Borrowed);
            self.document.service = resource.service.as_ref().map(Shared::Borrowed);
        }
        let is_server = self.kind == SpanKind::Server;
        let trimmed = &mut *self.trimmed;
        let Parts {
            attributes,
            http,
            aws,
            sql,
            user,
            ..
        } = &mut *self.parts;
        // Before the http block, which uses the address as a part of a URL.
        self.document.sql = sql.finish(&self.span_name, &http.url, attributes, trimmed);
        self.document.http = match self.request.take() {
            Some(request) => Some(request.block(self.received)),
            None => http.finish(is_server, attributes, self.received, trimmed),
        };
        self.document.aws = aws.finish(resource.aws.as_ref(), form, attributes, trimmed);
        self.document.user = attributes.take_fitting(*user, trimmed);
        self.forget_host();
    }

    /// Removes the host attributes that the document's name or the query's address contains.
    fn forget_host(&mut self) {
        let Parts {
            attributes, http, ..
        } = &mut *self.parts;
        let url = &http.url;
        let sql = self.document.sql.as_ref();
        let address = sql.and_then(|sql| sql.url.as_deref()).unwrap_or_default();
        for slot in [
            url.server_address,
            url.peer_name,
            url.http_host,
            url.peer_ip,
        ] {
            let is_included = attributes
                .text(slot)
                .is_some_and(|host| *host == *self.document.name || address.contains(&*host));
            if is_included {
                attributes.forget(slot);
            }
        }
        for port in [url.server_port, url.peer_port] {
            if sql.is_some() {
                attributes.forget_if_in(port, address);
            }
        }
    }

    /// Makes the links; drops a link to a trace that X-Ray would refuse.
    fn links(&mut self, links: Vec<SpanLink<'a>>) -> Vec<Link<'a>> {
        let all = links.len();
        let settings = self.settings;
        let mut links: Vec<_> = links
            .into_iter()
            .filter(|link| settings.check(link.trace_id).is_ok())
            .map(link)
            .collect();
        let rest = links.split_off(links.len().min(MAX_LINKS));
        self.trimmed.links += u32::try_from(all - links.len()).unwrap_or(u32::MAX);
        if !rest.is_empty() {
            let rest = Value::Array(rest.into_iter().map(listed).collect());
            self.parts.attributes.add("links", rest);
        }
        links
    }

    fn finish(&mut self, links: Vec<Link<'a>>) -> Option<Box<Document<'a>>> {
        let operation = self.operation();
        let index = Index {
            settings: self.settings,
            listed: &self.parts.listed,
        };
        let left = self.parts.attributes.list_mut();
        index.extract(left, &mut self.parts.candidates);
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
        self.set_data(operation, has_resource);
        segment
    }

    /// Whether a segment's metadata contains the resource. That of a local root marked only by its attribute does
    /// not, as in the collector, which treats such a span as part of another segment.
    fn has_resource(&self) -> bool {
        matches!(self.kind, SpanKind::Server | SpanKind::Consumer)
            || self.parent == Parent::None
            || !self.parts.is_local_root
    }

    fn set_data(&mut self, operation: Option<Cow<'a, str>>, has_resource: bool) {
        let mut candidates = std::mem::take(&mut self.parts.candidates);
        let (resource, annotated) = if has_resource {
            let annotated = self.annotated(&mut candidates);
            (Some(&self.resource.metadata), annotated)
        } else {
            Default::default()
        };
        let mut left = std::mem::take(&mut self.parts.attributes).into_left();
        if !candidates.is_empty() {
            self.document.annotations = annotate(candidates, &mut left, self.trimmed);
        }
        let contents = Contents {
            resource,
            annotated,
            left,
            explicit: std::mem::take(&mut self.parts.metadata),
            namespaces: std::mem::take(&mut self.parts.namespaces),
            operation,
            events: std::mem::take(&mut self.events),
        };
        contents.finish(self.document);
    }

    /// Adds the resource's attributes that become annotations to `candidates`, and returns their keys.
    fn annotated(&self, candidates: &mut Vec<Candidate<'a>>) -> Vec<&'a str> {
        let index = Index {
            settings: self.settings,
            listed: &self.parts.listed,
        };
        if index.is_empty() {
            return Vec::new();
        }
        let mut annotated = Vec::new();
        for (key, value) in self.resource.metadata.iter() {
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
}
