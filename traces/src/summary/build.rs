//! Makes a summary from an assembled trace.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use segment::{
    Document, SegmentId, Time,
    tree::{self, Trace},
};

use super::{
    Call, Http, Interner, Link, Outcome, Place, PlaceKind, Sender, Service, Source, Summary, User,
    Visit, annotations::Annotations, causes::root_causes, route,
};

/// The type of a node that is known only from calls to it.
const REMOTE_TYPE: &str = "remote";

impl Summary {
    /// Summarises a trace that was assembled from `documents` documents.
    pub fn new(trace: &Trace<'_>, documents: usize, interner: &mut Interner) -> Self {
        let mut builder = Builder {
            interner,
            visit_of: vec![None; trace.segments.len()],
            annotations: Annotations::default(),
            users: Vec::new(),
            known_users: HashSet::new(),
            places: Vec::new(),
        };
        let visits = builder.visits(trace);
        let calls = builder.calls(trace, &visits);
        for place in trace.walk() {
            builder.gather(place, &visits);
        }
        let root_causes = root_causes(trace, &visits, &builder.visit_of, builder.interner);
        builder.places.sort();
        builder.places.dedup();
        let (start, end) = (trace.start(), trace.end());
        let (start, end) = (start.unwrap_or_default(), end.unwrap_or_default());
        Self {
            id: trace.id,
            start,
            end,
            documents,
            is_partial: trace.is_partial(),
            outcome: Outcome {
                throttle: trace.walk().any(|place| place.document.throttle),
                ..outcome_for_callers(&visits)
            },
            nanos: nanos(&visits, (start, end)),
            senders: builder.senders(trace, &visits, &calls).into(),
            services: builder.services(&visits),
            visits: visits.into(),
            calls: calls.into(),
            links: builder.links(trace).into(),
            annotation_keys: builder.annotation_keys(),
            annotations: builder.annotations.kept.into(),
            unindexed_annotations: builder.annotations.unindexed,
            users: builder.users.into(),
            places: builder.places.into(),
            root_causes,
        }
    }
}

struct Builder<'i> {
    interner: &'i mut Interner,
    /// The visit of each segment; none for a subsegment without a parent.
    visit_of: Vec<Option<usize>>,
    annotations: Annotations,
    users: Vec<User>,
    /// By the addresses of the name and of the service, of which there is one copy each.
    known_users: HashSet<(usize, usize)>,
    places: Vec<Place>,
}

