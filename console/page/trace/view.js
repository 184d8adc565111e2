// One trace: header, its own small map, timeline, details, raw data.

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { problem } from "../problem.js";
import { here, link, linkKeeping, routeTraceId, traceLink } from "../route.js";
import { assemble, entryOf } from "./assemble.js";
import { criticalPath } from "./critical-path.js";
import { exportTrace } from "./export.js";
import { headOf, smallMap } from "./head.js";
import { tabsOf } from "./tabs.js";
import { showLogs } from "./logs.js";
import { showRaw } from "./raw.js";
import { makeTimeline } from "./timeline.js";
import { makeTools } from "./tools.js";

const GROWTH = 500;

export function traceView({ panel, frame }) {
  const message = h("div", { class: "message" });
  const head = h("div");
  const kinds = h("nav", { class: "kinds", "aria-label": "Views of the trace" });
  const timeline = makeTimeline(frame.main, openNode);
  const tools = makeTools(timeline, () => exportTrace(id, trace, critical, head.firstChild));
  const map = smallMap();
  const side = h("div", { class: "side" });
  const body = h("div", { hidden: true }, head, h("div", { class: "trace-bar" }, kinds, tools.element), map.element, timeline.element, side);
  let id = null;
  let documents = [];
  let trace = null;
  let critical = new Map();
  let selected = null;

  async function refresh() {
    const route = here();
    id = routeTraceId(route);
    try {
      if (!id) throw new Error(`“${route.id}” is not a trace id. One looks like 1-5bf06999-4c3e1c6357c88cf4f4091528, or is 32 hex digits.`);
      const services = api.traceGraph(id).catch(() => []);
      const answer = await api.trace(id);
      if (routeTraceId(here()) !== id) return;
      documents = answer ? answer.Segments.map(({ Document }) => JSON.parse(Document)) : [];
      if (documents.length === 0) throw gone();
      put(message);
      showTrace();
      map.show(await services);
      await fillSide(route.side);
    } catch (error) {
      fail(error);
    }
  }

  function gone() {
    return new Error(trace
      ? `Trace ${id} is no longer in the store: it was cleared, or made room for newer ones. What is below was read before.`
      : `Trace ${id} is not in the store. Its datagrams have not arrived yet, were refused, or made room for newer ones. This page shows it as soon as it arrives.`);
  }

  // What was read stays on the page: a trace may be evicted while one reads it.
  function fail(error) {
    body.hidden = trace === null;
    put(message, problem(error), trace === null && h("p", { class: "actions" },
      h("a", { class: "button", href: linkKeeping("traces") }, "All traces"), h("a", { class: "button", href: link("wire") }, "Last datagrams")));
  }

  function showTrace() {
    const first = trace === null;
    trace = assemble(documents, Date.now() / 1000);
    const entry = entryOf(trace);
    critical = criticalPath(entry);
    body.hidden = false;
    showSide(here().side);
    put(head, headOf(id, entry, trace));
    timeline.show(trace, critical);
    tools.show(id, trace);
    if (first && here().params.row) timeline.select(here().params.row, false);
  }

  function showSide(wanted) {
    if (side.dataset.side !== wanted) put(side);
    side.dataset.side = wanted;
    side.hidden = wanted === "";
    for (const part of [timeline, map, tools]) part.element.hidden = wanted !== "";
    const choices = [["Timeline", ""], ["Logs", "logs"], ["Raw data", "raw"]];
    put(kinds, choices.map(([words, one]) => h("a", { href: `${traceLink(id)}${one && `/${one}`}`, "aria-current": one === wanted ? "page" : null }, words)));
  }

  async function fillSide(wanted) {
    if (wanted === "raw") await showRaw(side, id, documents);
    if (wanted === "logs") await showLogs(side, id);
  }

  function openNode(node) {
    if (selected === node.id && !panel.element.hidden) return;
    selected = node.id;
    history.replaceState(null, "", link(`traces/${id}`, { ...here().params, row: node.id }));
    panel.open(node.name, tabsOf(node), () => { selected = null; });
  }

  // Bars of what is in progress grow without anything arriving.
  const growth = setInterval(() => {
    if (trace?.inProgress && !document.hidden) showTrace();
  }, GROWTH);

  return {
    element: h("section", { class: "trace-view" },
      h("nav", { class: "crumbs", "aria-label": "Path" }, h("a", { href: linkKeeping("traces") }, "Traces"), " › Details"),
      h("h1", { class: "unseen" }, "Trace"), message, body),
    get title() { return `Trace ${here().id ?? ""}`; },
    keys: [
      { key: "f", words: "Next row", run: () => timeline.next(1) }, { key: "b", words: "Row before", run: () => timeline.next(-1) },
      { key: "]", words: "Expand all", run: () => timeline.collapse(false) }, { key: "[", words: "Collapse all", run: () => timeline.collapse(true) },
      { key: "e", words: "Next error", run: tools.nextError }, { key: "/", words: "Search within the trace", run: tools.focus },
    ],
    show(route) {
      if (routeTraceId(route) !== id) [trace, selected] = [null, null];
      if (trace) showSide(route.side);
    },
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(id),
    close() {
      clearInterval(growth);
      timeline.close();
      map.close();
    },
  };
}
