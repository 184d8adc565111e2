// Response time over time, a dot for a trace; dragging selects traces by both.

import { responseTime } from "../../model/expression.js";
import { clock, duration, plural } from "../../model/format.js";
import { OUTCOMES, ofSummary } from "../../model/outcome.js";
import { brush } from "../parts/brush.js";
import { h, put } from "../parts/dom.js";

const HEIGHT = 96;
const MARGIN = 4;

/** `{ element, show(summaries, window), repaint(), close() }`. `onselect([start, end], expression)` is told of what was dragged over:
 *  a window in epoch seconds, and the response times. */
export function makeScatter(onselect) {
  const canvas = h("canvas", { role: "img" });
  const plot = h("div", { class: "scatter-plot" }, canvas);
  const [high, low, from, to] = [h("span"), h("span"), h("span"), h("span")];
  const element = h("div", { class: "scatter" }, h("div", { class: "scatter-y", "aria-hidden": "true" }, high, low), plot,
    h("div", { class: "scatter-x", "aria-hidden": "true" }, from, to));
  let scales = null;
  let drawn = { summaries: [], window: null };
  const selection = brush(plot, choose, { vertical: true });

  function choose(xs, ys) {
    if (!xs || !scales) return;
    selection.show();
    onselect(xs.map(scales.at), responseTime(scales.seconds(1 - ys[1]), scales.seconds(1 - ys[0])));
  }

  function show(summaries, window) {
    drawn = { summaries, window };
    if (!window) return;
    scales = scalesOf(summaries, window);
    paint(canvas, summaries, scales);
    const [least, most] = [duration(scales.seconds(0)), duration(scales.seconds(1))];
    canvas.setAttribute("aria-label", `Response times of ${plural(summaries.length, "trace")} over time, from ${least} to ${most}`);
    put(high, most);
    put(low, least);
    put(from, clock(window.start));
    put(to, clock(window.end));
  }

  const repaint = () => show(drawn.summaries, drawn.window);
  const observer = new ResizeObserver(() => canvas.width !== pixels(canvas) && repaint());
  observer.observe(plot);
  return { element, show, repaint, close: () => observer.disconnect() };
}

// Response times spread over orders of magnitude: the axis is logarithmic.
function scalesOf(summaries, { start, end }) {
  let [low, high] = [Infinity, 0];
  for (const summary of summaries) {
    const time = timeOf(summary);
    low = Math.min(low, time);
    high = Math.max(high, time);
  }
  low = Math.min(low, 0.001) * 0.8;
  high = Math.max(high, low * 10) * 1.25;
  const span = Math.log(high / low);
  return {
    x: (at) => (at - start) / (end - start),
    y: (seconds) => 1 - Math.log(seconds / low) / span,
    at: (share) => start + share * (end - start),
    seconds: (share) => low * Math.exp(share * span),
  };
}

function paint(canvas, summaries, { x, y }) {
  if (pixels(canvas) === 0) return;
  const ratio = devicePixelRatio || 1;
  canvas.width = pixels(canvas);
  canvas.height = HEIGHT * ratio;
  const width = canvas.width / ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.globalAlpha = summaries.length > 2000 ? 0.4 : 0.75;
  // Rare outcomes are painted last, over the others.
  for (const { key } of OUTCOMES) {
    canvas.style.color = `var(--${key})`;
    context.fillStyle = getComputedStyle(canvas).color;
    for (const summary of summaries) {
      if (ofSummary(summary) !== key) continue;
      const at = y(timeOf(summary)) * (HEIGHT - 2 * MARGIN) + MARGIN;
      context.fillRect(x(summary.StartTime) * width - 1.5, at - 1.5, key === "ok" ? 3 : 4, key === "ok" ? 3 : 4);
    }
  }
}

function pixels(canvas) {
  return Math.round(canvas.parentElement.clientWidth * (devicePixelRatio || 1));
}

function timeOf({ ResponseTime, Duration }) {
  return Math.max(1e-6, ResponseTime || Duration || 0);
}
