//! The service map of any set of traces.
//!
//! Nodes and edges are as in X-Ray: a node's statistics come from its segments, an edge's from the calling
//! subsegments. Callers from outside are shown as a *client* of the called service.
//! <https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html>

mod answer;
mod statistics;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use segment::{Time, TraceId};

pub use answer::ServiceNode;
pub use statistics::{Histogram, Statistics};

use crate::{
    fast_map::FastMap,
    summary::{Call, Outcome, Service, Source, Summary, Visit},
};

/// Most services on one map; further ones are shown as one node named `others`. A node and its edges take some 12 kB,
/// so names that never repeat would exhaust the memory. X-Ray shows up to 10,000.
pub const MAX_NODES: usize = 2_000;
/// From this many visits and calls on, two threads compute a map.
const MANY: usize = 30_000;
/// For how many nanoseconds after the end of a request the document of its caller may still come: it goes on for longer.
const CALLER_COMES: u64 = 10 * 1_000_000_000;
/// Represents all services beyond [`MAX_NODES`].
static OTHERS: LazyLock<Arc<Service>> = LazyLock::new(|| {
    Arc::new(Service {
        name: "others".into(),
        kind: None,
        account: None,
    })
});
/// The earliest time.
const FIRST: Time = Time::from_nanos(0);
/// The latest time.
const LAST: Time = Time::from_nanos(u64::MAX);

/// The service map.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// By the address of the service, of which there is one copy each.
    index: FastMap<usize, usize>,
    /// Whether a trace names segments of another one.
    has_links: bool,
}

/// The time range of the map, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The start.
    pub start: Time,
    /// The end.
    pub end: Time,
}

#[derive(Debug)]
struct Node {
    service: Arc<Service>,
    /// Whether its segments were received, or only calls to it.
    is_known: bool,
    seen: Seen,
    statistics: Statistics,
    durations: Histogram,
    /// Ordered, because most nodes have few edges, which are found faster than by a hash.
    edges: BTreeMap<(usize, EdgeKind), Edge>,
    /// The edge from callers from outside.
    clients: Option<Edge>,
    /// Requests whose callers are missing, perhaps only for now.
    awaiting: Option<Edge>,
}

/// The kind of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum EdgeKind {
    /// Calls.
    Call,
    /// Links: a segment of one trace refers to one of another.
    Link,
}

#[derive(Debug)]
struct Edge {
    seen: Seen,
    statistics: Statistics,
    durations: Histogram,
}

/// A call or request on an edge.
#[derive(Debug, Clone, Copy)]
struct Activity {
    start: Time,
    end: Option<Time>,
    outcome: Outcome,
}

/// The first and the last time of an activity.
#[derive(Debug, Clone, Copy)]
struct Seen {
    first: Time,
    last: Time,
}

impl Window {
    /// All times.
    pub const ALWAYS: Self = Self {
        start: FIRST,
        end: LAST,
    };

    /// Whether an activity with this start and end overlaps the window.
    pub fn touches(self, start: Time, end: Time) -> bool {
        start <= self.end && end >= self.start
    }

    fn clamp(self, start: Time, end: Time) -> Seen {
        Seen {
            first: start.max(self.start),
            last: end.min(self.end),
        }
    }
}

impl Graph {
    /// Makes the map of the traces' activity in the window. All summaries must share one interner.
    pub fn of<T: AsRef<Summary>>(traces: &[T], window: Window) -> Self {
        Self::at(traces, window, LAST)
    }

    /// Makes the map as it is known at the time `now`: a request whose caller may still send its document comes from the clients
    /// only if others of its service did whose callers sent none.
    ///
    /// Memory access dominates, so what has many parts is read in the order of its addresses, half of the traces by a
    /// second thread.
    pub fn at<T: AsRef<Summary>>(traces: &[T], window: Window, now: Time) -> Self {
        let drawn = |traces: &[&Summary]| Self::drawn(traces, window, now);
        let mut traces: Vec<&Summary> = traces.iter().map(AsRef::as_ref).collect();
        let parts = traces
            .iter()
            .map(|trace| trace.visits.len() + trace.calls.len());
        let mut graph = if parts.sum::<usize>() < MANY {
            drawn(&traces)
        } else {
            traces.sort_unstable_by_key(|trace| std::ptr::from_ref(*trace).addr());
            Self::drawn_by_two(&traces, &drawn)
        };
        graph.nodes.iter_mut().for_each(Node::end);
        if graph.has_links {
            graph.link(
                &traces.iter().map(|trace| (trace.id, *trace)).collect(),
                window,
            );
        }
        graph
    }

