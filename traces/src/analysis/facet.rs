//! The properties that traces can be counted by.

use std::{collections::BTreeSet, sync::Arc};

use super::{Failure, Value, ranges::Range, rank};
use crate::{
    fast_map::FastMap,
    summary::{AnnotationValue, Place, PlaceKind, RootCause, Summary},
};

/// Most annotation keys that are listed.
const MAX_KEYS: usize = 500;
/// The prefix of an annotation's key.
const ANNOTATION: &str = "annotation.";

/// A property of traces; a trace has any number of values for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// The URL of the request.
    Url,
    /// Its route.
    Route,
    /// The status code of the response.
    Status,
    /// The outcome of the trace.
    Outcome,
    /// The method of the request.
    Method,
    /// The services in the trace, including inferred ones.
    Node,
    /// The user who made the request.
    User,
    /// The versions of the services.
    Version,
    /// The EC2 instances.
    Instance,
    /// The pods of EKS.
    Pod,
    /// The containers of ECS.
    Container,
    /// The availability zones.
    Zone,
    /// The root cause of its faults.
    Fault,
    /// The root cause of its errors, including throttles.
    Error,
    /// What took most of its time.
    Time,
    /// An annotation.
    Annotation(String),
}

/// The facets that do not depend on the traces, with their names and their keywords in filter expressions.
const FIXED: [(Facet, &str, &str); 15] = [
    (Facet::Route, "route", "http.route"),
    (Facet::Url, "url", "http.url"),
    (Facet::Status, "status", "http.status"),
    (Facet::Outcome, "outcome", ""),
    (Facet::Method, "method", "http.method"),
    (Facet::Node, "node", ""),
    (Facet::User, "user", "user"),
    (Facet::Version, "version", "service.version"),
    (Facet::Instance, "instance", "instance.id"),
    (Facet::Pod, "pod", "eks.pod"),
    (Facet::Container, "container", "ecs.container"),
    (Facet::Zone, "zone", "availabilityzone"),
    (Facet::Fault, "fault", "fault"),
    (Facet::Error, "error", "error"),
    (Facet::Time, "time", "responsetime"),
];

impl Facet {
    /// Parses a name: `route`, `status`, `annotation.tenant`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(key) = text.strip_prefix(ANNOTATION) {
            return Some(Self::Annotation(key.to_owned()));
        }
        let found = FIXED.into_iter().find(|(_, name, _)| *name == text);
        found.map(|(facet, _, _)| facet)
    }

    /// Returns the names of the fixed facets, for users to choose from.
    pub fn fixed() -> impl Iterator<Item = &'static str> {
        FIXED.into_iter().map(|(_, name, _)| name)
    }

    /// Returns its name.
    pub fn name(&self) -> String {
        match self {
            Self::Annotation(key) => format!("{ANNOTATION}{key}"),
            other => other.row().1.to_owned(),
        }
    }

    /// Returns its keyword in filter expressions, if there is one.
    pub(super) fn keyword(&self) -> &'static str {
        self.row().2
    }

    /// Returns the kind of root cause in filter expressions.
    pub(super) fn cause(&self) -> &'static str {
        self.row().2
    }

    fn row(&self) -> &'static (Self, &'static str, &'static str) {
        let found = FIXED.iter().find(|(facet, _, _)| facet == self);
        found.unwrap_or(&FIXED[0])
    }

    /// Returns the index of a trace's outcome in [`super::OUTCOMES`].
    pub fn outcome(trace: &Summary) -> usize {
        rank(trace.outcome)
    }

    /// Passes the values of a trace to `hand`, some of them perhaps twice.
    pub fn each<'s>(&self, trace: &'s Summary, mut hand: impl FnMut(Value<'s>)) {
        let http = || trace.root().and_then(|root| root.http.as_deref());
        let text = |text: Option<&'s Arc<str>>| text.map(|text| Value::Text(text));
        match self {
            Self::Url => text(http().and_then(|http| http.url.as_ref()))
                .into_iter()
                .for_each(hand),
            Self::Route => text(http().and_then(|http| http.route.as_ref()))
                .into_iter()
                .for_each(hand),
            Self::Method => text(http().and_then(|http| http.method.as_ref()))
                .into_iter()
                .for_each(hand),
            Self::Status => {
                let status = http().and_then(|http| http.status);
                status.map(Value::Status).into_iter().for_each(hand);
            }
            Self::Outcome => hand(Value::Outcome(rank(trace.outcome))),
            Self::Node => trace
                .services
                .iter()
                .for_each(|service| hand(Value::Service(service))),
            Self::User => trace
                .users
                .iter()
                .for_each(|user| hand(Value::Text(&user.name))),
            Self::Version => each_place(trace, PlaceKind::Version, |place| {
                hand(match &place.service {
                    Some(service) => Value::Of(service, &place.name),
                    None => Value::Text(&place.name),
                });
            }),
            Self::Instance => each_name(trace, PlaceKind::Instance, hand),
            Self::Pod => each_name(trace, PlaceKind::Pod, hand),
            Self::Container => each_name(trace, PlaceKind::Container, hand),
            Self::Zone => each_name(trace, PlaceKind::Zone, hand),
            Self::Fault => each_failure(&trace.root_causes.fault, hand),
            Self::Error => each_failure(&trace.root_causes.error, hand),
            Self::Time => each_failure(&trace.root_causes.response_time, hand),
            Self::Annotation(key) => {
                let values = trace.annotations.iter().filter(|one| *one.key == **key);
                values.for_each(|one| hand(annotation(&one.value)));
            }
        }
    }
}

/// Returns the annotation keys of traces, sorted.
pub fn annotation_keys<'s>(traces: impl IntoIterator<Item = &'s Summary>) -> BTreeSet<&'s str> {
    let lists = traces.into_iter().map(|trace| {
        let list = &trace.annotation_keys;
        (list.as_ptr().addr(), &**list)
    });
    let lists: FastMap<usize, &[Arc<str>]> = lists.collect();
    let mut keys: BTreeSet<&str> = lists.into_values().flatten().map(|key| &**key).collect();
    while keys.len() > MAX_KEYS {
        keys.pop_last();
    }
    keys
}

/// Returns an annotation's value as the value of a facet.
pub(super) fn annotation(value: &AnnotationValue) -> Value<'_> {
    match value {
        AnnotationValue::Text(text) => Value::Text(text),
        AnnotationValue::Bool(bool) => Value::Bool(*bool),
        AnnotationValue::Number(number) => Value::Range(Range::single(*number)),
    }
}

fn each_place<'s>(trace: &'s Summary, kind: PlaceKind, hand: impl FnMut(&'s Place)) {
    let places = trace.places.iter();
    places.filter(|place| place.kind == kind).for_each(hand);
}

fn each_name<'s>(trace: &'s Summary, kind: PlaceKind, mut hand: impl FnMut(Value<'s>)) {
    each_place(trace, kind, |place| hand(Value::Text(&place.name)));
}

fn each_failure<'s>(causes: &'s [RootCause], hand: impl FnMut(Value<'s>)) {
    let failures = causes.iter().filter_map(Failure::of);
    failures.map(Value::Failure).for_each(hand);
}
