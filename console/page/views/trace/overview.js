// The whole trace in a strip: dragging over it chooses the part of the time that the timeline shows.

import { duration } from "../../model/format.js";
import { brush } from "../parts/brush.js";
import { button, h, put } from "../parts/dom.js";

const HEIGHT = 36;

/** `{ element, show(trace, view) }`: a row above the timeline, where `view` is the part `{ start, end }` that is shown, or null for all;
 *  `onview(view)` is told of another. */
export function makeOverview(onview) {
  const canvas = h("canvas", { role: "img" });
  const shades = [h("span", { class: "shade" }), h("span", { class: "shade" })];
  const strip = h("div", { class: "strip", ondblclick: () => onview(null), title: "Drag over a part of the time to see it alone; a double click shows all" }, canvas, shades);
  const words = h("span", { class: "hint" });
  const all = button("All", () => onview(null), { title: "The whole time (0)" });
  const element = h("div", { class: "overview-row" }, h("span", { class: "overview-words" }, words, all), h("div", { class: "overview-bars" }, strip));
  let shown = null;
  const selection = brush(strip, (xs) => {
    selection.show();
    if (!xs) return;
    const { start, end } = shown;
    onview({ start: start + xs[0] * (end - start), end: start + xs[1] * (end - start) });
  });

  function show(trace, view) {
    shown = trace;
    const whole = trace.end - trace.start;
    canvas.setAttribute("aria-label", `The whole trace, ${duration(whole)}`);
    put(words, view ? `${duration(view.end - view.start)} of ${duration(whole)}` : "Drag to zoom");
    all.hidden = view === null;
    const share = (at) => `${(at - trace.start) / (whole || 1) * 100}%`;
    shades[0].style.setProperty("width", view ? share(view.start) : "0");
    shades[1].style.setProperty("left", view ? share(view.end) : "100%");
    paint(canvas, trace);
  }

  return { element, show };
}

// Each part a line in its turn; of ten thousand, those that share a line of pixels lie on each other.
function paint(canvas, trace) {
  const ratio = devicePixelRatio || 1;
  const width = Math.round(canvas.parentElement.clientWidth * ratio);
  if (width === 0) return;
  canvas.width = width;
  canvas.height = HEIGHT * ratio;
  const nodes = [...trace.nodes.values()].filter(({ kind }) => kind !== "inferred").sort((a, b) => a.start - b.start);
  const context = canvas.getContext("2d");
  const line = canvas.height / nodes.length;
  const scale = width / ((trace.end - trace.start) || 1);
  const colours = Object.fromEntries(["fault", "segment", "remote", "local"].map((name) => [name, colourOf(canvas, name)]));
  nodes.forEach((node, index) => {
    context.fillStyle = colours[node.outcome === "fault" ? "fault" : node.kind];
    context.fillRect((node.start - trace.start) * scale, index * line, Math.max(ratio, (node.end - node.start) * scale), Math.max(1, Math.min(line - 1, 4 * ratio)));
  });
}

function colourOf(canvas, name) {
  canvas.style.color = `var(--${name})`;
  return getComputedStyle(canvas).color;
}
