// What compares two traces, as elements: the facts about both, and a line for each pair of parts.

import { entryOf } from "../../model/assemble.js";
import { duration, percent } from "../../model/format.js";
import { shortId } from "../../model/trace-id.js";
import { h } from "../parts/dom.js";
import { sign } from "../parts/sign.js";
import { bar } from "../trace/line.js";

const HEADS = ["Name", "A", "B", "B − A", "Outcome", "A above B, each from its own start"];
const INDENT = 14;
const NOTABLE = 0.1;

export function headLine() {
  const heads = HEADS.map((words) => h("span", { role: "columnheader" }, words));
  return h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" }, heads));
}

/** The facts about both traces, one under the other; `traceAddress(id)` leads to one. */
export function headTable(left, right, lines, traceAddress) {
  const only = (side) => lines.filter((line) => line[side] === null).length;
  const [ours, theirs] = [factsOf(left, traceAddress), factsOf(right, traceAddress)];
  const differences = { Duration: difference(left.end - left.start, right.end - right.start), Parts: `${only("b")} only in A, ${only("a")} only in B` };
  return h("table", null,
    h("thead", null, h("tr", null, h("td"), ["A", "B", "B − A"].map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", null, Object.keys(ours).map((words) => h("tr", null, h("th", { scope: "row" }, words),
      h("td", null, ours[words]), h("td", null, theirs[words]), h("td", null, differences[words])))));
}

/** A part in both traces, or in one. `axis`: the length of the longer trace in seconds. */
export function pairLine({ depth, a, b }, axis) {
  const name = (a ?? b).name;
  const cell = (kind, ...content) => h("span", { role: "cell", class: kind }, content);
  return h("div", { class: a && b ? "row" : "row single", role: "row" },
    h("span", { role: "cell", title: name, style: { "padding-left": `${depth * INDENT}px` } }, name,
      !(a && b) && h("span", { class: "hint" }, a ? " only in A" : " only in B")),
    cell("number", a ? duration(a.end - a.start) : "–"), cell("number", b ? duration(b.end - b.start) : "–"),
    cell("number", a && b ? difference(a.end - a.start, b.end - b.start) : "–"),
    cell("status", [a, b].map((node) => node && sign(node.outcome))),
    cell("bars", h("span", { class: "track" }, a && halfBar(a, "first", axis), b && halfBar(b, "second", axis))));
}

function factsOf(trace, traceAddress) {
  const { document, outcome, status, name } = entryOf(trace);
  const url = document.http?.request?.url ?? name;
  return {
    Trace: h("a", { class: "mono", href: traceAddress(trace.id) }, shortId(trace.id)),
    Response: [sign(outcome), ` ${status ?? "–"}`],
    URL: h("span", { class: "clamp", title: url }, url),
    Duration: duration(trace.end - trace.start),
    Parts: trace.nodes.size,
  };
}

function halfBar(node, place, axis) {
  const { start } = rootOf(node);
  return bar(`bar half ${place} ${node.kind}`, node.start, node.end, { start, end: start + axis });
}

function rootOf(node) {
  return node.parent ? rootOf(node.parent) : node;
}

function difference(before, after) {
  const by = after - before;
  if (by === 0) return "±0";
  const sign = by > 0 ? "+" : "";
  const share = before > 0 ? ` (${by > 0 ? "+" : "−"}${percent(Math.abs(by) / before)})` : "";
  const kind = by > before * NOTABLE ? "slower" : by < -before * NOTABLE ? "faster" : null;
  return h("span", { class: kind }, `${sign}${duration(by)}${share}`);
}
