// A line of the timeline as elements: for the timeline itself and for the file that is exported.

import { duration, durationsAlike, ticks } from "../../model/format.js";
import { labelOf } from "../../model/rows.js";
import { button, h } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

/** The room right of the axis, as a percentage of its width: what the style sheet leaves there for labels. */
const BEYOND = 29;
const LETTER = 6.2;
const HEADS = ["Name", "Res.", "Duration", "Status"];

/** The heading over the lines; `axis` holds the ticks. */
export function headLine(axis) {
  return h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" },
    HEADS.map((words) => h("span", { role: "columnheader", class: words.toLowerCase().replace(".", "") }, words)),
    h("span", { role: "columnheader", class: "bars" }, h("span", { class: "unseen" }, "Time since the start"), axis)));
}

/** At most `most` ticks, placed by shares of the axis. */
export function tickMarks({ start, end }, most) {
  const all = ticks(end - start, Math.max(1, most));
  const words = durationsAlike(all);
  return all.map((at, index) => h("span", { class: "tick", style: { left: share(at, end - start) } }, words[index]));
}

/** The heading of a service. `ontoggle` is called by its triangle; without it there is none.
 *  @param {import("../../model/rows.js").Line} line
 *  @param {(event: Event) => void} [ontoggle] */
export function groupLine({ group, open }, ontoggle) {
  const words = `${open ? "Collapse" : "Expand"} ${group.name}`;
  return h("div", { class: `row group${group.missing ? " missing" : ""}`, role: "row", "aria-level": 1,
    "aria-expanded": String(open), "data-group": group.name },
  h("span", { role: "gridcell", class: "group-name" }, ontoggle && twist(open, ontoggle, { "aria-label": words }),
    h("b", null, group.name), " ", h("span", { class: "type" }, group.missing ? "the caller's part has not arrived" : group.type)));
}

/** The line of a node. `scale`: the trace, the critical path and the width of the axis in pixels.
 *  @param {import("../../model/rows.js").Line} line
 *  @param {{ selected?: boolean, first?: boolean, found?: boolean, ontoggle?: (event: Event) => void }} state */
export function nodeLine({ node, depth, elbows, open }, scale, state = {}) {
  const { selected, first, found, ontoggle } = state;
  const parent = node.own.length > 0;
  return h("div", { class: `row node ${node.kind} ${node.outcome}`, role: "row", "aria-level": depth + 2,
    "aria-selected": String(selected === true), "aria-expanded": parent ? String(open) : null, tabindex: selected || first ? "0" : "-1",
    "data-row": node.id, "data-name": node.name, "data-depth": depth },
  h("span", { role: "gridcell", class: "name", title: node.name },
    elbows.map((goesOn, level) => elbow(goesOn, level === elbows.length - 1)),
    parent && ontoggle ? twist(open, ontoggle, { tabindex: "-1", "aria-hidden": "true" }) : h("span", { class: "twist" }),
    h("span", { class: found ? "text found" : "text" }, node.name)),
  h("span", { role: "gridcell", class: "res number" }, node.status ?? "–"),
  h("span", { role: "gridcell", class: "duration number" },
    node.inProgress ? h("i", null, "in progress") : duration(node.end - node.start)),
  h("span", { role: "gridcell", class: "status" }, sign(node.outcome)),
  h("span", { role: "gridcell", class: "bars" }, track(node, scale)));
}

/** A bar of `kind` over a part of the trace. */
export function bar(kind, from, to, { start, end }) {
  return h("span", { class: kind, style: { left: share(from - start, end - start), width: share(to - from, end - start) } });
}

function track(node, { trace, critical, width }) {
  const marks = (critical.get(node.id) ?? []).map(([from, to]) => bar("critical", from, to, trace));
  const kind = `bar ${node.kind}${node.inProgress ? " growing" : ""}`;
  return h("span", { class: "track" }, bar(kind, node.start, node.end, trace), marks, barLabel(node, trace, width));
}

// At the bar's right end, or left of the bar when only there is room.
function barLabel(node, { start, end }, width) {
  const text = labelOf(node);
  if (!text) return null;
  const [from, to] = [share(node.start - start, end - start), share(node.end - start, end - start)];
  const room = (100 + BEYOND - parseFloat(to)) / 100 * width;
  const left = text.length * LETTER > room && parseFloat(from) / 100 * width > room;
  const style = left ? { right: `calc(100% - ${from} + 6px)`, "max-width": `calc(${from} - 6px)` }
    : { left: `calc(${to} + 6px)`, "max-width": `calc(${100 + BEYOND}% - ${to} - 8px)` };
  return h("span", { class: "bar-label", title: text, style }, text);
}

function share(part, whole) {
  return `${(part / (whole || 1)) * 100}%`;
}

// Lines of nodes open and close with the arrow keys, headings with their button.
function twist(open, onclick, props) {
  return button(open ? "▾" : "▸", onclick, { class: "twist", ...props });
}

function elbow(goesOn, last) {
  return h("span", { class: `elbow${last ? " last" : ""}${goesOn ? " on" : ""}` });
}
