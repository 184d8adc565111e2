//! Root causes: why a trace failed, and what took its time.
//!
//! A root cause is a path from the entry of the request through services and their subsegments to the deepest part
//! that failed; for the response time, to the part that took longest at each step.
//! <https://docs.aws.amazon.com/xray/latest/api/API_FaultRootCause.html>

use std::{collections::BTreeMap, sync::Arc};

use segment::{
    Document, SegmentId,
    document::{AWS, Cause, Exception, REMOTE},
    tree::Trace,
};

use super::{Interner, Service, Visit};

/// Most paths of each kind that are kept for one trace.
const MAX_PATHS: usize = 10;
/// Most services on one path; longer paths are cut off.
const MAX_SERVICES: usize = 16;

/// The root causes of a trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RootCauses {
    /// Why it failed with faults.
    pub fault: Box<[RootCause]>,
    /// Why it failed with errors.
    pub error: Box<[RootCause]>,
    /// What took its time.
    pub response_time: Box<[RootCause]>,
}

/// One path.
#[derive(Debug, Clone, PartialEq)]
pub struct RootCause {
    /// The services on it, beginning with the entry.
    pub services: Box<[CauseService]>,
    /// Whether the callers of the trace were affected.
    pub client_impacting: bool,
}

/// A service on the path.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseService {
    /// The service.
    pub service: Arc<Service>,
    /// Whether it was inferred from calls to it.
    pub inferred: bool,
    /// Its segment, followed by nested subsegments.
    pub entities: Box<[CauseEntity]>,
}

/// A segment or subsegment on the path.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseEntity {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is a call to another service.
    pub remote: bool,
    /// Its share of the response time, from 0 to 1.
    pub coverage: f64,
    /// Its exceptions: type and message.
    pub exceptions: Box<[CauseException]>,
}

/// An exception.
#[derive(Debug, Clone, PartialEq)]
pub struct CauseException {
    /// Its type.
    pub name: Arc<str>,
    /// Its message.
    pub message: Arc<str>,
}

/// Finds the root causes of a trace. `visit_of` has the visit of each segment.
pub(super) fn root_causes(
    trace: &Trace<'_>,
    visits: &[Visit],
    visit_of: &[Option<usize>],
    interner: &mut Interner,
) -> RootCauses {
    let mut finder = Finder::new(trace, visits, visit_of, interner);
    let mut causes = RootCauses::default();
    if trace.walk().any(|place| place.document.fault) {
        causes.fault = finder.failures(|document| document.fault);
    }
    if trace.walk().any(|place| place.document.error) {
        causes.error = finder.failures(|document| document.error);
    }
    causes.response_time = finder.longest();
    causes
}

struct Finder<'t, 'a> {
    trace: &'t Trace<'a>,
    visits: &'t [Visit],
    visit_of: &'t [Option<usize>],
    interner: &'t mut Interner,
    callees: BTreeMap<SegmentId, Vec<usize>>,
    /// By the segment and the id under which it records them.
    recorded: BTreeMap<(usize, SegmentId), &'t [Exception<'a>]>,
    /// The segments that a search was in: one that is called under several ids is searched once.
    searched: Vec<bool>,
    path: Vec<Step<'t, 'a>>,
}

/// A service on the path, and the nested documents on the path through it.
struct Step<'t, 'a> {
    segment: usize,
    documents: Vec<&'t Document<'a>>,
}

impl<'t, 'a> Finder<'t, 'a> {
    fn new(
        trace: &'t Trace<'a>,
        visits: &'t [Visit],
        visit_of: &'t [Option<usize>],
        interner: &'t mut Interner,
    ) -> Self {
        let mut callees: BTreeMap<SegmentId, Vec<usize>> = BTreeMap::new();
        for (index, segment) in trace.segments.iter().enumerate() {
            if let Some(parent) = segment.parent_id.filter(|_| visit_of[index].is_some()) {
                callees.entry(parent).or_default().push(index);
            }
        }
        Self {
            trace,
            visits,
            visit_of,
            interner,
            callees,
            recorded: recorded(trace),
            searched: Vec::new(),
            path: Vec::new(),
        }
    }