    fn drawn_by_two(traces: &[&Summary], drawn: &(impl Fn(&[&Summary]) -> Self + Sync)) -> Self {
        let (here, there) = traces.split_at(traces.len() / 2);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| drawn(there));
            let mut graph = drawn(here);
            match other.join() {
                Ok(other) => graph.merge(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            graph
        })
    }

    fn drawn(traces: &[&Summary], window: Window, now: Time) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            index: FastMap::default(),
            has_links: false,
        };
        let settled = Time::from_nanos(now.as_nanos().saturating_sub(CALLER_COMES));
        for trace in traces {
            graph.add(trace, window, settled);
        }
        graph
    }

    /// Adds the contents of another map.
    fn merge(&mut self, other: Self) {
        self.has_links |= other.has_links;
        let places: Vec<usize> = other
            .nodes
            .iter()
            .map(|node| self.node(&node.service))
            .collect();
        for (node, &place) in other.nodes.into_iter().zip(&places) {
            self.nodes[place].merge(node, &places);
        }
    }

    /// Adds an edge for every segment that links to a segment of another one of the traces.
    fn link(&mut self, traces: &HashMap<TraceId, &Summary>, window: Window) {
        for trace in traces.values() {
            for link in &trace.links {
                let visit = &trace.visits[link.visit];
                let to = self.node(&visit.service);
                let other = traces.get(&link.trace);
                let from = other.and_then(|other| other.sender(link.id));
                let activity = Activity::of_visit(visit);
                if let Some(from) = from.filter(|_| activity.touches(window)) {
                    let from = self.node(&from.service);
                    self.nodes[from].edge(to, EdgeKind::Link, activity, window);
                }
            }
        }
    }

    fn add(&mut self, trace: &Summary, window: Window, settled: Time) {
        self.has_links |= !trace.links.is_empty();
        let nodes: Vec<usize> = trace
            .visits
            .iter()
            .map(|visit| self.node(&visit.service))
            .collect();
        for (visit, &node) in trace.visits.iter().zip(&nodes) {
            if Activity::of_visit(visit).touches(window) {
                self.nodes[node].visit(visit, window, settled);
            }
        }
        for call in &trace.calls {
            let activity = Activity::of_call(call);
            if activity.touches(window) {
                self.nodes[nodes[call.from]].edge(nodes[call.to], EdgeKind::Call, activity, window);
            }
        }
    }

    fn node(&mut self, service: &Arc<Service>) -> usize {
        let known = self.index.get(&Arc::as_ptr(service).addr()).copied();
        known.unwrap_or_else(|| self.new_node(service))
    }

    fn new_node(&mut self, service: &Arc<Service>) -> usize {
        let service = if self.nodes.len() < MAX_NODES {
            service
        } else {
            &*OTHERS
        };
        let nodes = &mut self.nodes;
        let place = self.index.entry(Arc::as_ptr(service).addr());
        *place.or_insert_with(|| {
            nodes.push(Node::new(service));
            nodes.len() - 1
        })
    }
}

impl Node {
    fn new(service: &Arc<Service>) -> Self {
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

    fn visit(&mut self, visit: &Visit, window: Window, settled: Time) {
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
    fn end(&mut self) {
        if let (Some(clients), Some(awaiting)) = (&mut self.clients, &self.awaiting) {
            clients.merge(awaiting);
        }
    }

    /// Adds the node of another map; `places` has this map's index for each of that map's nodes.
    fn merge(&mut self, other: Self, places: &[usize]) {
        self.is_known |= other.is_known;
        self.seen.extend(other.seen);
        self.statistics.merge(other.statistics);
        self.durations.merge(&other.durations);
        for ((to, kind), edge) in other.edges {
            let own = self.edges.entry((places[to], kind));
            own.or_insert_with(Edge::new).merge(&edge);
        }
        for (own, other) in [
            (&mut self.clients, &other.clients),
            (&mut self.awaiting, &other.awaiting),
        ] {
            if let Some(other) = other {
                own.get_or_insert_with(Edge::new).merge(other);
            }
        }
    }

    fn edge(&mut self, to: usize, kind: EdgeKind, activity: Activity, window: Window) {
        let edge = self.edges.entry((to, kind)).or_insert_with(Edge::new);
        let Activity {
            start,
            end,
            outcome,
        } = activity;
        edge.seen.extend(window.clamp(start, end.unwrap_or(start)));
        if let Some(end) = end {
            edge.count(outcome, nanos(start, end));
        }
    }
}

impl Activity {
    fn of_call(call: &Call) -> Self {
        Self {
            start: call.start,
            end: call.end,
            outcome: call.outcome,
        }
    }

    fn of_visit(visit: &Visit) -> Self {
        Self {
            start: visit.start,
            end: visit.end,
            outcome: visit.outcome,
        }
    }

    fn touches(self, window: Window) -> bool {
        window.touches(self.start, self.end.unwrap_or(self.start))
    }
}

impl Edge {
    fn new() -> Self {
        Self {
            seen: Seen::NEVER,
            statistics: Statistics::default(),
            durations: Histogram::default(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.seen.extend(other.seen);
        self.statistics.merge(other.statistics);
        self.durations.merge(&other.durations);
    }

    fn count(&mut self, outcome: Outcome, nanos: u64) {
        self.statistics.count(outcome, nanos);
        self.durations.count(nanos);
    }
}

impl Seen {
    const NEVER: Self = Self {
        first: LAST,
        last: FIRST,
    };

    fn extend(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

fn nanos(start: Time, end: Time) -> u64 {
    end.as_nanos().saturating_sub(start.as_nanos())
}

#[cfg(test)]
mod tests;
