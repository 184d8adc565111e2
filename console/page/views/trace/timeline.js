// The timeline: rows grouped by service, bars on a shared axis, three blues, the critical path below the bars.

import { collapsible, pathTo, rowsOf } from "../../model/rows.js";
import { h, put, set } from "../parts/dom.js";
import { makeHandle } from "../parts/handle.js";
import { WindowList } from "../parts/window-list.js";
import { makeOverview } from "./overview.js";
import { groupLine, headLine, nodeLine, reasonLine, tickMarks } from "./line.js";

const ROW_HEIGHT = 26;
const TICK_ROOM = 78;
const NARROWEST = 120;
const WIDEST = 900;
/** Seconds of the shortest part that can be seen alone. */
const SHORTEST = 1e-6;

/** `names`: the width of the names' column in pixels, or null for the usual one; `onnames(pixels)` is told of another.
 *  `{ element, show(trace, critical), select(id), next(step, wanted), follow(nodes), zoom(times), zoomToSelected(), zoomOut(), reset(), collapse(all), find(ids), close() }`. */
export function makeTimeline(scroller, { names, onnames, onselect }) {
  const axis = h("div", { class: "axis-ticks", "aria-hidden": "true" });
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ key }) => key, render, same: () => false });
  const props = { class: "table timeline", role: "treegrid", "aria-label": "Timeline", onkeydown: key, onclick: click };
  const edge = makeHandle({ label: "Width of the names", least: NARROWEST, most: WIDEST, grows: 1,
    widthAt: (x) => x - nameHead.getBoundingClientRect().left,
    onresize: (px) => {
      box.style.setProperty("--names", `${px}px`);
      onnames(px);
      if (trace) draw();
    } });
  const head = headLine(axis, edge.element);
  const nameHead = head.querySelector(".name");
  const overview = makeOverview(zoomTo);
  const table = h("div", props, head, rows.element);
  const box = h("div", null, overview.element, table);
  const closed = new Set();
  let trace = null;
  let critical = new Map();
  let selected = null;
  let found = new Set();
  let width = 0;
  // The part of the time that is shown, or null for all.
  let view = null;

  function show(next, path) {
    [trace, critical] = [next, path];
    draw();
  }

  function zoomTo(part) {
    if (!trace) return;
    view = part && part.end - part.start >= SHORTEST ? { start: Math.max(trace.start, part.start), end: Math.min(trace.end, part.end) } : null;
    draw();
  }

  /** Shows a part `times` shorter, around the selected part or the middle. */
  function zoom(times) {
    if (!trace) return;
    const { start, end } = view ?? trace;
    const node = trace.nodes.get(selected);
    const middle = node && node.start < end && node.end > start ? (Math.max(node.start, start) + Math.min(node.end, end)) / 2 : (start + end) / 2;
    const half = (end - start) / times / 2;
    const from = Math.min(Math.max(trace.start, middle - half), Math.max(trace.start, trace.end - 2 * half));
    zoomTo(2 * half >= trace.end - trace.start ? null : { start: from, end: from + 2 * half });
  }

  function draw() {
    const lines = rowsOf(trace, closed);
    set(table, { "aria-rowcount": lines.length + 1 });
    width = axis.clientWidth;
    edge.measured(nameHead.clientWidth);
    put(axis, tickMarks(trace, view ?? trace, Math.floor(width / TICK_ROOM)));
    overview.show(trace, view);
    rows.show(lines);
  }

  function render(line) {
    const ontoggle = (event) => {
      event.stopPropagation();
      toggle(line.key);
    };
    if (line.group) return groupLine(line, ontoggle);
    const scale = { view: view ?? trace, critical, width, names: nameHead.clientWidth };
    if (line.reason) return reasonLine(line, scale);
    const first = selected === null && line === rows.items.find(({ node }) => node);
    return nodeLine(line, scale, { selected: line.key === selected, first, found: found.has(line.key), ontoggle });
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
    if (view && (node.end < view.start || node.start > view.end)) view = null;
    draw();
    const row = rows.reveal(rows.items.findIndex((line) => line.key === id));
    if (focus) row?.focus({ preventScroll: true });
    onselect(node);
  }

  /** Selects the next (`step` 1) or last (-1) node that is wanted, and goes round at the end.
   *  @param {(node: any) => boolean} wanted */
  function next(step, wanted = () => true) {
    const nodes = rowsOf(trace, new Set()).map(({ node }) => node).filter((node) => node && (node.id === selected || wanted(node)));
    if (nodes.length === 0) return;
    const at = nodes.findIndex(({ id }) => id === selected);
    const target = nodes[((at < 0 && step < 0 ? 0 : at) + step + nodes.length) % nodes.length];
    if (wanted(target)) select(target.id);
  }

  /** Selects the one after the selected one among nodes in an order of their own, or the first of them. */
  function follow(nodes) {
    const at = nodes.findIndex(({ id }) => id === selected);
    if (nodes.length > 0) select(nodes[(at + 1) % nodes.length].id);
  }

  function click({ target }) {
    const { row, reason } = target.closest("[data-row], [data-reason]")?.dataset ?? {};
    if (row ?? reason) select(row ?? reason);
  }

  function key(event) {
    const node = trace.nodes.get(event.target.dataset.row);
    if (!node) return;
    const visible = rows.items.filter((line) => line.node);
    const at = visible.findIndex((line) => line.node === node);
    const action = {
      ArrowDown: () => select(visible[at + 1]?.key), ArrowUp: () => select(visible[at - 1]?.key),
      ArrowRight: () => toggle(node.id, true), ArrowLeft: () => toggle(node.id, false),
      Home: () => select(visible[0].key), End: () => select(visible.at(-1).key), Enter: () => select(node.id),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  if (names) edge.resize(names);
  const observer = new ResizeObserver(() => trace && draw());
  observer.observe(axis);
  return {
    element: box, show, select, next, follow, zoom,
    zoomToSelected: () => zoomTo(trace?.nodes.get(selected) ?? view),
    zoomOut: () => zoomTo(null),
    /** Forgets what was chosen in a trace, before another is shown. */
    reset() {
      [trace, view, selected] = [null, null, null];
      closed.clear();
      rows.show([]);
    },
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
