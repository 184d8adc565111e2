//! The services of a map, and the calls between them.

use std::{collections::BTreeMap, sync::Arc};

use segment::Time;

use super::{
    statistics::{Histogram, Statistics},
    window::{Seen, Window},
};
use crate::summary::{Call, Outcome, Service, Source, Visit};

#[derive(Debug)]
pub(super) struct Node {
    pub(super) service: Arc<Service>,
    /// Whether its segments were received, or only calls to it.
    pub(super) is_known: bool,
    pub(super) seen: Seen,
    pub(super) statistics: Statistics,
    pub(super) durations: Histogram,
    /// Ordered, because most nodes have few edges, which are found faster than by a hash.
    pub(super) edges: BTreeMap<(usize, EdgeKind), Edge>,
    /// The edge from callers from outside.
    pub(super) clients: Option<Edge>,
    /// Requests whose callers are missing, perhaps only for now.
    awaiting: Option<Edge>,
}

/// The kind of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum EdgeKind {
    /// Calls.
    Call,
    /// Links: a segment of one trace refers to one of another.
    Link,
}

#[derive(Debug)]
pub(super) struct Edge {
    pub(super) seen: Seen,
    pub(super) statistics: Statistics,
    pub(super) durations: Histogram,
}

/// A call or request on an edge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Activity {
    start: Time,
    end: Option<Time>,
    outcome: Outcome,
}

impl Node {
    pub(super) fn new(service: &Arc<Service>) -> Self {
        Self {
            service: service.clone(),
            is_known: false,
            seen: Seen::NEVER,
            statistics: Statistics::default(),
            durations: Histogram::default(),
            edges: BTreeMap::new(),
            clients: None,
            awaiting: None,
        }
    }

    pub(super) fn visit(&mut self, visit: &Visit, window: Window, settled: Time) {
        let seen = window.clamp(visit.start, visit.end.unwrap_or(visit.start));
        self.seen.extend(seen);
        self.is_known |= visit.source != Source::Inferred;
        let is_settled = visit.end.is_some_and(|end| end <= settled);
        let from = match visit.source {
            Source::Entry => Some(&mut self.clients),
            Source::CallerMissing if is_settled => Some(&mut self.clients),
            Source::CallerMissing => Some(&mut self.awaiting),
            Source::Segment | Source::Inferred => None,
        };
        let from = from.map(|edge| edge.get_or_insert_with(Edge::new));
        let nanos = visit.end.map(|end| nanos(visit.start, end));
        if let Some(nanos) = nanos {
            self.statistics.count(visit.outcome, nanos);
            self.durations.count(nanos);
        }
        if let Some(edge) = from {
            edge.seen.extend(seen);
            if let Some(nanos) = nanos {
                edge.count(visit.outcome, nanos);
            }
        }
    }

    /// Decides where the requests came from whose callers are missing.
    pub(super) fn end(&mut self) {
        if let (Some(clients), Some(awaiting)) = (&mut self.clients, &self.awaiting) {
            clients.merge(awaiting);
        }
    }

    /// Adds the node of another map, but for its edges.
    pub(super) fn merge(&mut self, other: &Self) {
        self.is_known |= other.is_known;
        self.seen.extend(other.seen);
        self.statistics.merge(other.statistics);
        self.durations.merge(&other.durations);
        for (own, other) in [
            (&mut self.clients, &other.clients),
            (&mut self.awaiting, &other.awaiting),
        ] {
            if let Some(other) = other {
                own.get_or_insert_with(Edge::new).merge(other);
            }
        }
    }
}

impl Activity {
    pub(super) fn of_call(call: &Call) -> Self {
        Self {
            start: call.start,
            end: call.end,
            outcome: call.outcome,
        }
    }

    pub(super) fn of_visit(visit: &Visit) -> Self {
        Self {
            start: visit.start,
            end: visit.end,
            outcome: visit.outcome,
        }
    }

    pub(super) fn touches(self, window: Window) -> bool {
        window.touches(self.start, self.end.unwrap_or(self.start))
    }

    /// Returns the part of it that is in the window.
    pub(super) fn seen(self, window: Window) -> Seen {
        window.clamp(self.start, self.end.unwrap_or(self.start))
    }
}

impl Edge {
    pub(super) fn new() -> Self {
        Self {
            seen: Seen::NEVER,
            statistics: Statistics::default(),
            durations: Histogram::default(),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.seen.extend(other.seen);
        self.statistics.merge(other.statistics);
        self.durations.merge(&other.durations);
    }

    pub(super) fn add(&mut self, activity: Activity) {
        if let Some(end) = activity.end {
            self.count(activity.outcome, nanos(activity.start, end));
        }
    }

    fn count(&mut self, outcome: Outcome, nanos: u64) {
        self.statistics.count(outcome, nanos);
        self.durations.count(nanos);
    }
}

fn nanos(start: Time, end: Time) -> u64 {
    end.as_nanos().saturating_sub(start.as_nanos())
}
