// One trace in figures: per name how often, how long, how long by itself; and the same as a flame, merged by path.

import { selfTime } from "./critical-path.js";
import { isFailed } from "./failure.js";

/** A row for each name in a service: `[{ key, name, service, kind, calls, failed, total, self, p95, longest }]`, times in seconds, `longest` the
 *  id of the longest of them; most time of its own first. What is inferred repeats its caller. */
export function statisticsOf({ nodes }) {
  const rows = new Map();
  for (const node of nodes.values()) {
    if (node.kind === "inferred") continue;
    const key = keyOf(node);
    if (!rows.has(key)) rows.set(key, { key, name: node.name, service: node.service.name, kind: node.kind, failed: 0, self: 0, all: [] });
    const row = rows.get(key);
    row.all.push(node);
    row.self += selfTime(node);
    row.failed += isFailed(node) ? 1 : 0;
  }
  return [...rows.values()].map(finished).sort((a, b) => b.self - a.self || b.total - a.total);
}

/** The parts of a trace merged by their path of names: `{ key, name, service, kind, calls, failed, self, value, longest, children }` of each root, where
 *  `value` is the time of its own and of all below: children that ran beside each other count one after another. */
export function flameOf({ roots }) {
  return merged(roots.filter(({ kind }) => kind !== "inferred"), "");
}

function merged(nodes, path) {
  const groups = new Map();
  for (const node of nodes) {
    const key = `${path}\n${keyOf(node)}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(node);
  }
  return [...groups].map(([key, all]) => {
    const children = merged(all.flatMap((node) => node.children.filter(({ kind }) => kind !== "inferred")), key);
    const self = sum(all.map(selfTime));
    const [{ name, service, kind }] = all;
    return { key, name, service: service.name, kind, calls: all.length, failed: all.filter(isFailed).length, self,
      value: self + sum(children.map(({ value }) => value)), longest: longestOf(all).id, children };
  }).sort((a, b) => b.value - a.value);
}

function finished({ all, name, service, kind, key, failed, self }) {
  const times = all.map(lengthOf).sort((a, b) => a - b);
  return { key, name, service, kind, failed, self, calls: all.length, total: sum(times), p95: times[Math.ceil(0.95 * times.length) - 1], longest: longestOf(all).id };
}

function longestOf(nodes) {
  return nodes.reduce((longest, node) => (lengthOf(node) > lengthOf(longest) ? node : longest));
}

function lengthOf({ start, end }) {
  return end - start;
}

function keyOf({ kind, name, service }) {
  return `${kind}\n${service.name}\n${name}`;
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}
