// The header of a trace and its own small map.

import { age, bothTimes, count, duration, local, utc } from "../../model/format.js";
import { culpritsOf, reasonOf } from "../../model/failure.js";
import { graphOf } from "../../model/graph.js";
import { word } from "../../model/outcome.js";
import { makeDrawing } from "../map/draw.js";
import { panZoom } from "../map/pan-zoom.js";
import { button, copyButton, h, svg } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

const MOST_REASONS = 3;
/** Pixels of its height, as in the style sheet. */
const SMALL_MAP = 168;

/** The facts about a trace in a line: what was asked, how it was answered, how long it took, when; and why it failed, if it did.
 *  `onculprit(id)` is told of a part that the reader wants to see. */
export function headOf(id, entry, trace, onculprit) {
  const { method, url } = entry.document.http?.request ?? {};
  const pairs = [
    ["Method", method ?? "–"],
    ["Response", [sign(entry.outcome), ` ${entry.status ?? "–"}`]],
    ["Duration", [duration(trace.end - trace.start), trace.inProgress && h("span", { class: "partial" }, " in progress")]],
    ["Age", ageOf(trace.start)],
    ["ID", [h("span", { class: "mono" }, id), " ", copyButton("Copy", () => id)]],
    ["URL", h("span", { class: "url", title: url ?? entry.name }, url ?? entry.name)],
  ];
  return h("div", { class: "trace-head" }, h("dl", { class: "head-facts" },
    pairs.map(([term, value]) => h("div", { class: `fact-${term.toLowerCase()}` }, h("dt", null, term), h("dd", null, value)))),
  reasons(trace, onculprit));
}

function reasons(trace, onculprit) {
  const culprits = culpritsOf(trace);
  const more = culprits.length - MOST_REASONS;
  return culprits.length > 0 && h("ul", { class: "head-reasons", "aria-label": "Why it failed" },
    culprits.slice(0, MOST_REASONS).map((node) => h("li", null, sign(node.outcome), " ",
      button([h("bdi", { class: "where" }, placeOf(node)), ": ", h("bdi", { class: "what" }, reasonOf(node, trace) ?? answerOf(node))],
        () => onculprit(node.id), { class: "link clamp", title: "Show the part (e)" }))),
    more > 0 && h("li", { class: "hint" }, `and ${count(more)} more`));
}

function placeOf({ service, name }) {
  return service.name === name ? name : `${service.name} › ${name}`;
}

function answerOf({ status, outcome }) {
  return status ? `answered ${status}` : word(outcome).toLowerCase();
}

/** The map of one trace: `{ element, show(services), close() }`; `ontoggle(open)` is told when the reader opens or closes it. */
export function smallMap({ open, ontoggle }) {
  const drawing = makeDrawing(() => {}, () => ({ width: canvas.clientWidth || innerWidth, height: SMALL_MAP }), (place) => mover.reveal(place));
  const canvas = svg("svg", { class: "map small", role: "group", "aria-label": "Map of this trace" }, drawing.element);
  const mover = panZoom(canvas, drawing.element, drawing.bounds, drawing.rescale);
  const element = h("details", { class: "small-map", open: open && innerWidth > 720, ontoggle: () => ontoggle(element.open) },
    h("summary", null, "Trace map"), canvas);
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
