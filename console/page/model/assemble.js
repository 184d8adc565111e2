// One trace from its compiled segments: nodes joined across services, in groups as the timeline shows them.

import { exceptionsOf, reasonsOf } from "./failure.js";
import { objects } from "./objects.js";
import { ofDocument } from "./outcome.js";

/** What the groups of parts without a parent is called. */
const MISSING_PARENT = "missing parent";

// What has been in progress for longer without a word will hardly end: its bar stops with the rest of the trace.
const STALE = 600;

// Behind an id that another node has: both sides of a call of Zipkin's have one id.
const AGAIN = "+";

/** `documents`: parsed segment documents of a trace; `now` (epoch seconds) ends what is in progress.
 *  → `{ nodes: Map id → node, exceptions: Map id → { exception, node }, reasons: Map id → why it failed, roots, groups, start, end, inProgress }`.
 *  A node: `{ id, name, document, kind, service, start, end, inProgress, outcome, status, parent, children, own }`,
 *  where `own` are the subsegments in its document and `children` also the segments that it called. */
export function assemble(documents, now) {
  const nodes = new Map();
  const latest = Math.max(0, ...documents.map(({ start_time: start, end_time: end }) => Number(end ?? start) || 0));
  const horizon = now - latest > STALE ? latest : now;
  const tops = documents.map((document) => nodeOf(document, null, horizon, nodes));
  for (const top of tops) adopt(top, nodes);
  callersFirst(tops);
  for (const node of nodes.values()) node.children.sort(byStart);
  const all = [...nodes.values()];
  const trace = {
    nodes,
    exceptions: exceptionsOf(all),
    roots: tops.filter(({ parent }) => parent === null),
    groups: groupsOf(tops),
    start: Math.min(...all.map(({ start }) => start)),
    end: Math.max(...all.map(({ end }) => end)),
    inProgress: all.some(({ inProgress }) => inProgress),
    reasons: new Map(),
  };
  trace.reasons = reasonsOf(trace);
  return trace;
}

/** The node whose request the trace answered: a true root, else the earliest. */
export function entryOf({ roots }) {
  return roots.find(({ orphan }) => !orphan) ?? roots[0];
}

function nodeOf(document, segment, horizon, nodes) {
  const start = Number(document.start_time) || 0;
  const inProgress = document.in_progress === true || document.end_time === undefined;
  const node = {
    id: keyOf(document.id, nodes), name: document.name ?? "unnamed", document, kind: kindOf(document, segment), start, inProgress,
    end: inProgress ? Math.max(start, horizon) : Math.max(start, Number(document.end_time) || start),
    outcome: ofDocument(document), status: document.http?.response?.status, parent: null, orphan: false, children: [], own: [],
  };
  node.segment = segment ?? node;
  node.service = segment?.service ?? { name: node.name, type: document.origin ?? (document.inferred ? "remote" : "") };
  nodes.set(node.id, node);
  for (const sub of objects(document.subsegments)) {
    const child = nodeOf(sub, node.segment, horizon, nodes);
    child.parent = node;
    node.own.push(child);
    node.children.push(child);
  }
  node.own.sort(byStart);
  return node;
}

function keyOf(id, nodes) {
  return nodes.has(id) ? keyOf(id + AGAIN, nodes) : id;
}

function adopt(top, nodes) {
  const wanted = top.document.parent_id;
  top.orphan = Boolean(wanted) && !nodes.has(wanted);
  let key = wanted;
  while (nodes.has(key) && within(nodes.get(key), top)) key += AGAIN;
  const parent = nodes.get(key);
  if (!wanted || !parent) return;
  top.parent = parent;
  parent.children.push(top);
}

// A document that names its own descendant as parent would make a ring.
function within(node, top) {
  for (let one = node; one; one = one.parent) if (one === top) return true;
  return false;
}

// By their starts; but what is called comes after its caller, also if it began at the same instant or another clock says before.
function callersFirst(tops) {
  const keys = new Map();
  function keyOf(top) {
    if (!keys.has(top)) {
      const caller = top.parent ? keyOf(top.parent.segment) : { start: -Infinity, depth: -1 };
      keys.set(top, { start: Math.max(top.start, caller.start), depth: caller.depth + 1 });
    }
    return keys.get(top);
  }
  tops.sort((a, b) => keyOf(a).start - keyOf(b).start || keyOf(a).depth - keyOf(b).depth);
}

function kindOf(document, segment) {
  if (document.namespace === "remote" || document.namespace === "aws") return "remote";
  if (document.inferred) return "inferred";
  return segment || document.type === "subsegment" ? "local" : "segment";
}

function groupsOf(tops) {
  const groups = new Map();
  for (const top of tops) {
    const { name, type } = top.orphan ? { name: MISSING_PARENT, type: "" } : top.service;
    const key = `${name}\n${type}`;
    if (!groups.has(key)) groups.set(key, { key, name, type, missing: top.orphan, tops: [] });
    groups.get(key).tops.push(top);
  }
  return [...groups.values()].sort((a, b) => a.missing - b.missing);
}

function byStart(a, b) {
  return a.start - b.start;
}
