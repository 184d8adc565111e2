// The cause of a fault or an error: exceptions with their stacks.

import { h } from "../parts/dom.js";
import { facts } from "../parts/panel.js";

/** The exceptions of a document, or null. A cause may be no more than the id of another segment's exception. */
export function exceptionsOf({ cause }) {
  if (!cause) return null;
  if (typeof cause === "string") return h("p", null, "The cause is the exception ", h("span", { class: "mono" }, cause), " of another segment.");
  const all = Array.isArray(cause.exceptions) ? cause.exceptions : [];
  return [facts([["Working directory", cause.working_directory], ["Message", cause.message]]), all.map(exception)];
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
