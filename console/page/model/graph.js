// The service graph as the map shows it: one Clients node, names instead of reference ids.

import { counts } from "./outcome.js";

const CLIENTS = "Clients";

/** Services of the X-Ray API → `{ nodes, edges }`. A node's `key` stays the same from one answer to the next. */
export function graphOf(services) {
  const nodes = new Map();
  const byReference = new Map();
  for (const service of services) {
    const node = nodeOf(service);
    byReference.set(service.ReferenceId, node);
    if (!nodes.has(node.key)) nodes.set(node.key, node);
  }
  const edges = services.flatMap((service) => (service.Edges ?? [])
    .filter((edge) => byReference.has(edge.ReferenceId))
    .map((edge) => edgeOf(nodes.get(byReference.get(service.ReferenceId).key), byReference.get(edge.ReferenceId), edge)));
  return { nodes: [...nodes.values()], edges };
}

/** The part of a graph that a reader wants to see: only what fails (`unhealthy`), and only what is at most `depth` calls away from the
 *  node of a name or, without one, from the clients.
 *  @param {{ nodes: any[], edges: any[] }} graph
 *  @param {Record<string, string>} params */
export function narrowed(graph, { unhealthy, depth, select }) {
  const near = depth ? nearTo(graph, select, Number(depth)) : new Set(graph.nodes);
  const nodes = graph.nodes.filter((node) => near.has(node) && (!unhealthy || fails(node)));
  const kept = new Set(nodes);
  return { nodes, edges: graph.edges.filter(({ from, to }) => kept.has(from) && kept.has(to)) };
}

function fails({ statistics, total }) {
  return total > 0 && counts(statistics).ok < total;
}

// From the clients in the direction of the calls, from a node in both.
function nearTo({ nodes, edges }, name, depth) {
  const middle = name ? nodes.filter((node) => node.name === name) : [];
  const start = middle.length > 0 ? middle : nodes.filter(({ client }) => client);
  const near = new Set(start.length > 0 ? start : nodes);
  for (let step = 0; step < depth; step += 1) {
    const reached = edges.filter(({ from, to }) => near.has(from) || (middle.length > 0 && near.has(to)));
    for (const { from, to } of reached) near.add(from).add(to);
  }
  return near;
}

/** Calls a minute. A service seen for less than the window is not diluted by the time before it. */
export function perMinute({ total, start }, window, now = Date.now() / 1000) {
  const until = Math.min(now, window.end);
  const since = Math.max(window.start, start ?? window.start);
  return total / Math.max(1, (until - since) / 60);
}

function nodeOf(service) {
  const client = service.Type === "client";
  const name = client ? CLIENTS : service.Name ?? "unknown";
  const type = service.Type ?? "";
  const inferred = service.State === "unknown" && !client;
  return { key: client ? CLIENTS : `${name}\n${type}`, name, type, client, inferred, start: service.StartTime, ...measured(service) };
}

function edgeOf(from, to, edge) {
  return { key: `${from.key}\n→\n${to.key}`, name: `${from.name} → ${to.name}`, from, to,
    start: edge.StartTime ?? to.start, linked: edge.EdgeType === "link", ...measured(edge) };
}

function measured({ SummaryStatistics: statistics, ResponseTimeHistogram: histogram }) {
  const total = statistics?.TotalCount ?? 0;
  return { statistics, histogram: histogram ?? [], total, average: total ? statistics.TotalResponseTime / total : null };
}
