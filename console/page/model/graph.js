// The service graph as the map shows it: one Clients node, names instead of reference ids.

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
