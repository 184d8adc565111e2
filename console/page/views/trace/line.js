// A line of the timeline as elements: for the timeline itself and for the file that is exported.

import { duration, durationsAlike, ticks } from "../../model/format.js";
import { labelOf } from "../../model/rows.js";
import { button, h } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

/** The room right of the axis, as a percentage of its width: what the style sheet leaves there for labels. */
const BEYOND = 29;
const LETTER = 6.2;
const HEADS = ["Res.", "Duration", "Status"];
/** Pixels of a level of the tree, and of the letters of a name that are kept however deep it stands. */
const LEVEL = 21;
const KEPT = 12 * 8 + 40;
const USUAL_NAMES = 330;

/** The heading over the lines; `axis` holds the ticks, `edge` is that of the names, where it can be moved. */
export function headLine(axis, edge) {
  return h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" },
    h("span", { role: "columnheader", class: "name" }, "Name", edge),
    HEADS.map((words) => h("span", { role: "columnheader", class: words.toLowerCase().replace(".", "") }, words)),
    h("span", { role: "columnheader", class: "bars" }, h("span", { class: "unseen" }, "Time since the start"), axis)));
}

/** At most `most` ticks since the start of a trace in a part of its time, placed by shares of the axis. */
export function tickMarks({ start: zero }, { start, end }, most) {
  const all = ticks(start - zero, end - zero, Math.max(1, most));
  const words = durationsAlike(all, end - start);
  return all.map((at, index) => h("span", { class: at === 0 ? "tick first" : "tick", style: { left: share(at - (start - zero), end - start) } }, words[index]));
}

/** The heading of a service. `ontoggle` is called by its triangle; without it there is none.
 *  @param {import("../../model/rows.js").Line} line
 *  @param {(event: Event) => void} [ontoggle] */
export function groupLine({ group, open }, ontoggle) {
  const words = `${open ? "Collapse" : "Expand"} ${group.name}`;
  return h("div", { class: `row group${group.missing ? " missing" : ""}`, role: "row", "aria-level": 1,
    "aria-expanded": String(open), "data-group": group.name },
  h("span", { role: "gridcell", class: "group-name" }, ontoggle && twist(open, ontoggle, { "aria-label": words }),
    h("b", null, h("bdi", null, group.name)), " ", h("span", { class: "type" }, group.missing ? "the caller's part has not arrived" : group.type)));
}

/** The line of a node. `scale`: the part of the time that is shown, the critical path and the widths of the axis and of the names in pixels.
 *  @param {import("../../model/rows.js").Line} line
 *  @param {{ selected?: boolean, first?: boolean, found?: boolean, ontoggle?: (event: Event) => void }} state */
export function nodeLine({ node, depth, elbows, open }, scale, state = {}) {
  const { selected, first, found, ontoggle } = state;
  const parent = node.own.length > 0;
  return h("div", { class: `row node ${node.kind} ${node.outcome}`, role: "row", "aria-level": depth + 2,
    "aria-selected": String(selected === true), "aria-expanded": parent ? String(open) : null, tabindex: selected || first ? "0" : "-1",
    "data-row": node.id, "data-name": node.name, "data-depth": depth },
  h("span", { role: "gridcell", class: "name", title: node.name },
    tree(elbows, scale.names, true),
    parent && ontoggle ? twist(open, ontoggle, { tabindex: "-1", "aria-hidden": "true" }) : h("span", { class: "twist" }),
    h("bdi", { class: found ? "text found" : "text" }, node.name)),
  h("span", { role: "gridcell", class: "res number" }, node.status ?? "–"),
  h("span", { role: "gridcell", class: "duration number" },
    node.inProgress ? h("i", null, "in progress") : duration(node.end - node.start)),
  h("span", { role: "gridcell", class: "status" }, sign(node.outcome)),
  h("span", { role: "gridcell", class: "bars" }, track(node, scale)));
}

/** The line beneath one that failed: what it says of that.
 *  @param {import("../../model/rows.js").Line} line
 *  @param {{ names?: number }} [scale] */
export function reasonLine({ of, reason, elbows }, { names } = {}) {
  return h("div", { class: `row reason ${of.outcome}`, role: "row", "data-reason": of.id },
    h("span", { role: "gridcell", title: reason },
      tree(elbows, names, false), h("span", { class: "twist" }), h("bdi", { class: "text" }, reason)));
}

/** A bar of `kind`, as much of it as lies in a part of the time; null if nothing does. */
export function bar(kind, from, to, { start, end }) {
  const [left, right] = [Math.max(from, start), Math.min(to, end)];
  return left > right ? null : h("span", { class: kind, style: { left: share(left - start, end - start), width: share(right - left, end - start) } });
}

function track(node, { view, critical, width }) {
  const kind = `bar ${node.kind}${node.inProgress ? " growing" : ""}`;
  const own = bar(kind, node.start, node.end, view);
  if (!own) return h("span", { class: "track" }, h("span", { class: `beyond ${node.end < view.start ? "before" : "after"}` }, node.end < view.start ? "◂" : "▸"));
  const marks = (critical.get(node.id) ?? []).map(([from, to]) => bar("critical", from, to, view));
  return h("span", { class: "track" }, own, marks, barLabel(node, view, width));
}

// At the bar's right end, or left of the bar when only there is room.
function barLabel(node, { start, end }, width) {
  const text = labelOf(node);
  if (!text) return null;
  const [from, to] = [Math.max(node.start, start), Math.min(node.end, end)].map((at) => share(at - start, end - start));
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

// Of a part so deep that its name would have no room, the last levels only, behind how many there are.
function tree(elbows, width = USUAL_NAMES, joins) {
  const most = Math.max(1, Math.floor((width - KEPT) / LEVEL));
  const shown = elbows.length > most ? elbows.slice(-most) : elbows;
  return [shown.length < elbows.length && h("span", { class: "depth", title: `Level ${elbows.length}` }, elbows.length),
    shown.map((goesOn, level) => elbow(goesOn, joins && level === shown.length - 1))];
}

function elbow(goesOn, last) {
  return h("span", { class: `elbow${last ? " last" : ""}${goesOn ? " on" : ""}` });
}
