//! The service map of any set of traces.
//!
//! Nodes and edges are as in X-Ray: a node's statistics come from its segments, an edge's from the calling
//! subsegments. Callers from outside are shown as a *client* of the called service.
//! <https://docs.aws.amazon.com/xray/latest/api/API_GetServiceGraph.html>

mod answer;
mod node;
mod statistics;
mod window;

use std::{
    collections::{HashMap, btree_map::Entry},
    sync::{Arc, LazyLock},
};

use segment::{Time, TraceId};

pub use answer::ServiceNode;
use node::{Activity, Edge, EdgeKind, Node};
pub use statistics::{Histogram, Statistics};
pub use window::Window;
use window::{LAST, Seen};

use crate::{
    fast_map::FastMap,
    summary::{Service, Summary},
};

/// Most services on one map; further ones are shown as one node named `others`, because names that never repeat would
/// exhaust the memory. X-Ray shows up to 10,000.
pub const MAX_NODES: usize = 2_000;
/// Most edges between them; what else a service calls is shown as one edge to `others`.
pub const MAX_EDGES: usize = 10_000;
/// From this many visits and calls on, two threads compute a map.
const MANY: usize = 30_000;
/// For how many nanoseconds after the end of a request the document of its caller may still come: it goes on for longer.
const CALLER_COMES: u64 = 10 * 1_000_000_000;
/// Represents all services beyond [`MAX_NODES`], and all called ones beyond [`MAX_EDGES`].
static OTHERS: LazyLock<Arc<Service>> = LazyLock::new(|| {
    Arc::new(Service {
        name: "others".into(),
        kind: None,
        account: None,
    })
});

/// The service map.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// By the address of the service, of which there is one copy each.
    index: FastMap<usize, usize>,
    /// How many edges there are between nodes.
    edges: usize,
    /// Whether a trace names segments of another one.
    has_links: bool,
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
            edges: 0,
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
            self.nodes[place].merge(&node);
            for ((to, kind), edge) in node.edges {
                self.edge(place, places[to], kind, edge.seen).merge(&edge);
            }
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
                    self.count(from, to, EdgeKind::Link, activity, window);
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
                let (from, to) = (nodes[call.from], nodes[call.to]);
                self.count(from, to, EdgeKind::Call, activity, window);
            }
        }
    }

    fn count(
        &mut self,
        from: usize,
        to: usize,
        kind: EdgeKind,
        activity: Activity,
        window: Window,
    ) {
        let edge = self.edge(from, to, kind, activity.seen(window));
        edge.add(activity);
    }

    /// Finds or adds an edge, or the one to `others` if there are too many, which was seen then.
    fn edge(&mut self, from: usize, mut to: usize, kind: EdgeKind, seen: Seen) -> &mut Edge {
        if self.edges >= MAX_EDGES && !self.nodes[from].edges.contains_key(&(to, kind)) {
            to = self.node(&OTHERS);
            self.nodes[to].seen.extend(seen);
        }
        let edge = match self.nodes[from].edges.entry((to, kind)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                self.edges += 1;
                new.insert(Edge::new())
            }
        };
        edge.seen.extend(seen);
        edge
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

#[cfg(test)]
mod tests;