impl Builder<'_> {
    fn visits(&mut self, trace: &Trace<'_>) -> Vec<Visit> {
        let entries = trace.entry_indexes();
        let mut visits = Vec::with_capacity(trace.segments.len());
        for (index, segment) in trace.segments.iter().enumerate() {
            if segment.is_subsegment {
                continue;
            }
            self.visit_of[index] = Some(visits.len());
            let source = if segment.inferred {
                Source::Inferred
            } else if entries.binary_search(&index).is_err() {
                Source::Segment
            } else if segment.parent_id.is_some() {
                Source::CallerMissing
            } else {
                Source::Entry
            };
            visits.push(Visit {
                id: segment.id,
                service: self.service(segment),
                start: segment.start_time,
                end: segment.end_time,
                outcome: outcome(segment),
                source,
                http: self.http(segment),
            });
        }
        visits
    }

    fn services(&mut self, visits: &[Visit]) -> Arc<[Arc<Service>]> {
        let mut known = HashSet::new();
        let services = visits.iter().map(|visit| &visit.service);
        let is_new = |service: &&Arc<Service>| known.insert(Arc::as_ptr(service).addr());
        let services: Vec<_> = services.filter(is_new).cloned().collect();
        self.interner.services(&services)
    }

    fn annotation_keys(&mut self) -> Arc<[Arc<str>]> {
        let keys = self.annotations.kept.iter().map(|one| &one.key);
        let mut keys: Vec<_> = keys.cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        self.interner.texts(&keys)
    }

    fn service(&mut self, segment: &Document<'_>) -> Arc<Service> {
        let kind = match segment.origin.as_deref() {
            None if segment.inferred => Some(REMOTE_TYPE),
            origin => origin,
        };
        let aws = segment.aws.as_deref();
        let account = aws.and_then(|aws| aws.account_id.as_deref());
        self.interner.service(&segment.name, kind, account)
    }

    fn http(&mut self, document: &Document<'_>) -> Option<Box<Http>> {
        let http = document.http.as_ref()?;
        let mut summary = Http {
            status: http.response.as_ref().and_then(|response| response.status),
            ..Http::default()
        };
        if let Some(request) = &http.request {
            let mut text = |text: &Option<_>| self.text(text.as_deref());
            summary.method = text(&request.method);
            summary.url = text(&request.url);
            summary.user_agent = text(&request.user_agent);
            summary.client_ip = text(&request.client_ip);
            let stated = route::stated(document);
            let folded = || request.url.as_deref().map(route::folded);
            let route = stated.map(Into::into).or_else(folded);
            summary.route = self.text(route.as_deref());
        }
        Some(Box::new(summary))
    }

    fn text(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        text.map(|text| self.interner.text(text))
    }

    /// Finds the calls: the parent of each segment, and the segment that contains it.
    fn calls<'a>(&mut self, trace: &Trace<'a>, visits: &[Visit]) -> Vec<Call> {
        if visits.len() < 2 {
            return Vec::new();
        }
        // Some SDKs give both sides of a call the same id, so the caller of a segment must be in another segment.
        let callers: BTreeMap<(SegmentId, usize), tree::Place<'_, 'a>> = trace
            .walk()
            .map(|place| ((place.document.id, place.segment), place))
            .collect();
        let mut call = |(index, segment): (usize, &Document<'a>)| {
            let to = self.visit_of[index]?;
            let parent = segment.parent_id?;
            let mut of_this_id = callers.range((parent, 0)..=(parent, usize::MAX));
            let (_, caller) = of_this_id.find(|((_, caller), _)| *caller != index)?;
            let from = self.visit_of[caller.segment]?;
            // The caller's view. A segment has no separate times for the services that it called.
            let seen = if caller.document.is_subsegment {
                caller.document
            } else {
                segment
            };
            // An inferred segment has the same request as its caller.
            let has_own = caller.document.is_subsegment && !segment.inferred;
            Some(Call {
                from,
                to,
                caller: caller.document.id,
                start: seen.start_time,
                end: seen.end_time,
                outcome: outcome(seen),
                http: has_own.then(|| self.http(seen)).flatten(),
            })
        };
        let segments = trace.segments.iter().enumerate();
        segments.filter_map(&mut call).collect()
    }

    /// Returns the source of links to each id, sorted by id.
    fn senders(&self, trace: &Trace<'_>, visits: &[Visit], calls: &[Call]) -> Vec<Sender> {
        let within = trace.walk().filter_map(|place| {
            let visit = self.visit_of[place.segment]?;
            Some((place.document.id, visit))
        });
        let mut senders: BTreeMap<SegmentId, usize> = within.collect();
        senders.extend(
            visits
                .iter()
                .zip(0..)
                .map(|(visit, index)| (visit.id, index)),
        );
        // The first called segment counts, so it is added last.
        senders.extend(calls.iter().rev().map(|call| (call.caller, call.to)));
        let sender = |(id, visit)| Some(Sender(id, u32::try_from(visit).ok()?));
        senders.into_iter().filter_map(sender).collect()
    }

    /// Finds the links of segments and of all their subsegments.
    fn links(&self, trace: &Trace<'_>) -> Vec<Link> {
        let links = trace.walk().flat_map(|place| {
            let visit = self.visit_of[place.segment];
            place.document.links.iter().filter_map(move |link| {
                Some(Link {
                    visit: visit?,
                    trace: link.trace_id?,
                    id: link.id?,
                })
            })
        });
        links.collect()
    }

    fn gather(&mut self, place: tree::Place<'_, '_>, visits: &[Visit]) {
        let document = place.document;
        if document.inferred {
            return;
        }
        let service = self.visit_of[place.segment].map(|visit| visits[visit].service.clone());
        for (key, value) in &document.annotations {
            self.annotations
                .add(key, value, service.as_ref(), self.interner);
        }
        if let (Some(name), Some(service)) = (&document.user, &service) {
            let name = self.interner.text(name);
            let addresses = (name.as_ptr().addr(), Arc::as_ptr(service).addr());
            if self.known_users.insert(addresses) {
                let service = service.clone();
                self.users.push(User { name, service });
            }
        }
        self.locate(document, service.as_ref());
    }

    fn locate(&mut self, document: &Document<'_>, service: Option<&Arc<Service>>) {
        let aws = document.aws.as_deref();
        let instance = aws.and_then(|aws| aws.ec2.as_ref());
        let container = aws.and_then(|aws| aws.ecs.as_ref());
        let zone = instance.and_then(|instance| instance.availability_zone.as_ref());
        let zone = zone.or(container.and_then(|container| container.availability_zone.as_ref()));
        let pod = aws.and_then(|aws| aws.eks.as_ref()?.pod.as_ref());
        let program = document.service.as_deref();
        let version = program.and_then(|program| program.version.as_ref());
        for (kind, text) in [
            (
                PlaceKind::Instance,
                instance.and_then(|instance| instance.instance_id.as_ref()),
            ),
            (PlaceKind::Zone, zone),
            (PlaceKind::Arn, document.resource_arn.as_ref()),
            (PlaceKind::Pod, pod),
            (
                PlaceKind::Container,
                container.and_then(|container| container.container.as_ref()),
            ),
            (PlaceKind::Version, version),
        ] {
            if let Some(text) = text {
                self.places.push(Place {
                    kind,
                    name: self.interner.text(text),
                    service: service.cloned(),
                });
            }
        }
    }
}

fn outcome_for_callers(visits: &[Visit]) -> Outcome {
    let entries = visits
        .iter()
        .filter(|visit| visit.is_entry())
        .map(|visit| visit.outcome);
    Outcome {
        error: entries.clone().any(|outcome| outcome.error),
        fault: entries.clone().any(|outcome| outcome.fault),
        throttle: false,
    }
}

/// Returns the duration of the root or, while it is in progress, of everything.
fn nanos(visits: &[Visit], everything: (Time, Time)) -> u64 {
    let root = visits.iter().find(|visit| visit.is_entry());
    let root = root.and_then(|root| Some((root.start, root.end?)));
    let (start, end) = root.unwrap_or(everything);
    end.as_nanos().saturating_sub(start.as_nanos())
}

fn outcome(document: &Document<'_>) -> Outcome {
    Outcome {
        error: document.error,
        throttle: document.throttle,
        fault: document.fault,
    }
}
