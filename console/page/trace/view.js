// One trace: header, its own small map, timeline, details, raw data.

import * as api from "../api.js";
import { button, copyButton, h, put, set, svg } from "../dom.js";
import { age, bothTimes, duration, local, plural, utc } from "../format.js";
import { makeDrawing } from "../map/draw.js";
import { graphOf } from "../map/graph.js";
import { panZoom } from "../map/pan-zoom.js";
import { sign } from "../outcome.js";
import { problem } from "../problem.js";
import { here, link, linkKeeping, routeTraceId, traceLink } from "../route.js";
import { assemble, entryOf } from "./assemble.js";
import { criticalPath } from "./critical-path.js";
import { exportTrace } from "./export.js";
import { showRaw } from "./raw.js";
import { tabsOf } from "./tabs.js";
import { makeTimeline } from "./timeline.js";

const GROWTH = 500;
const isBad = ({ outcome }) => outcome !== "ok";

export function traceView({ panel, frame }) {
  const head = h("div", { class: "trace-head" });
  const message = h("div", { class: "message" });
  const timeline = makeTimeline(frame.main, openNode);
  const small = smallMap();
  const raw = h("div", { class: "raw" });
  const tools = makeTools();
  let id = null;
  let documents = [];
  let trace = null;
  let critical = new Map();
  let selected = null;

  async function refresh() {
    const route = here();
    id = routeTraceId(route);
    if (!id) return fail(new Error(`“${route.id}” is not a trace id. One looks like 1-5bf06999-4c3e1c6357c88cf4f4091528, or is 32 hex digits.`));
    try {
      const [answer, services] = await Promise.all([api.trace(id), api.traceGraph(id).catch(() => [])]);
      if (routeTraceId(here()) !== id) return undefined;
      if (!answer) return fail(gone(), trace !== null);
      documents = answer.Segments.map(({ Document }) => JSON.parse(Document));
      put(message);
      showTrace();
      small.show(services);
      if (route.raw) await showRaw(raw, id, documents);
      return undefined;
    } catch (error) {
      return fail(error, trace !== null);
    }
  }

  function gone() {
    return new Error(trace ? `Trace ${id} is no longer in the store: it was cleared, or made room for newer ones. What is below was read before.`
      : `Trace ${id} is not in the store. Its datagrams have not arrived yet, were refused, or made room for newer ones. This page shows it as soon as it arrives.`);
  }

  function fail(error, keep = false) {
    put(message, problem(error), !keep && h("p", { class: "actions" }, h("a", { class: "button", href: linkKeeping("traces") }, "All traces"), " ", h("a", { class: "button", href: link("wire") }, "Last datagrams")));
    body.hidden = !keep;
  }

  function showTrace() {
    const first = trace === null;
    trace = assemble(documents, Date.now() / 1000);
    if (trace.nodes.size === 0) return fail(gone());
    body.hidden = false;
    showBody(here().raw);
    const entry = entryOf(trace);
    put(head, headOf(id, entry, trace));
    critical = criticalPath(entry);
    timeline.show(trace, critical);
    tools.show(trace);
    if (first && here().params.row) timeline.select(here().params.row, false);
    return undefined;
  }

  function showBody(isRaw) {
    [timeline.element.hidden, raw.hidden, small.element.hidden, tools.element.hidden] = [isRaw, !isRaw, isRaw, isRaw];
    put(kinds, [["Timeline", traceLink(id), !isRaw], ["Raw data", `${traceLink(id)}/raw`, isRaw]].map(([words, href, current]) => h("a", { href, "aria-current": current ? "page" : null }, words)));
  }

  function openNode(node) {
    const again = selected === node.id;
    selected = node.id;
    history.replaceState(null, "", link(`traces/${id}`, { ...here().params, row: node.id }));
    if (!again || panel.element.hidden) panel.open(node.name, tabsOf(node), () => { selected = null; });
  }

  function makeTools() {
    const search = h("input", { type: "search", placeholder: "Search within (/)", "aria-label": "Search within the trace", oninput: find, onkeydown: ({ key }) => key === "Enter" && timeline.next(1, matches) });
    const hits = h("span", { class: "hint", role: "status" });
    const nextError = button("", () => timeline.next(1, isBad), { title: "Next error (e)" });
    const matches = (node) => search.value.trim() !== "" && textOf(node).includes(search.value.trim().toLowerCase());
    function find() {
      const ids = new Set([...trace.nodes.values()].filter(matches).map((node) => node.id));
      timeline.find(ids);
      hits.textContent = search.value.trim() ? `${ids.size} found` : "";
    }
    function show({ nodes }) {
      const bad = [...nodes.values()].filter(isBad).length;
      nextError.textContent = bad ? `Next error (${bad})` : "No errors";
      nextError.disabled = bad === 0;
    }
    const element = h("div", { class: "tools" }, search, hits, nextError,
      h("a", { class: "button", href: "#", onclick: (event) => set(event.currentTarget, { href: link("compare", { a: id }) }) }, "Compare"),
      button("Export", () => exportTrace(id, trace, critical, head.firstChild), { title: "One HTML file that opens without a server" }));
    return { element, show, focus: () => search.focus() };
  }

  const kinds = h("nav", { class: "kinds", "aria-label": "Views of the trace" });
  const body = h("div", { hidden: true }, head, h("div", { class: "trace-bar" }, kinds, tools.element), small.element, timeline.element, raw);
  const growth = setInterval(() => trace?.inProgress && !document.hidden && showTrace(), GROWTH);
  return {
    element: h("section", { class: "trace-view" }, h("nav", { class: "crumbs", "aria-label": "Path" }, h("a", { href: linkKeeping("traces") }, "Traces"), " › Details"), h("h1", { class: "unseen" }, "Trace"), message, body),
    get title() { return `Trace ${here().id ?? ""}`; },
    keys: [
      { key: "f", words: "Next row", run: () => timeline.next(1) }, { key: "b", words: "Row before", run: () => timeline.next(-1) },
      { key: "]", words: "Expand all", run: () => timeline.collapse(false) }, { key: "[", words: "Collapse all", run: () => timeline.collapse(true) },
      { key: "e", words: "Next error", run: () => timeline.next(1, isBad) }, { key: "/", words: "Search within the trace", run: () => tools.focus() },
    ],
    show(route) {
      if (routeTraceId(route) !== id) [trace, selected] = [null, null];
      if (trace) showBody(route.raw);
    },
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(id),
    close() {
      clearInterval(growth);
      timeline.close();
      small.close();
    },
  };
}

