//! The map in the form of the X-Ray API.

use serde::Serialize;

use super::{
    Graph,
    node::{Edge, EdgeKind, Node},
    statistics::{Histogram, Statistics},
    window::Seen,
};
use crate::summary::Service;

/// One `Service` of `GetServiceGraph`, for serialization as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServiceNode<'g> {
    reference_id: usize,
    name: &'g str,
    names: [&'g str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'g str>,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'g str>,
    state: &'static str,
    start_time: f64,
    end_time: f64,
    edges: Vec<EdgeAnswer<'g>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary_statistics: Option<&'g Statistics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_histogram: Option<&'g Histogram>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_time_histogram: Option<&'g Histogram>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct EdgeAnswer<'g> {
    reference_id: usize,
    start_time: f64,
    end_time: f64,
    summary_statistics: &'g Statistics,
    response_time_histogram: &'g Histogram,
    aliases: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    edge_type: Option<&'static str>,
}

impl ServiceNode<'_> {
    /// Whether it represents this service.
    pub(crate) fn is(&self, service: &Service) -> bool {
        self.name == &*service.name
            && self.kind == service.kind.as_deref()
            && self.account_id == service.account.as_deref()
    }
}

impl Graph {
    /// Returns the active nodes by name and type, clients after the services that they call. Services beyond
    /// [`MAX_NODES`](super::MAX_NODES) are one node, `others`, to which edges beyond [`MAX_EDGES`](super::MAX_EDGES) lead.
    pub fn services(&self) -> Vec<ServiceNode<'_>> {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.retain(|node| self.nodes[*node].seen.first <= self.nodes[*node].seen.last);
        order.sort_by(|left, right| self.nodes[*left].service.cmp(&self.nodes[*right].service));
        // The target of an edge may be outside the window and then has no index.
        let mut references = vec![None; self.nodes.len()];
        for (reference, node) in order.iter().enumerate() {
            references[*node] = Some(reference);
        }
        let nodes: Vec<_> = order.into_iter().map(|node| &self.nodes[node]).collect();
        let mut services = Vec::with_capacity(nodes.len());
        for (reference, node) in nodes.iter().enumerate() {
            services.push(node.answer(reference, &references));
        }
        for (target, node) in nodes.into_iter().enumerate() {
            if let Some(edge) = &node.clients {
                services.push(client(services.len(), &node.service, edge, target));
            }
        }
        services
    }
}

impl Node {
    fn answer(&self, reference: usize, references: &[Option<usize>]) -> ServiceNode<'_> {
        let mut edges: Vec<_> = self
            .edges
            .iter()
            .filter_map(|((to, kind), edge)| Some(edge.answer(references[*to]?, *kind)))
            .collect();
        edges.sort_by_key(|edge| (edge.reference_id, edge.edge_type));
        ServiceNode {
            reference_id: reference,
            name: &self.service.name,
            names: [&self.service.name],
            root: self.clients.is_some().then_some(true),
            account_id: self.service.account.as_deref(),
            kind: self.service.kind.as_deref(),
            state: if self.is_known { "active" } else { "unknown" },
            start_time: self.seen.first.as_seconds(),
            end_time: self.seen.last.as_seconds(),
            edges,
            summary_statistics: Some(&self.statistics),
            duration_histogram: Some(&self.durations),
            response_time_histogram: Some(&self.durations),
        }
    }
}

impl Edge {
    fn answer(&self, reference: usize, kind: EdgeKind) -> EdgeAnswer<'_> {
        let Seen { first, last } = self.seen;
        EdgeAnswer {
            reference_id: reference,
            start_time: first.as_seconds(),
            end_time: last.as_seconds(),
            summary_statistics: &self.statistics,
            response_time_histogram: &self.durations,
            aliases: [],
            edge_type: match kind {
                EdgeKind::Call => None,
                EdgeKind::Link => Some("link"),
            },
        }
    }
}

/// The callers of a service from outside: a node with the same name, without statistics of its own.
fn client<'g>(
    reference: usize,
    service: &'g Service,
    edge: &'g Edge,
    target: usize,
) -> ServiceNode<'g> {
    ServiceNode {
        reference_id: reference,
        name: &service.name,
        names: [&service.name],
        root: None,
        account_id: service.account.as_deref(),
        kind: Some("client"),
        state: "unknown",
        start_time: edge.seen.first.as_seconds(),
        end_time: edge.seen.last.as_seconds(),
        edges: vec![edge.answer(target, EdgeKind::Call)],
        summary_statistics: None,
        duration_histogram: None,
        response_time_histogram: None,
    }
}
