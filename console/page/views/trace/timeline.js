// The timeline: rows grouped by service, bars on a shared axis, three blues, the critical path below the bars.

import { collapsible, pathTo, rowsOf } from "../../model/rows.js";
import { h, put, set } from "../parts/dom.js";
import { WindowList } from "../parts/window-list.js";
import { groupLine, headLine, nodeLine, tickMarks } from "./line.js";

const ROW_HEIGHT = 26;
const TICK_ROOM = 78;

/** `{ element, show(trace, critical), select(id), next(step, wanted), collapse(all), find(ids), close() }`. */
export function makeTimeline(scroller, onselect) {
  const axis = h("div", { class: "axis-ticks", "aria-hidden": "true" });
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ key }) => key, render, same: () => false });
  const props = { class: "table timeline", role: "treegrid", "aria-label": "Timeline", onkeydown: key, onclick: click };
  const table = h("div", props, headLine(axis), rows.element);
  const closed = new Set();
  let trace = null;
  let critical = new Map();
  let selected = null;
  let found = new Set();
  let width = 0;

  function show(next, path) {
    [trace, critical] = [next, path];
    draw();
  }

  function draw() {
    const lines = rowsOf(trace, closed);
    set(table, { "aria-rowcount": lines.length + 1 });
    width = axis.clientWidth;
    put(axis, tickMarks(trace, Math.floor(width / TICK_ROOM)));
    rows.show(lines);
  }

  function render(line) {
    const ontoggle = (event) => {
      event.stopPropagation();
      toggle(line.key);
    };
    if (line.group) return groupLine(line, ontoggle);
    const first = selected === null && line === rows.items.find(({ node }) => node);
    return nodeLine(line, { trace, critical, width }, { selected: line.key === selected, first, found: found.has(line.key), ontoggle });
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

  /** Selects the next (`step` 1) or last (-1) node that is wanted, and goes round at the end.
   *  @param {(node: any) => boolean} wanted */
  function next(step, wanted = () => true) {
    const nodes = rowsOf(trace, new Set()).map(({ node }) => node).filter((node) => node && (node.id === selected || wanted(node)));
    if (nodes.length === 0) return;
    const at = nodes.findIndex(({ id }) => id === selected);
    const target = nodes[((at < 0 && step < 0 ? 0 : at) + step + nodes.length) % nodes.length];
    if (wanted(target)) select(target.id);
  }

  function click({ target }) {
    const row = target.closest("[data-row]");
    if (row) select(row.dataset.row);
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

  const observer = new ResizeObserver(() => trace && draw());
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
