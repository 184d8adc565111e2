//! Summaries: what lists, maps and filters need of a trace, computed from its documents.
//!
//! A summary contains no JSON and shares its strings with other summaries, so that a hundred thousand of them can be
//! searched within a request.

mod annotations;
mod build;
mod cause_json;
mod causes;
mod interner;
mod route;
mod service;

use std::sync::Arc;

use segment::{SegmentId, Time, TraceId};

pub use cause_json::{Detail, DetailedCause};
pub use causes::{CauseEntity, CauseException, CauseService, RootCause, RootCauses};
pub use interner::Interner;
pub(crate) use interner::UNUSED_BYTES;
pub use service::Service;

/// The name of the only segment of what `console doctor` sends.
const CANARY: &str = "console-doctor";

/// One trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: TraceId,
    /// The start of its first segment.
    pub start: Time,
    /// The end of its last segment; for segments in progress, their start is used.
    pub end: Time,
    /// The number of its documents.
    pub documents: usize,
    /// Whether a part of it is in progress.
    pub is_partial: bool,
    /// Its outcome for the callers of its entries; `throttle` if any part of it was throttled.
    pub outcome: Outcome,
    /// How long it took, in nanoseconds: its root or, while that is in progress, everything received so far.
    pub nanos: u64,
    /// Its segments by start time, including inferred ones, but without subsegments that have no parent.
    pub visits: Box<[Visit]>,
    /// Their services, each once. Traces with the same ones share one list.
    pub services: Arc<[Arc<Service>]>,
    /// The calls between its segments.
    pub calls: Box<[Call]>,
    /// Links from its segments to other traces.
    pub links: Box<[Link]>,
    /// The source of a link to its segments and subsegments, by their ids.
    pub senders: Box<[Sender]>,
    /// The annotations of all its segments and subsegments, each value of a key once per service; only the first
    /// ones, up to the number that X-Ray indexes.
    pub annotations: Box<[Annotation]>,
    /// Their keys, each once, sorted. Traces with the same ones share one list.
    pub annotation_keys: Arc<[Arc<str>]>,
    /// How many annotations exceed that number.
    pub unindexed_annotations: usize,
    /// The users of all its segments.
    pub users: Box<[User]>,
    /// Where its segments ran, and which version.
    pub places: Box<[Place]>,
    /// Why it failed, and what took most of its time.
    pub root_causes: RootCauses,
}

/// One segment: a visit of the trace to a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The segment's id.
    pub id: SegmentId,
    /// The service.
    pub service: Arc<Service>,
    /// When it began.
    pub start: Time,
    /// When it ended; `None` while it is in progress.
    pub end: Option<Time>,
    /// Its outcome.
    pub outcome: Outcome,
    /// Whether it comes from a document or was inferred from its caller.
    pub source: Source,
    /// The request that it served.
    pub http: Option<Box<Http>>,
}

/// The source of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A document whose request came from outside the trace.
    Entry,
    /// A document with which the trace begins because that of its caller is missing: it never comes, or not yet.
    CallerMissing,
    /// Another document.
    Segment,
    /// Inferred from the caller's subsegment.
    Inferred,
}

/// A call from one segment to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The caller's index in [`Summary::visits`].
    pub from: usize,
    /// The called segment's index in [`Summary::visits`].
    pub to: usize,
    /// The id of the caller's segment or subsegment.
    pub caller: SegmentId,
    /// When the call began.
    pub start: Time,
    /// When the call ended; `None` while it is in progress.
    pub end: Option<Time>,
    /// Its outcome for the caller.
    pub outcome: Outcome,
    /// The request as the caller sent it, if it may differ from what the called service received.
    pub http: Option<Box<Http>>,
}

/// A link to a segment of another trace, for example the one that put a message into the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The index in [`Summary::visits`] of the segment that has the link.
    pub visit: usize,
    /// The other trace.
    pub trace: TraceId,
    /// The segment or subsegment in it.
    pub id: SegmentId,
}

/// The id of a segment or subsegment, and the index in [`Summary::visits`] of the source of links to it: the queue
/// that it called, otherwise its segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sender(pub(crate) SegmentId, pub(crate) u32);

