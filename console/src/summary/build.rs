//! A compiled trace → its summary.

use std::{collections::BTreeMap, sync::Arc};

use segment::{
    Document, SegmentId, Time, Value,
    document::{AWS, REMOTE},
    tree::{Place, Trace},
};

use super::{
    Annotation, AnnotationValue, Call, Http, Interner, Link, Outcome, PlaceKind, Service, Source,
    Summary, User, Visit, causes::root_causes,
};

/// The type of a node that is only known from calls to it.
const REMOTE_TYPE: &str = "remote";

impl Summary {
    /// Boils a trace down that `documents` documents were put together to.
    pub fn new(trace: &Trace<'_>, documents: usize, interner: &mut Interner) -> Self {
        let mut builder = Builder {
            interner,
            visit_of: vec![None; trace.segments.len()],
            annotations: Vec::new(),
            users: Vec::new(),
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
        Self {
            id: trace.id,
            start: trace.start().unwrap_or_default(),
            end: trace.end().unwrap_or_default(),
            documents,
            is_partial: trace.is_partial(),
            visits: visits.into(),
            calls: calls.into(),
            links: builder.links(trace).into(),
            annotations: builder.annotations.into(),
            users: builder.users.into(),
            places: builder.places.into(),
            root_causes,
        }
    }
}

struct Builder<'i> {
    interner: &'i mut Interner,
    /// For every segment of the trace its visit; none for a subsegment without parent.
    visit_of: Vec<Option<usize>>,
    annotations: Vec<Annotation>,
    users: Vec<User>,
    places: Vec<(PlaceKind, Arc<str>)>,
}

impl Builder<'_> {
    fn visits(&mut self, trace: &Trace<'_>) -> Vec<Visit> {
        let entries: Vec<SegmentId> = trace.entries().map(|entry| entry.id).collect();
        let mut visits = Vec::with_capacity(trace.segments.len());
        for (index, segment) in trace.segments.iter().enumerate() {
            if segment.is_subsegment {
                continue;
            }
            self.visit_of[index] = Some(visits.len());
            let source = if segment.inferred {
                Source::Inferred
            } else if entries.contains(&segment.id) {
                Source::Entry
            } else {
                Source::Segment
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

    fn service(&mut self, segment: &Document<'_>) -> Arc<Service> {
        let kind = match segment.origin.as_deref() {
            None if segment.inferred => Some(REMOTE_TYPE),
            origin => origin,
        };
        let aws = segment.aws.as_deref().filter(|_| !segment.inferred);
        let account = aws.and_then(|aws| aws.account_id.as_deref());
        self.interner.service(&segment.name, kind, account)
    }

    fn http(&mut self, segment: &Document<'_>) -> Option<Box<Http>> {
        let http = segment.http.as_ref()?;
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
        }
        Some(Box::new(summary))
    }

    fn text(&mut self, text: Option<&str>) -> Option<Arc<str>> {
        text.map(|text| self.interner.text(text))
    }

    /// Finds the calls: what a segment's parent is, and in which segment that lies.
    fn calls<'a>(&self, trace: &Trace<'a>, visits: &[Visit]) -> Vec<Call> {
        if visits.len() < 2 {
            return Vec::new();
        }
        let callers: BTreeMap<SegmentId, Place<'_, 'a>> = trace
            .walk()
            .map(|place| (place.document.id, place))
            .collect();
        let call = |(index, segment): (usize, &Document<'a>)| {
            let to = self.visit_of[index]?;
            let caller = callers.get(&segment.parent_id?)?;
            let from = self.visit_of[caller.segment]?;
            let (start, end, outcome) = round_trip(caller.document, segment);
            Some(Call {
                from,
                to,
                caller: caller.document.id,
                start,
                end,
                outcome,
            })
        };
        trace.segments.iter().enumerate().filter_map(call).collect()
    }

    /// Finds the links of segments, wherever in them they stand.
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

    fn gather(&mut self, place: Place<'_, '_>, visits: &[Visit]) {
        let document = place.document;
        if document.inferred {
            return;
        }
        let service = self.visit_of[place.segment].map(|visit| visits[visit].service.clone());
        for (key, value) in &document.annotations {
            self.annotate(key, value, service.as_ref());
        }
        if let (Some(name), Some(service)) = (&document.user, service) {
            let name = self.interner.text(name);
            let user = User { name, service };
            if !self.users.contains(&user) {
                self.users.push(user);
            }
        }
        self.locate(document);
    }

    fn annotate(&mut self, key: &str, value: &Value<'_>, service: Option<&Arc<Service>>) {
        let annotation = Annotation {
            key: self.interner.text(key),
            value: match value {
                Value::Text(text) => AnnotationValue::Text(self.interner.text(text)),
                Value::Bool(bool) => AnnotationValue::Bool(*bool),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "X-Ray's annotation numbers are doubles"
                )]
                Value::Integer(integer) => AnnotationValue::Number(*integer as f64),
                Value::Number(number) => AnnotationValue::Number(*number),
                // X-Ray indexes nothing else.
                Value::Null | Value::Array(_) | Value::Object(_) => return,
            },
            service: service.cloned(),
        };
        if !self.annotations.contains(&annotation) {
            self.annotations.push(annotation);
        }
    }

    fn locate(&mut self, document: &Document<'_>) {
        let aws = document.aws.as_deref();
        let instance = aws.and_then(|aws| aws.ec2.as_ref());
        let container = aws.and_then(|aws| aws.ecs.as_ref());
        let zone = instance.and_then(|instance| instance.availability_zone.as_ref());
        let zone = zone.or(container.and_then(|container| container.availability_zone.as_ref()));
        for (kind, text) in [
            (
                PlaceKind::Instance,
                instance.and_then(|instance| instance.instance_id.as_ref()),
            ),
            (PlaceKind::Zone, zone),
            (PlaceKind::Arn, document.resource_arn.as_ref()),
        ] {
            if let Some(text) = text {
                let text = self.interner.text(text);
                self.places.push((kind, text));
            }
        }
    }
}

fn outcome(document: &Document<'_>) -> Outcome {
    Outcome {
        error: document.error,
        throttle: document.throttle,
        fault: document.fault,
    }
}

/// What the caller saw: its subsegment. A caller that is no call (a segment, or local work that several
/// messages came from) has no time of its own for this callee, so the callee's counts.
fn round_trip<'a>(parent: &Document<'a>, callee: &Document<'a>) -> (Time, Option<Time>, Outcome) {
    let is_call = parent.is_subsegment && matches!(parent.namespace.as_deref(), Some(AWS | REMOTE));
    let seen = if is_call { parent } else { callee };
    (seen.start_time, seen.end_time, outcome(seen))
}
