// A trace as one HTML file that opens without a server: no script, its style sheets inside.

import { age, local, utc } from "../../model/format.js";
import { rowsOf } from "../../model/rows.js";
import { h, put, set } from "../parts/dom.js";
import { groupLine, headLine, nodeLine, reasonLine, tickMarks } from "./line.js";
import { sectionsOf } from "./tabs.js";

/** The style sheets that the file holds. */
export const SHEETS = ["tokens", "frame", "traces", "trace"];
const POLICY = "default-src 'none'; style-src data: 'unsafe-inline'";
const WIDTH = 600;
const TICKS = 7;

/** Offers the file for download. `head` is the header line of the trace, `sheets` the texts of `SHEETS`. */
export function offerExport(id, trace, critical, head, sheets) {
  const page = documentOf(id, trace, critical, head, sheets);
  const text = `<!doctype html>\n${new XMLSerializer().serializeToString(page.documentElement)}`;
  download(`trace-${id}.html`, text, "text/html");
}

/** Offers a trace as the API answers it for download. */
export function offerJson(id, answer) {
  download(`trace-${id}.json`, JSON.stringify({ Traces: [answer], UnprocessedTraceIds: [] }, null, 2), "application/json");
}

function download(name, text, type) {
  const href = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

function documentOf(id, trace, critical, head, sheets) {
  const page = document.implementation.createHTMLDocument(`Trace ${id}`);
  set(page.documentElement, { lang: "en", "data-theme": "auto" });
  page.head.append(h("meta", { charset: "utf-8" }), h("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
    h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    ...sheets.map((text) => h("link", { rel: "stylesheet", href: `data:text/css;charset=utf-8,${encodeURIComponent(text)}` })));
  const now = Date.now() / 1000;
  const written = `Written ${local(now)} local time, ${utc(now)}, ${age(now - trace.start)} after the trace began. Secrets that were recognized are hidden.`;
  put(page.body, h("main", null, h("h1", { class: "crumbs" }, `Trace ${id}`), withoutButtons(head), timelineOf(trace, critical),
    partsOf(trace), h("p", { class: "crumbs hint" }, written)));
  withoutLinks(page.body);
  return page;
}

function withoutButtons(element) {
  const copy = element.cloneNode(true);
  for (const one of copy.querySelectorAll("button.link")) one.replaceWith(...one.childNodes);
  for (const one of copy.querySelectorAll("button")) one.remove();
  return copy;
}

/** Leaves the words of links to the console's own views: in the file they would lead nowhere. */
function withoutLinks(element) {
  for (const one of element.querySelectorAll('a[href^="#"]')) one.replaceWith(...one.childNodes);
}

function timelineOf(trace, critical) {
  const scale = { view: trace, critical, width: WIDTH };
  const lines = rowsOf(trace, new Set()).map((line) => (line.group ? groupLine(line) : line.reason ? reasonLine(line) : nodeLine(line, scale)));
  return h("div", { class: "table timeline", role: "treegrid", "aria-label": "Timeline" },
    headLine(h("div", { class: "axis-ticks still" }, tickMarks(trace, trace, TICKS))), h("div", { role: "rowgroup" }, lines));
}

function partsOf(trace) {
  return h("div", { class: "parts" }, h("h2", null, "Segments and subsegments"), [...trace.nodes.values()].map((node) =>
    h("details", null, h("summary", null, node.name, " ", h("span", { class: "hint mono" }, node.id)),
      sectionsOf(node, { trace, route: { params: {} } }).map(([name, content]) => h("section", null, h("h3", null, name), content)))));
}