/// The outcome of a segment or a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The client caused an error (4xx).
    pub error: bool,
    /// The client was throttled (429).
    pub throttle: bool,
    /// The server failed (5xx).
    pub fault: bool,
}

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Http {
    /// The method.
    pub method: Option<Arc<str>>,
    /// The URL.
    pub url: Option<Arc<str>>,
    /// The route: `http.route` in the service's metadata, otherwise the URL's path with `{id}` for each part that
    /// looks like an id.
    pub route: Option<Arc<str>>,
    /// The status code of the response.
    pub status: Option<i64>,
    /// The client's `User-Agent`.
    pub user_agent: Option<Arc<str>>,
    /// The client's IP address.
    pub client_ip: Option<Arc<str>>,
}

/// An annotation.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Its key.
    pub key: Arc<str>,
    /// Its value.
    pub value: AnnotationValue,
    /// The service that set it; `None` if its segment was never received.
    pub service: Option<Arc<Service>>,
}

/// The value of an annotation.
#[derive(Debug, Clone, PartialEq)]
pub enum AnnotationValue {
    /// A text.
    Text(Arc<str>),
    /// A number.
    Number(f64),
    /// A boolean.
    Bool(bool),
}

/// The user who made a request.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The name.
    pub name: Arc<str>,
    /// The service that set it.
    pub service: Arc<Service>,
}

/// Where a segment ran, or the version of its service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The kind of place.
    pub kind: PlaceKind,
    /// Its name.
    pub name: Arc<str>,
    /// The service that ran there; `None` if its segment was never received.
    pub service: Option<Arc<Service>>,
}

/// The kind of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceKind {
    /// An EC2 instance.
    Instance,
    /// An availability zone.
    Zone,
    /// The ARN of a resource.
    Arn,
    /// A pod of EKS.
    Pod,
    /// A container of ECS.
    Container,
    /// The version of the service.
    Version,
}

impl Summary {
    /// Returns the visit that represents the whole trace: the first entry.
    pub fn root(&self) -> Option<&Visit> {
        self.entries().next()
    }

    /// Returns the visits whose requests came from outside.
    pub fn entries(&self) -> impl Iterator<Item = &Visit> {
        self.visits.iter().filter(|visit| visit.is_entry())
    }

    /// Whether it is no trace of a service, but one that `console doctor` sent to see whether it comes through.
    pub fn is_canary(&self) -> bool {
        matches!(&*self.visits, [visit] if &*visit.service.name == CANARY)
    }

    /// Finds what a link to a segment or subsegment comes from: the queue that it called, else its segment.
    pub fn sender(&self, id: SegmentId) -> Option<&Visit> {
        let found = self.senders.binary_search_by_key(&id, |sender| sender.0);
        let Sender(_, visit) = self.senders[found.ok()?];
        self.visits.get(usize::try_from(visit).ok()?)
    }

    /// Returns the time from the first start to the last end, in seconds.
    pub fn duration(&self) -> f64 {
        self.end.since(self.start).as_secs_f64()
    }

    /// Returns the duration of the root, in seconds; `None` while it is in progress.
    pub fn response_time(&self) -> Option<f64> {
        self.root()?.seconds()
    }

    /// What the allocator adds to a summary and its lists.
    const OVERHEAD: usize = 128;

    /// Returns how many bytes it takes, without what other summaries may share.
    pub fn bytes(&self) -> usize {
        let seen = self.visits.iter().map(|visit| &visit.http);
        let seen = seen.chain(self.calls.iter().map(|call| &call.http));
        Self::OVERHEAD
            + size_of::<Self>()
            + size_of_val(&*self.visits)
            + seen.flatten().count() * size_of::<Http>()
            + size_of_val(&*self.calls)
            + size_of_val(&*self.links)
            + size_of_val(&*self.senders)
            + size_of_val(&*self.annotations)
            + size_of_val(&*self.users)
            + size_of_val(&*self.places)
            + self.root_causes.bytes()
    }
}

impl Visit {
    /// Whether its request came from outside, as far as is known.
    pub fn is_entry(&self) -> bool {
        matches!(self.source, Source::Entry | Source::CallerMissing)
    }

    /// Returns its duration, in seconds; `None` while it is in progress.
    pub fn seconds(&self) -> Option<f64> {
        self.end.map(|end| end.since(self.start).as_secs_f64())
    }
}

impl Outcome {
    /// Whether it is neither an error nor a fault.
    pub fn is_ok(self) -> bool {
        !self.error && !self.throttle && !self.fault
    }
}

#[cfg(test)]
mod tests;
