//! The service map of any set of traces.
//!
//! Nodes and edges as X-Ray draws them: a node's figures come from its segments, an edge's from the
//! subsegments that called; whoever calls from outside is a *client* of the service that was called.
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

use crate::summary::{Call, Outcome, Service, Source, Summary, Visit};

/// Most services on one map; what belongs to further ones is shown at one node named `others`. A node and its edges take
/// some 12 kB, and names that never repeat would take all memory. X-Ray shows 10,000.
pub const MAX_NODES: usize = 2_000;
/// From this many traces on two threads draw a map.
const MANY: usize = 10_000;
/// How many services are found without a table.
const RECENT: usize = 64;
/// Stands for all services beyond [`MAX_NODES`].
static OTHERS: LazyLock<Arc<Service>> = LazyLock::new(|| {
    Arc::new(Service {
        name: "others".into(),
        kind: None,
        account: None,
    })
});
/// The first time that there is.
const FIRST: Time = Time::from_nanos(0);
/// The last time that there is.
const LAST: Time = Time::from_nanos(u64::MAX);

/// The service map.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// By the address of the one copy that exists of each service.
    index: HashMap<usize, usize>,
    /// Whether a trace names segments of another one.
    has_links: bool,
    /// The last addresses that were looked up, each where its middle digits say: most maps have a few
    /// nodes that are asked for a hundred thousand times.
    recent: [(usize, usize); RECENT],
}

/// What happens between these two times counts, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// From here on.
    pub start: Time,
    /// Up to here.
    pub end: Time,
}

#[derive(Debug)]
struct Node {
    service: Arc<Service>,
    /// Whether its segments came, or only calls to it.
    is_known: bool,
    is_root: bool,
    seen: Seen,
    statistics: Statistics,
    durations: Histogram,
    /// In order, because most nodes have a handful: that is found faster than by a hash.
    edges: BTreeMap<(usize, EdgeKind), Edge>,
    /// The edge from those who call it from outside.
    clients: Option<Edge>,
}

/// What an edge stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum EdgeKind {
    /// Calls.
    Call,
    /// Links: a segment of one trace names one of another.
    Link,
}

#[derive(Debug)]
struct Edge {
    seen: Seen,
    statistics: Statistics,
    durations: Histogram,
}

/// Something that went along an edge.
#[derive(Debug, Clone, Copy)]
struct Passage {
    start: Time,
    end: Option<Time>,
    outcome: Outcome,
}

/// The first and last time at which something was seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    first: Time,
    last: Time,
}

impl Window {
    /// All of time.
    pub const ALWAYS: Self = Self {
        start: FIRST,
        end: LAST,
    };

    /// Whether something that began and ended at these times touches the window.
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
    /// Draws the map of what the traces did in the window. All summaries come from one interner.
    ///
    /// It is the memory that takes the time, so many traces are read in the order in which they lie there,
    /// and a second thread reads one half.
    pub fn of<T: AsRef<Summary>>(traces: &[T], window: Window) -> Self {
        let mut traces: Vec<&Summary> = traces.iter().map(AsRef::as_ref).collect();
        let mut graph = if traces.len() < MANY {
            Self::drawn(&traces, window)
        } else {
            traces.sort_unstable_by_key(|trace| std::ptr::from_ref(*trace).addr());
            Self::drawn_by_two(&traces, window)
        };
        if graph.has_links {
            graph.link(
                &traces.iter().map(|trace| (trace.id, *trace)).collect(),
                window,
            );
        }
        graph
    }

    fn drawn_by_two(traces: &[&Summary], window: Window) -> Self {
        let (here, there) = traces.split_at(traces.len() / 2);
        std::thread::scope(|scope| {
            let other = scope.spawn(|| Self::drawn(there, window));
            let mut graph = Self::drawn(here, window);
            match other.join() {
                Ok(other) => graph.merge(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
            graph
        })
    }

    fn drawn(traces: &[&Summary], window: Window) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            index: HashMap::new(),
            has_links: false,
            recent: [(0, 0); RECENT],
        };
        for trace in traces {
            graph.add(trace, window);
        }
        graph
    }