    fn entries(&self) -> Vec<usize> {
        let entries = self.trace.entry_indexes().iter().copied();
        entries.take(MAX_PATHS).collect()
    }

    fn failures(&mut self, failed: fn(&Document<'_>) -> bool) -> Box<[RootCause]> {
        let mut causes = Vec::new();
        self.searched = vec![false; self.trace.segments.len()];
        for entry in self.entries() {
            let impacts = failed(&self.trace.segments[entry]);
            self.enter(entry);
            self.search(failed, impacts, &mut causes);
            self.path.pop();
        }
        causes.into()
    }

    /// Searches what the last document of the path contains and calls; returns whether a failure is there.
    fn search(
        &mut self,
        failed: fn(&Document<'_>) -> bool,
        impacts: bool,
        causes: &mut Vec<RootCause>,
    ) -> bool {
        let Some(document) = self.last() else {
            return false;
        };
        let mut is_deeper = false;
        for child in &document.subsegments {
            self.push(child);
            is_deeper |= self.search(failed, impacts, causes);
            self.pop();
        }
        for callee in self.callees_of(document) {
            if std::mem::replace(&mut self.searched[callee], true) {
                continue;
            }
            self.enter(callee);
            is_deeper |= self.search(failed, impacts, causes);
            self.path.pop();
        }
        if !is_deeper && failed(document) && causes.len() < MAX_PATHS {
            let cause = self.cause(impacts, true);
            causes.push(cause);
        }
        is_deeper || failed(document)
    }

    /// Follows what took longest, beginning at each entry.
    fn longest(&mut self) -> Box<[RootCause]> {
        let mut causes = Vec::new();
        for entry in self.entries() {
            self.enter(entry);
            while let Some(document) = self.last() {
                let child = document.subsegments.iter().max_by_key(|child| nanos(child));
                let callees = self.callees_of(document);
                let callee = callees
                    .into_iter()
                    .max_by_key(|callee| nanos(&self.trace.segments[*callee]));
                let length = |callee: usize| nanos(&self.trace.segments[callee]);
                match (child, callee) {
                    (Some(child), callee)
                        if callee.is_none_or(|callee| nanos(child) > length(callee)) =>
                    {
                        self.push(child);
                    }
                    (_, Some(callee)) => self.enter(callee),
                    (_, None) => break,
                }
            }
            causes.push(self.cause(true, false));
            self.path.clear();
        }
        causes.into()
    }

    /// The segments that a document called, except those that are already on the path.
    fn callees_of(&self, document: &Document<'_>) -> Vec<usize> {
        if self.path.len() >= MAX_SERVICES {
            return Vec::new();
        }
        let callees = self
            .callees
            .get(&document.id)
            .into_iter()
            .flatten()
            .copied();
        callees
            .filter(|callee| self.path.iter().all(|step| step.segment != *callee))
            .collect()
    }

    fn enter(&mut self, segment: usize) {
        let documents = vec![&self.trace.segments[segment]];
        self.path.push(Step { segment, documents });
    }

    fn last(&self) -> Option<&'t Document<'a>> {
        self.path.last()?.documents.last().copied()
    }

    fn push(&mut self, document: &'t Document<'a>) {
        if let Some(step) = self.path.last_mut() {
            step.documents.push(document);
        }
    }

    fn pop(&mut self) {
        if let Some(step) = self.path.last_mut() {
            step.documents.pop();
        }
    }

    fn cause(&mut self, client_impacting: bool, with_exceptions: bool) -> RootCause {
        let whole = self.path.first().map_or(Interval::default(), |step| {
            Interval::of(&self.trace.segments[step.segment])
        });
        let mut services = Vec::with_capacity(self.path.len());
        for step in &self.path {
            let Some(visit) = self.visit_of[step.segment] else {
                continue;
            };
            let interner = &mut *self.interner;
            let entities = step.documents.iter().map(|document| {
                let exceptions = match &document.cause {
                    Some(cause) if with_exceptions => match cause.recorded_as() {
                        Some(id) => self.recorded.get(&(step.segment, id)).copied(),
                        None => cause.exceptions(),
                    },
                    _ => None,
                };
                let exceptions = exceptions.unwrap_or_default();
                entity(document, whole, exceptions, interner)
            });
            services.push(CauseService {
                service: self.visits[visit].service.clone(),
                inferred: self.trace.segments[step.segment].inferred,
                entities: entities.collect(),
            });
        }
        RootCause {
            services: services.into(),
            client_impacting,
        }
    }
}

fn entity(
    document: &Document<'_>,
    whole: Interval,
    exceptions: &[Exception<'_>],
    interner: &mut Interner,
) -> CauseEntity {
    // Work after the answer is not part of the response time.
    let within = whole.shared_with(Interval::of(document)).nanos();
    #[expect(clippy::cast_precision_loss, reason = "a share needs no nanoseconds")]
    let coverage = if whole.nanos() == 0 {
        0.0
    } else {
        within as f64 / whole.nanos() as f64
    };
    let exceptions = exceptions.iter().map(|exception| CauseException {
        name: interner.text(exception.kind.as_deref().unwrap_or_default()),
        message: interner.text(exception.message.as_deref().unwrap_or_default()),
    });
    let exceptions = exceptions.collect();
    CauseEntity {
        name: interner.text(&document.name),
        remote: document.is_subsegment
            && matches!(document.namespace.as_deref(), Some(AWS | REMOTE)),
        coverage,
        exceptions,
    }
}

/// Finds what another document of the same segment may name as its cause: an exception by its id, or all exceptions of a
/// subsegment by the subsegment's.
fn recorded<'t, 'a>(trace: &'t Trace<'a>) -> BTreeMap<(usize, SegmentId), &'t [Exception<'a>]> {
    let cause = |document: &'t Document<'a>| document.cause.as_ref();
    let names_one = |cause: &Cause<'_>| cause.recorded_as().is_some();
    if !trace
        .walk()
        .any(|place| cause(place.document).is_some_and(names_one))
    {
        return BTreeMap::new();
    }
    let recorded = trace.walk().flat_map(|place| {
        let exceptions = cause(place.document)
            .and_then(Cause::exceptions)
            .unwrap_or_default();
        let all =
            (!exceptions.is_empty()).then_some(((place.segment, place.document.id), exceptions));
        let each = exceptions.iter().filter_map(move |exception| {
            Some((
                (place.segment, exception.id?),
                std::slice::from_ref(exception),
            ))
        });
        all.into_iter().chain(each)
    });
    recorded.collect()
}

fn nanos(document: &Document<'_>) -> u64 {
    Interval::of(document).nanos()
}

/// A time range.
#[derive(Clone, Copy, Default)]
struct Interval {
    start: u64,
    end: u64,
}

impl Interval {
    fn of(document: &Document<'_>) -> Self {
        Self {
            start: document.start_time.as_nanos(),
            end: document.end_time.unwrap_or(document.start_time).as_nanos(),
        }
    }

    fn shared_with(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }

    fn nanos(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

impl RootCauses {
    /// Returns all of them.
    pub fn all(&self) -> impl Iterator<Item = &RootCause> + Clone {
        self.fault
            .iter()
            .chain(&self.error)
            .chain(&self.response_time)
    }

    /// Returns how many bytes they take, without the texts.
    pub(super) fn bytes(&self) -> usize {
        /// What the allocator adds to a list.
        const OVERHEAD: usize = 16;
        let services = self.all().flat_map(|cause| &cause.services);
        let entities = services.clone().flat_map(|service| &service.entities);
        self.all().count() * (size_of::<RootCause>() + OVERHEAD)
            + services.count() * (size_of::<CauseService>() + OVERHEAD)
            + entities
                .map(|entity| size_of::<CauseEntity>() + size_of_val(&*entity.exceptions))
                .sum::<usize>()
    }
}
