//! What lists, maps and filters need of a trace: its documents, put together and boiled down.
//!
//! A summary holds no JSON and shares its texts with other summaries, so that a hundred thousand of them
//! can be searched while somebody waits.

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
pub use service::Service;

/// The name of the only segment of what `console doctor` sends.
const CANARY: &str = "console-doctor";

/// One trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: TraceId,
    /// When its first segment began.
    pub start: Time,
    /// When its last segment ended; of those in progress their start counts.
    pub end: Time,
    /// How many documents it is made of.
    pub documents: usize,
    /// Whether a part of it is in progress.
    pub is_partial: bool,
    /// Whether any part of it was told to slow down.
    pub has_throttle: bool,
    /// Its segments by start time, inferred ones included; subsegments without parent are not here.
    pub visits: Box<[Visit]>,
    /// The calls between its segments.
    pub calls: Box<[Call]>,
    /// The other traces that its segments name.
    pub links: Box<[Link]>,
    /// What links to its segments and subsegments come from, by their ids.
    pub senders: Box<[Sender]>,
    /// The annotations of all its segments and subsegments, each value of a key once for each service;
    /// of keys with their values as many as X-Ray indexes, the first ones.
    pub annotations: Box<[Annotation]>,
    /// How many annotations are beyond that.
    pub unindexed_annotations: usize,
    /// The users of all its segments.
    pub users: Box<[User]>,
    /// Where its segments ran, and which version.
    pub places: Box<[Place]>,
    /// Why it failed, and what took its time.
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
    /// How it went.
    pub outcome: Outcome,
    /// Whether it comes from a document or was deduced from its caller.
    pub source: Source,
    /// The request that it served.
    pub http: Option<Box<Http>>,
}

/// Where a visit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From a document whose request came in from outside the trace.
    Entry,
    /// From another document.
    Segment,
    /// From its caller's subsegment.
    Inferred,
}

/// A call from one segment to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The caller's index in [`Summary::visits`].
    pub from: usize,
    /// The callee's index in [`Summary::visits`].
    pub to: usize,
    /// The id of the caller's segment or subsegment.
    pub caller: SegmentId,
    /// When the caller began to call.
    pub start: Time,
    /// When the caller had its answer; `None` while it waits.
    pub end: Option<Time>,
    /// How it went for the caller.
    pub outcome: Outcome,
    /// The request as the caller saw it, where the callee may have seen another one.
    pub http: Option<Box<Http>>,
}

/// A segment of another trace that a segment has to do with: what put the message into the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The index in [`Summary::visits`] of the segment that names the other one.
    pub visit: usize,
    /// The other trace.
    pub trace: TraceId,
    /// The segment or subsegment in it.
    pub id: SegmentId,
}

/// The id of a segment or subsegment, and the index in [`Summary::visits`] of what a link to it comes from:
/// the queue that it called, else the segment that it is or lies in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sender(pub(crate) SegmentId, pub(crate) u32);

/// How a segment or a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// The client was at fault (4xx).
    pub error: bool,
    /// The client was told to slow down (429).
    pub throttle: bool,
    /// The server was at fault (5xx).
    pub fault: bool,
}

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Http {
    /// The method.
    pub method: Option<Arc<str>>,
    /// The URL.
    pub url: Option<Arc<str>>,
    /// The route: `http.route` as the service says it in its metadata, else the URL's path with `{id}` for what looks like an id.
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
    /// The service that set it; `None` if its segment never came.
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

/// Who made a request.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The name.
    pub name: Arc<str>,
    /// The service that said so.
    pub service: Arc<Service>,
}

/// Where a segment ran, or which version of its service that was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// What it is called.
    pub name: Arc<str>,
    /// The service that ran there; `None` if its segment never came.
    pub service: Option<Arc<Service>>,
}

/// What kind of place a segment names.
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
    /// Returns the visit that stands for the whole trace: the first entry.
    pub fn root(&self) -> Option<&Visit> {
        self.entries().next()
    }

    /// Returns the visits that came in from outside.
    pub fn entries(&self) -> impl Iterator<Item = &Visit> {
        self.visits
            .iter()
            .filter(|visit| visit.source == Source::Entry)
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

    /// Returns how long the root took, in seconds; `None` while it is in progress.
    pub fn response_time(&self) -> Option<f64> {
        self.root()?.seconds()
    }

    /// How the trace went for those who made its requests; `throttle` if it happened anywhere in it.
    pub fn outcome(&self) -> Outcome {
        Outcome {
            error: self.entries().any(|entry| entry.outcome.error),
            fault: self.entries().any(|entry| entry.outcome.fault),
            throttle: self.has_throttle,
        }
    }

    /// Returns how many bytes it takes, without texts that others use too.
    pub fn bytes(&self) -> usize {
        let seen = self.visits.iter().map(|visit| &visit.http);
        let seen = seen.chain(self.calls.iter().map(|call| &call.http));
        let requests = seen.filter_map(Option::as_deref);
        let texts = requests.clone().flat_map(|http| {
            [
                &http.method,
                &http.url,
                &http.route,
                &http.user_agent,
                &http.client_ip,
            ]
        });
        let values = self
            .annotations
            .iter()
            .filter_map(|annotation| match &annotation.value {
                AnnotationValue::Text(text) => Some(text),
                AnnotationValue::Number(_) | AnnotationValue::Bool(_) => None,
            });
        let users = self.users.iter().map(|user| &user.name);
        let own_texts = texts
            .flatten()
            .chain(values)
            .chain(users)
            .filter_map(own_bytes);
        size_of::<Self>()
            + size_of_val(&*self.visits)
            + requests.count() * size_of::<Http>()
            + size_of_val(&*self.calls)
            + size_of_val(&*self.links)
            + size_of_val(&*self.senders)
            + size_of_val(&*self.annotations)
            + size_of_val(&*self.users)
            + size_of_val(&*self.places)
            + self.root_causes.bytes()
            + own_texts.sum::<usize>()
    }
}

/// The bytes of a text that nobody but one summary and the interner holds, with what surrounds it.
fn own_bytes(text: &Arc<str>) -> Option<usize> {
    (Arc::strong_count(text) <= 2)
        .then(|| text.len() + 2 * size_of::<usize>() + size_of::<Arc<str>>())
}

impl Visit {
    /// Returns how long it took, in seconds; `None` while it is in progress.
    pub fn seconds(&self) -> Option<f64> {
        self.end.map(|end| end.since(self.start).as_secs_f64())
    }
}

impl Outcome {
    /// Whether nothing went wrong.
    pub fn is_ok(self) -> bool {
        !self.error && !self.throttle && !self.fault
    }
}

#[cfg(test)]
mod tests;