    /// Adds what another map shows.
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

    /// Draws an edge for every segment that names a segment of another one of the traces.
    fn link(&mut self, traces: &HashMap<TraceId, &Summary>, window: Window) {
        for trace in traces.values() {
            for link in &trace.links {
                let visit = &trace.visits[link.visit];
                let to = self.node(&visit.service);
                let other = traces.get(&link.trace);
                let from = other.and_then(|other| other.sender(link.id));
                let passage = Passage::of_visit(visit);
                if let Some(from) = from.filter(|_| passage.touches(window)) {
                    let from = self.node(&from.service);
                    self.nodes[from].edge(to, EdgeKind::Link, passage, window);
                }
            }
        }
    }

    fn add(&mut self, trace: &Summary, window: Window) {
        self.has_links |= !trace.links.is_empty();
        let nodes: Vec<usize> = trace
            .visits
            .iter()
            .map(|visit| self.node(&visit.service))
            .collect();
        for (visit, &node) in trace.visits.iter().zip(&nodes) {
            if Passage::of_visit(visit).touches(window) {
                self.nodes[node].visit(visit, window);
            }
        }
        for call in &trace.calls {
            let passage = Passage::of_call(call);
            if passage.touches(window) {
                self.nodes[nodes[call.from]].edge(nodes[call.to], EdgeKind::Call, passage, window);
            }
        }
    }

    fn node(&mut self, service: &Arc<Service>) -> usize {
        let address = Arc::as_ptr(service).addr();
        let slot = address / size_of::<Service>() % RECENT;
        if self.recent[slot].0 != address {
            let known = self.index.get(&address).copied();
            let node = known.unwrap_or_else(|| self.new_node(service));
            self.recent[slot] = (address, node);
        }
        self.recent[slot].1
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
            is_root: false,
            seen: Seen::NEVER,
            statistics: Statistics::default(),
            durations: Histogram::default(),
            edges: BTreeMap::new(),
            clients: None,
        }
    }

    fn visit(&mut self, visit: &Visit, window: Window) {
        let seen = window.clamp(visit.start, visit.end.unwrap_or(visit.start));
        self.seen.extend(seen);
        self.is_known |= visit.source != Source::Inferred;
        let is_entry = visit.source == Source::Entry;
        self.is_root |= is_entry;
        if is_entry {
            self.clients.get_or_insert_with(Edge::new).seen.extend(seen);
        }
        let Some(end) = visit.end else { return };
        let nanos = nanos(visit.start, end);
        self.statistics.count(visit.outcome, nanos);
        self.durations.count(nanos);
        if let Some(clients) = self.clients.as_mut().filter(|_| is_entry) {
            clients.count(visit.outcome, nanos);
        }
    }

    /// Adds what another map shows of this node; `places` has for each of that map's nodes its place here.
    fn merge(&mut self, other: Self, places: &[usize]) {
        self.is_known |= other.is_known;
        self.is_root |= other.is_root;
        self.seen.extend(other.seen);
        self.statistics.merge(other.statistics);
        self.durations.merge(&other.durations);
        for ((to, kind), edge) in other.edges {
            let own = self.edges.entry((places[to], kind));
            own.or_insert_with(Edge::new).merge(&edge);
        }
        if let Some(clients) = &other.clients {
            self.clients.get_or_insert_with(Edge::new).merge(clients);
        }
    }

    fn edge(&mut self, to: usize, kind: EdgeKind, passage: Passage, window: Window) {
        let edge = self.edges.entry((to, kind)).or_insert_with(Edge::new);
        let Passage {
            start,
            end,
            outcome,
        } = passage;
        edge.seen.extend(window.clamp(start, end.unwrap_or(start)));
        if let Some(end) = end {
            edge.count(outcome, nanos(start, end));
        }
    }
}

impl Passage {
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
