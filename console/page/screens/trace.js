// One trace: header, its own small map, timeline, details, log lines, raw data.

import * as api from "../api.js";
import { link, linkKeeping, routeTraceId, traceLink } from "../model/address.js";
import { assemble, entryOf } from "../model/assemble.js";
import { criticalPath } from "../model/critical-path.js";
import { preferences } from "../state/preferences.js";
import { here, replaceParams } from "../state/route.js";
import { h, put } from "../views/parts/dom.js";
import { problem } from "../views/parts/problem.js";
import { SHEETS, offerExport } from "../views/trace/exported.js";
import { headOf, smallMap } from "../views/trace/head.js";
import { showLogs } from "../views/trace/logs.js";
import { showRaw } from "../views/trace/raw.js";
import { FIRST_TAB, tabsOf } from "../views/trace/tabs.js";
import { makeTimeline } from "../views/trace/timeline.js";
import { makeTools } from "../views/trace/tools.js";

const GROWTH = 500;

export function traceScreen({ panel, frame }) {
  const message = h("div", { class: "message" });
  const head = h("div");
  const kinds = h("nav", { class: "kinds", "aria-label": "Views of the trace" });
  const timeline = makeTimeline(frame.main, openNode);
  const tools = makeTools(timeline, offer);
  const map = smallMap();
  const side = h("div", { class: "side" });
  const body = h("div", { hidden: true }, head, h("div", { class: "trace-bar" }, kinds, tools.element), map.element, timeline.element, side);
  let id = null;
  let documents = [];
  let trace = null;
  let critical = new Map();
  let selected = null;

  async function offer() {
    offerExport(id, trace, critical, head.firstChild, await Promise.all(SHEETS.map(api.styleSheet)));
  }

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
      h("a", { class: "button", href: linkKeeping(here(), "traces") }, "All traces"), h("a", { class: "button", href: link("wire") }, "Last datagrams")));
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
    put(kinds, choices.map(([words, one]) => h("a", { href: traceLink(id, one, here()), "aria-current": one === wanted ? "page" : null }, words)));
  }

  async function fillSide(wanted) {
    const [ask, asked] = [{ raw: api.receivedDocuments, logs: api.logs }[wanted], id];
    const answer = await ask?.(asked).catch((error) => error);
    // The reader may have gone to another side or another trace meanwhile.
    if (side.dataset.side !== wanted || id !== asked) return;
    if (wanted === "raw") showRaw(side, answer, documents);
    if (wanted === "logs") showLogs(side, id, answer);
  }

  function openNode(node) {
    if (selected === node.id && !panel.element.hidden) return;
    selected = node.id;
    replaceParams({ row: node.id });
    panel.open(node.name, tabsOf(node, preferences.tab ?? FIRST_TAB, (name) => { preferences.tab = name; }), () => { selected = null; });
  }

  // Bars of what is in progress grow without anything arriving.
  const growth = setInterval(() => {
    if (trace?.inProgress && !document.hidden) showTrace();
  }, GROWTH);

  return {
    element: h("section", { class: "trace-view" },
      h("nav", { class: "crumbs", "aria-label": "Path" }, h("a", { href: linkKeeping(here(), "traces") }, "Traces"), " › Details"),
      h("h1", { class: "unseen" }, "Trace"), message, body),
    get title() { return `Trace ${here().id ?? ""}`; },
    // Without a trace there is nothing that they could do.
    get keys() {
      return trace === null ? [] : [
        { key: "f", words: "Next row", run: () => timeline.next(1) }, { key: "b", words: "Row before", run: () => timeline.next(-1) },
        { key: "]", words: "Expand all", run: () => timeline.collapse(false) }, { key: "[", words: "Collapse all", run: () => timeline.collapse(true) },
        { key: "e", words: "Next error", run: tools.nextError }, { key: "/", words: "Search within the trace", run: tools.focus },
      ];
    },
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
