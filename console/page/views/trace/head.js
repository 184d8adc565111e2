// The header of a trace and its own small map.

import { age, bothTimes, duration, local, utc } from "../../model/format.js";
import { graphOf } from "../../model/graph.js";
import { makeDrawing } from "../map/draw.js";
import { panZoom } from "../map/pan-zoom.js";
import { copyButton, h, svg } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

/** The facts about a trace in a line: what was asked, how it was answered, how long it took, when. */
export function headOf(id, entry, trace) {
  const { method, url } = entry.document.http?.request ?? {};
  const pairs = [
    ["Method", method ?? "–"],
    ["Response", [sign(entry.outcome), ` ${entry.status ?? "–"}`]],
    ["Duration", [duration(trace.end - trace.start), trace.inProgress && h("span", { class: "partial" }, " in progress")]],
    ["Age", ageOf(trace.start)],
    ["ID", [h("span", { class: "mono" }, id), " ", copyButton("Copy", () => id)]],
    ["URL", h("span", { class: "url", title: url ?? entry.name }, url ?? entry.name)],
  ];
  return h("dl", { class: "head-facts" },
    pairs.map(([term, value]) => h("div", { class: `fact-${term.toLowerCase()}` }, h("dt", null, term), h("dd", null, value))));
}

/** The map of one trace: `{ element, show(services), close() }`. */
export function smallMap() {
  const drawing = makeDrawing(() => {});
  const canvas = svg("svg", { class: "map small", role: "group", "aria-label": "Map of this trace" }, drawing.element);
  const mover = panZoom(canvas, drawing.element, drawing.bounds);
  const element = h("details", { class: "small-map", open: innerWidth > 720 }, h("summary", null, "Trace map"), canvas);
  function show(services) {
    drawing.draw(graphOf(services), null);
    mover.fitUntouched();
  }
  return { element, show, close: mover.close };
}

function ageOf(start) {
  const [here, universal] = [local(start).slice(0, 19), utc(start).slice(0, 19)];
  const there = universal.startsWith(here.slice(0, 10)) ? universal.slice(11) : universal;
  return h("span", { title: bothTimes(start) }, age(Date.now() / 1000 - start), h("span", { class: "hint" }, ` (${here} local, ${there} UTC)`));
}
