// The cause of a fault or an error: exceptions with their stacks.

import { h } from "../parts/dom.js";
import { facts } from "../parts/panel.js";

/** The exceptions of a node, or null. A cause may be no more than the id of an exception elsewhere in the segment or, as
 *  AWS's SDK for Node.js writes it, of the subsegment that has them. */
export function exceptionsOf({ document, segment }) {
  const { cause } = document;
  if (!cause) return null;
  const all = Array.isArray(cause.exceptions) ? cause.exceptions : [];
  const id = typeof cause === "string" ? cause : all.length === 0 && cause.id;
  if (id) return recorded(id, segment.document);
  return [facts([["Working directory", cause.working_directory], ["Message", cause.message]]), all.map(exception)];
}

function recorded(id, segment) {
  const found = find(id, segment);
  if (!found) return h("p", null, "The cause is ", h("span", { class: "mono" }, id), ", which did not come with this segment.");
  return [h("p", { class: "hint" }, `Recorded in ${found.name}`), found.exceptions.map(exception)];
}

/** Whose exceptions, or which of them, an id names: `{ name, exceptions }`. */
function find(id, { id: own, name, cause, subsegments }) {
  const all = Array.isArray(cause?.exceptions) ? cause.exceptions : [];
  const exceptions = own === id ? all : all.filter((one) => one?.id === id);
  if (exceptions.length > 0) return { name, exceptions };
  for (const subsegment of Array.isArray(subsegments) ? subsegments : []) {
    const found = find(id, subsegment ?? {});
    if (found) return found;
  }
  return null;
}

function exception(one) {
  return h("section", { class: "exception" }, h("h3", null, one.type ?? "Exception", one.remote && h("span", { class: "hint" }, " remote")),
    h("p", null, one.message), stackOf(one), one.cause && h("p", { class: "hint" }, `Caused by ${one.cause}`));
}

function stackOf({ stack, truncated, skipped }) {
  if (!Array.isArray(stack) || stack.length === 0) return null;
  const leftOut = [truncated && `${truncated} frames left out`, skipped && `${skipped} exceptions left out`].filter(Boolean).join(", ");
  return [h("ol", { class: "stack" }, stack.map(frame)), leftOut && h("p", { class: "hint" }, leftOut)];
}

function frame({ label, path, line }) {
  return h("li", null, h("b", null, label ?? "?"), h("span", { class: "hint" }, ` ${path ?? ""}${line ? `:${line}` : ""}`));
}
