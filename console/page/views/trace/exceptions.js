// The cause of a fault or an error: exceptions with their stacks.

import { inWords, recordedOf } from "../../model/failure.js";
import { objects } from "../../model/objects.js";
import { h } from "../parts/dom.js";
import { facts } from "../parts/panel.js";

/** Whether a part says what was thrown in it or below. */
export function hasExceptions({ document: { cause } }) {
  return typeof cause === "string" || Boolean(cause?.id) || objects(cause?.exceptions).length > 0;
}

/** The exceptions of a part of a trace, or null. A cause may be no more than the id of another part's exception, or of the part that
 *  has them. */
export function exceptionList(node, { trace }) {
  const { cause } = node.document;
  if (!cause) return null;
  if (typeof cause === "string") return h("p", null, "The cause is the exception ", named(cause, trace), ".");
  const recorded = recordedOf(node, trace);
  if (recorded && recorded.node !== node) {
    return [h("p", { class: "hint" }, "Recorded in ", h("bdi", null, recorded.node.name)),
      recorded.exceptions.map((one) => exception(one, trace))];
  }
  return [facts([["Working directory", cause.working_directory], ["Message", cause.message]]),
    objects(cause.exceptions).map((one) => exception(one, trace))];
}

function exception(one, trace) {
  return h("section", { class: "exception" }, h("h3", null, one.type ?? "Exception", one.remote && h("span", { class: "hint" }, " remote")),
    h("p", null, one.message), stackOf(one), one.cause && h("p", { class: "hint" }, "Caused by ", named(one.cause, trace)));
}

// By what it says, and by its part where that is another one.
function named(id, { exceptions }) {
  const known = exceptions.get(id);
  if (!known) return ["one that has not arrived, ", h("span", { class: "mono" }, String(id))];
  return [h("b", null, inWords(known.exception) ?? "Exception"), " in ", h("bdi", null, known.node.name)];
}

function stackOf({ stack, truncated, skipped }) {
  if (!Array.isArray(stack) || stack.length === 0) return null;
  const leftOut = [truncated && `${truncated} frames left out`, skipped && `${skipped} exceptions left out`].filter(Boolean).join(", ");
  return [h("ol", { class: "stack" }, stack.map(frame)), leftOut && h("p", { class: "hint" }, leftOut)];
}

function frame({ label, path, line }) {
  return h("li", null, h("b", null, label ?? "?"), h("span", { class: "hint" }, ` ${path ?? ""}${line ? `:${line}` : ""}`));
}
