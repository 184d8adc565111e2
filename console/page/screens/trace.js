// One trace: header, its own small map, timeline, details, log lines, raw data.

import * as api from "../api.js";
import { linkKeeping, routeTraceId, traceLink } from "../model/address.js";
import { assemble, entryOf } from "../model/assemble.js";
import { criticalPath } from "../model/critical-path.js";
import { preferences } from "../state/preferences.js";
import { here, replaceParams } from "../state/route.js";
import { h, put } from "../views/parts/dom.js";
import { problem } from "../views/parts/problem.js";
import { SHEETS, offerExport, offerJson } from "../views/trace/exported.js";
import { makeFlame } from "../views/trace/flame.js";
import { headOf, smallMap } from "../views/trace/head.js";
import { showLogs } from "../views/trace/logs.js";
import { showRaw } from "../views/trace/raw.js";
import { makeStatistics } from "../views/trace/statistics.js";
import { firstTab, tabsOf } from "../views/trace/tabs.js";
import { makeTimeline } from "../views/trace/timeline.js";
import { makeTools } from "../views/trace/tools.js";

const GROWTH = 500;
const CLOSER = 2;
const SIDES = [["Timeline", ""], ["Statistics", "statistics"], ["Flame", "flame"], ["Logs", "logs"], ["Raw data", "raw"]];
// Log lines stand beside the timeline, the others instead of it.
const WITH_TIMELINE = ["", "logs"];

export function traceScreen({ panel, frame }) {
  const message = h("div", { class: "message" }, h("p", { class: "hint" }, "asking…"));
  const head = h("div");
  const kinds = h("nav", { class: "kinds", "aria-label": "Views of the trace" });
  const timeline = makeTimeline(frame.main, { names: preferences.namesWidth, onnames: (px) => { preferences.namesWidth = px; }, onselect: openNode });
  const tools = makeTools(timeline, { onexport: offer, onjson: () => offerJson(id, compiled) });
  const map = smallMap({ open: preferences.traceMap, ontoggle: (open) => { preferences.traceMap = open; } });
  const side = h("div", { class: "side" });
  const body = h("div", { hidden: true }, head, h("div", { class: "trace-bar" }, kinds, tools.element), map.element,
    h("div", { class: "trace-body" }, timeline.element, side));
  let id = null;
  let compiled = null;
  let documents = [];
  let trace = null;
  let critical = new Map();
  let selected = null;
  let settled = true;
  let figures = makeFigures();

  // Others will read the file, so its secrets are hidden.
  async function offer() {
    try {
      const texts = await api.hidden(compiled.Segments.map(({ Document }) => Document));
      const shareable = assemble(texts.map((text) => JSON.parse(text)), Date.now() / 1000);
      const entry = entryOf(shareable);
      offerExport(id, shareable, criticalPath(entry), headOf(id, entry, shareable, () => {}), await Promise.all(SHEETS.map(api.styleSheet)));
    } catch (error) {
      fail(error);
    }
  }

  async function refresh() {
    const route = here();
    id = routeTraceId(route);
    settled = true;
    try {
      if (!id) throw new Error(`“${route.id}” is not a trace id. One looks like 1-5bf06999-4c3e1c6357c88cf4f4091528, or is 32 hex digits.`);
      const services = api.traceGraph(id).catch(() => []);
      const answer = await api.trace(id);
      if (routeTraceId(here()) !== id) return;
      compiled = answer ?? compiled;
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
    settled = error.status === undefined;
    body.hidden = trace === null;
    put(message, problem(error), trace === null && h("p", { class: "actions" },
      h("a", { class: "button", href: linkKeeping(here(), "traces") }, "All traces"), h("a", { class: "button", href: linkKeeping(here(), "wire") }, "Last datagrams")));
  }

  function showTrace() {
    const first = trace === null;
    trace = assemble(documents, Date.now() / 1000);
    const entry = entryOf(trace);
    critical = criticalPath(entry);
    body.hidden = false;
    showSide(here().side);
    put(head, headOf(id, entry, trace, timeline.select));
    timeline.show(trace, critical);
    tools.show(id, trace, here());
    if (first && here().params.row) timeline.select(here().params.row, false);
  }

  function showSide(wanted) {
    if (side.dataset.side !== wanted) put(side, figures[wanted]?.element);
    side.dataset.side = wanted;
    side.hidden = wanted === "";
    for (const part of [timeline, tools]) part.element.hidden = !WITH_TIMELINE.includes(wanted);
    map.element.hidden = wanted !== "";
    put(kinds, SIDES.map(([words, one]) => h("a", { href: traceLink(id, one, here()), "aria-current": one === wanted ? "page" : null }, words)));
  }

  async function fillSide(wanted) {
    figures[wanted]?.show(trace);
    const [ask, asked] = [{ raw: api.receivedDocuments, logs: api.logs }[wanted], id];
    const answer = await ask?.(asked).catch((error) => error);
    // The reader may have gone to another side or another trace meanwhile.
    if (side.dataset.side !== wanted || id !== asked) return;
    if (wanted === "raw") showRaw(side, answer, documents);
    if (wanted === "logs") showLogs(side, id, answer);
  }

  // They keep what was chosen in them while documents of the trace arrive.
  function makeFigures() {
    return { statistics: makeStatistics(addressOfPart), flame: makeFlame(addressOfPart) };
  }

  function addressOfPart(part) {
    return traceLink(id, "", here(), part);
  }

  function openNode(node) {
    if (selected === node.id && !panel.element.hidden) return;
    selected = node.id;
    replaceParams({ row: node.id });
    const first = firstTab(node);
    const tabs = tabsOf(node, { trace, route: here() }, preferences.tabs[first] ?? first, (name) => { preferences.tabs[first] = name; });
    panel.open(node.name, tabs, () => { selected = null; });
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
        { key: "z", words: "Zoom to the row", run: timeline.zoomToSelected }, { key: "0", words: "Show the whole time", run: timeline.zoomOut },
        { key: "+", words: "Zoom in", run: () => timeline.zoom(CLOSER) }, { key: "-", words: "Zoom out", run: () => timeline.zoom(1 / CLOSER) },
        { key: "e", words: "Next error", run: tools.nextError }, { key: "/", words: "Search within the trace", run: tools.focus },
      ];
    },
    show(route) {
      if (routeTraceId(route) !== id) {
        [trace, selected, figures] = [null, null, makeFigures()];
        delete side.dataset.side;
        timeline.reset();
      }
      if (trace) showSide(route.side);
      if (trace && route.params.row && route.side === "") timeline.select(route.params.row, false);
    },
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(id),
    // What the console did not answer is asked again.
    isSettled: () => settled,
    close() {
      clearInterval(growth);
      timeline.close();
      map.close();
    },
  };
}
