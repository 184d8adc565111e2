// The timeline: rows grouped by service, bars on a shared axis, three blues, the critical path below the bars.

import { button, h, put, set } from "../dom.js";
import { duration, ticks } from "../format.js";
import { sign } from "../outcome.js";
import { WindowList } from "../window-list.js";
import { collapsible, labelOf, pathTo, rowsOf } from "./rows.js";

const ROW_HEIGHT = 26;
const ELBOW = 14;
const TICK_ROOM = 78;
const LETTER = 6.2;
// The room right of the axis, as a share of it: what the style sheet leaves there for labels.
const BEYOND = 29;

/** `{ element, show(trace, critical), select(id), reveal, next(step, wanted), collapse(all), find(words), … }`. */
export function makeTimeline(scroller, onselect) {
  const axis = h("div", { class: "axis-ticks", "aria-hidden": "true" });
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ key }) => key, render, same: () => false });
  const table = h("div", { class: "table timeline", role: "treegrid", "aria-label": "Timeline", onkeydown: key },
    h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" }, ["Name", "Res.", "Duration", "Status"].map((words) => h("span", { role: "columnheader", class: words.toLowerCase().replace(".", "") }, words)),
      h("span", { role: "columnheader", class: "bars" }, h("span", { class: "unseen" }, "Time since the start"), axis))), rows.element);
  const closed = new Set();
  let trace = null;
  let critical = new Map();
  let selected = null;
  let found = new Set();

  function show(next, path) {
    [trace, critical] = [next, path];
    drawAxis();
    draw();
  }

  function draw() {
    const lines = rowsOf(trace, closed);
    set(table, { "aria-rowcount": lines.length + 1 });
    rows.show(lines);
  }

  // Ticks are placed by shares of the axis, their number by its width.
  function drawAxis() {
    if (!trace) return;
    const span = trace.end - trace.start;
    const most = Math.max(1, Math.floor(axis.clientWidth / TICK_ROOM));
    put(axis, ticks(span, most).map((at) => h("span", { class: "tick", style: { left: `${span ? at / span * 100 : 0}%` } }, duration(at))));
  }

  function render(line) {
    return line.group ? groupRow(line) : nodeRow(line);
  }

  function groupRow({ key: id, group, open }) {
    return h("div", { class: `row group${group.missing ? " missing" : ""}`, role: "row", "aria-level": 1, "aria-expanded": String(open), "data-group": group.name },
      h("span", { role: "gridcell", class: "group-name" }, twist(id, open, group.name), h("b", null, group.name), " ",
        h("span", { class: "type" }, group.missing ? "the caller's part has not arrived" : group.type)));
  }

  function nodeRow({ node, depth, elbows, open }) {
    const row = h("div", { class: `row node ${node.kind} ${node.outcome}`, role: "row", "aria-level": depth + 2, tabindex: node.id === selected ? "0" : "-1",
      "aria-selected": String(node.id === selected), "aria-expanded": node.own.length > 0 ? String(open) : null,
      "data-row": node.id, "data-name": node.name, "data-depth": depth, onclick: () => select(node.id) },
    h("span", { role: "gridcell", class: "name", title: node.name }, elbows.map((goesOn, level) => elbow(goesOn, level === elbows.length - 1)),
      node.own.length > 0 ? twist(node.id, open, node.name) : h("span", { class: "twist" }), h("span", { class: found.has(node.id) ? "text found" : "text" }, node.name)),
    h("span", { role: "gridcell", class: "res number" }, node.status ?? "–"),
    h("span", { role: "gridcell", class: "duration number" }, node.inProgress ? h("i", null, "in progress") : duration(node.end - node.start)),
    h("span", { role: "gridcell", class: "status" }, sign(node.outcome)),
    h("span", { role: "gridcell", class: "bars" }, h("span", { class: "track" }, bar(node), criticalMarks(node), barLabel(node))));
    return row;
  }

  function bar(node) {
    return h("span", { class: `bar ${node.kind}${node.inProgress ? " growing" : ""}`, style: { left: share(node.start), width: share(node.end, node.start) } });
  }

  function criticalMarks(node) {
    return (critical.get(node.id) ?? []).map(([from, to]) => h("span", { class: "critical", style: { left: share(from), width: share(to, from) } }));
  }

  // At the bar's right end, or left of the bar when only there is room.
  function barLabel(node) {
    const text = labelOf(node);
    if (!text) return null;
    const span = trace.end - trace.start || 1;
    const width = axis.clientWidth;
    const room = (1 - (node.end - trace.start) / span) * width + (table.clientWidth > 720 ? width * BEYOND / 100 : 0);
    const left = text.length * LETTER > room && (node.start - trace.start) / span * width > room;
    const place = left ? { right: `calc(100% - ${share(node.start)} + 6px)`, "max-width": `calc(${share(node.start)} - 6px)` }
      : { left: `calc(${share(node.end)} + 6px)`, "max-width": `calc(${100 + BEYOND}% - ${share(node.end)} - 8px)` };
    return h("span", { class: left ? "bar-label left" : "bar-label", title: text, style: place }, text);
  }

  function share(at, from = trace.start) {
    const span = trace.end - trace.start || 1;
    return `${(at - from) / span * 100}%`;
  }

  function twist(id, open, name) {
    return button(open ? "▾" : "▸", (event) => {
      event.stopPropagation();
      toggle(id);
    }, { class: "twist", tabindex: "-1", "aria-label": `${open ? "Collapse" : "Expand"} ${name}` });
  }

  function toggle(id, open = closed.has(id)) {
    closed[open ? "delete" : "add"](id);
    draw();
  }

  function select(id, focus = true) {
    const node = trace.nodes.get(id);
    if (!node) return;
    selected = id;
    for (const one of pathTo(node, trace)) closed.delete(one);
    draw();
    const row = rows.reveal(rows.items.findIndex((line) => line.key === id));
    if (focus) row?.focus({ preventScroll: true });
    onselect(node);
  }

  /** Selects the next (`step` 1) or last (-1) node that is wanted, and goes round at the end. */
  function next(step, wanted = () => true) {
    const nodes = rowsOf(trace, new Set()).filter(({ node }) => node && (node.id === selected || wanted(node))).map(({ node }) => node);
    const at = nodes.findIndex(({ id }) => id === selected);
    const target = nodes.at((at < 0 ? (step > 0 ? 0 : -1) : at + step) % nodes.length);
    if (target && wanted(target)) select(target.id);
  }

  function key(event) {
    const node = trace.nodes.get(event.target.dataset.row);
    if (!node) return;
    const visible = rows.items.filter((line) => line.node);
    const at = visible.findIndex((line) => line.node === node);
    const actions = { ArrowDown: () => select(visible[at + 1]?.key), ArrowUp: () => select(visible[at - 1]?.key), ArrowRight: () => toggle(node.id, true), ArrowLeft: () => toggle(node.id, false),
      Enter: () => select(node.id), Home: () => select(visible[0].key), End: () => select(visible.at(-1).key) };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
    rows.row(node.id)?.matches("[data-row]") && event.key.match(/Left|Right/) && rows.row(node.id).focus({ preventScroll: true });
  }

  const observer = new ResizeObserver(() => {
    drawAxis();
    if (trace) draw();
  });
  observer.observe(axis);
  return {
    element: table, show, select, next,
    collapse(all) {
      closed.clear();
      if (all) for (const one of collapsible(trace)) closed.add(one);
      draw();
    },
    find(ids) {
      found = ids;
      draw();
    },
    close() {
      observer.disconnect();
      rows.close();
    },
  };
}

function elbow(goesOn, last) {
  return h("span", { class: `elbow${last ? " last" : ""}${goesOn ? " on" : ""}`, style: { width: `${ELBOW}px` } });
}
