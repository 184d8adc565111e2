// Why a trace failed: the deepest parts that did, and what they say of it. A segment that was inferred repeats what its caller says.

import { objects } from "./objects.js";

const GRAVITY = ["fault", "throttle", "error"];

/** Whether a part of a trace failed by what it says itself. */
export function isFailed({ kind, outcome }) {
  return outcome !== "ok" && kind !== "inferred";
}

/** The parts in which failures began, the gravest first: those that failed and below which nothing did. */
export function culpritsOf({ nodes }) {
  const failed = [...nodes.values()].filter(isFailed);
  const above = new Set(failed.flatMap(callersOf));
  const depth = new Map(failed.map((node) => [node, callersOf(node).length]));
  return failed.filter((node) => !above.has(node))
    .sort((a, b) => GRAVITY.indexOf(a.outcome) - GRAVITY.indexOf(b.outcome) || depth.get(b) - depth.get(a) || a.start - b.start);
}

/** All parts that failed, in the order in which one asks for them: each culprit, and from it up to who called. */
export function failuresOf(trace) {
  const inOrder = culpritsOf(trace).flatMap((culprit) => [culprit, ...callersOf(culprit).filter(isFailed)]);
  return [...new Set(inOrder)];
}

/** What a part says of its failure, `Type: message`, or null. */
export function reasonOf(node, trace) {
  const { cause } = node.document;
  return inWords(recordedOf(node, trace)?.exceptions[0]) ?? (cause?.message ? String(cause.message) : null);
}

/** The exceptions of a part and the part that has them, `{ exceptions, node }`, or null. A cause may be the id of an exception
 *  that another part has or, as AWS's SDK for Node.js writes it, the id of the subsegment that has them. */
export function recordedOf(node, { exceptions, nodes }) {
  const { cause } = node.document;
  const own = objects(cause?.exceptions);
  if (own.length > 0) return { exceptions: own, node };
  const id = typeof cause === "string" ? cause : cause?.id;
  if (!id) return null;
  const known = exceptions.get(id);
  if (known) return { exceptions: [known.exception], node: known.node };
  const other = [...nodes.values()].find((one) => one.document.id === id && objects(one.document.cause?.exceptions).length > 0);
  return other ? { exceptions: objects(other.document.cause.exceptions), node: other } : null;
}

/** What stands beneath the parts that failed: Map id → reason. Who hands on what another part said does not say it again. */
export function reasonsOf(trace) {
  const said = new Map();
  for (const node of failuresOf(trace)) {
    const reason = reasonOf(node, trace);
    if (reason && !below(node).some(({ id }) => said.get(id) === reason)) said.set(node.id, reason);
  }
  return said;
}

/** An exception in words, or null for none. */
export function inWords(exception) {
  return exception ? [exception.type, exception.message].filter(Boolean).join(": ") || null : null;
}

/** The exceptions of all parts by their ids: Map id → `{ exception, node }`. */
export function exceptionsOf(nodes) {
  const all = new Map();
  for (const node of nodes) {
    for (const exception of objects(node.document.cause?.exceptions)) if (exception.id) all.set(exception.id, { exception, node });
  }
  return all;
}

function callersOf(node) {
  const callers = [];
  for (let one = node.parent; one; one = one.parent) callers.push(one);
  return callers;
}

function below(node) {
  const all = [];
  const open = [...node.children];
  while (open.length > 0) {
    const one = open.pop();
    all.push(one);
    open.push(...one.children);
  }
  return all;
}
