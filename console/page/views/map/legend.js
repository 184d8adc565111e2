// What colours, signs and lines of the map mean.

import { OUTCOMES } from "../../model/outcome.js";
import { h, svg } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

const MEANINGS = { ok: "answered without error", error: "4xx, the caller's mistake", throttle: "429, too many calls", fault: "5xx, its own fault" };

/** The legend, closed until it is opened. */
export function legend() {
  return h("details", { class: "legend" }, h("summary", null, "Legend"), h("dl", null,
    OUTCOMES.map(({ key, word }) => [h("dt", null, sign(key)), h("dd", null, h("b", null, word), ` ${MEANINGS[key]}`)]),
    entry(svg("circle", { class: "dashes", cx: 14, cy: 8, r: 6 }), "inferred from calls: it sends no segments"),
    entry(svg("path", { class: "line", d: "M 1 8 H 27" }), "calls; darker where there are more"),
    entry(svg("path", { class: "line fault", d: "M 1 8 H 12" }), "the share of calls with a fault"),
    entry(svg("path", { class: "line", d: "M 1 8 H 27", "stroke-dasharray": "5 4" }), "linked, as by a queue")),
  h("p", { class: "hint" }, "In a ring: average time, traces a minute."));
}

function entry(shape, words) {
  return [h("dt", null, svg("svg", { viewBox: "0 0 28 16", width: 28, height: 16, "aria-hidden": "true" }, shape)), h("dd", null, words)];
}