function headOf(id, entry, trace) {
  const { method, url } = entry.document.http?.request ?? {};
  const seconds = trace.end - trace.start;
  const pairs = [["Method", method ?? "–"], ["Response", [sign(entry.outcome), ` ${entry.status ?? "–"}`]], ["Duration", trace.inProgress ? [duration(seconds), h("span", { class: "partial" }, " in progress")] : duration(seconds)],
    ["Age", h("span", { title: bothTimes(trace.start) }, age(Date.now() / 1000 - trace.start), h("span", { class: "hint" }, ` (${local(trace.start).slice(0, 19)} local, ${utc(trace.start).slice(0, 19)} UTC)`))],
    ["ID", [h("span", { class: "mono" }, id), " ", copyButton("Copy", () => id)]], ["URL", h("span", { class: "url", title: url ?? entry.name }, url ?? entry.name)]];
  return h("dl", { class: "head-facts" }, pairs.map(([term, value]) => h("div", { class: `fact-${term.toLowerCase()}` }, h("dt", null, term), h("dd", null, value))));
}

function smallMap() {
  const drawing = makeDrawing(() => {});
  const canvas = svg("svg", { class: "map small", role: "group", "aria-label": "Map of this trace" }, drawing.element);
  const mover = panZoom(canvas, drawing.element, drawing.bounds);
  const element = h("details", { class: "small-map", open: innerWidth > 720 }, h("summary", null, "Trace map"), canvas);
  function show(services) {
    const graph = graphOf(services);
    element.hidden ||= graph.nodes.length === 0;
    drawing.draw(graph, null);
    mover.fitUntouched();
  }
  return { element, show, close: mover.close };
}

function textOf({ document, name }) {
  const { subsegments, ...own } = document;
  return `${name} ${JSON.stringify(own)}`.toLowerCase();
}
