// A node or an edge of the map in filter expressions.

import { quote, throughEdge, throughService } from "./expression.js";

const FAILED = "fault OR error OR throttle";

/** The traces that come through it; `within` are conditions on the segment or the call. */
export function through({ name, from, to }, ...within) {
  if (to && !from.client) return throughEdge(from.name, to.name, ...within);
  return throughService(to?.name ?? name, to && "root", ...within);
}

/** The traces in which it fails. */
export function failedOf(item) {
  return through(item, FAILED);
}

/** The traces in which it takes longer than so many seconds. */
export function slowOf(item, seconds) {
  return through(item, `responsetime > ${seconds.toFixed(6)}`);
}

/** The selector of the analysis for this node or edge. */
export function selectorOf({ name, type, from, to }) {
  if (!to) return identity(name, type);
  return `edge(${from.client ? identity(to.name, "client") : identity(from.name, from.type)}, ${identity(to.name, to.type)})`;
}

function identity(name, type) {
  return `id(name: ${quote(name)}${type ? `, type: ${quote(type)}` : ""})`;
}
