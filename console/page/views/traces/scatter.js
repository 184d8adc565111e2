// Response time over time: a dot for a trace, or for those that would lie on each other. Dragging selects by both.

import { logTicks, scalesOf } from "../../model/scatter.js";
import { responseTime } from "../../model/expression.js";
import { clock, duration, plural } from "../../model/format.js";
import { OUTCOMES, word } from "../../model/outcome.js";
import { brush } from "../parts/brush.js";
import { h, put } from "../parts/dom.js";

const HEIGHT = 96;
const MARGIN = 4;
const NEAR = 8;

/** `{ element, show(scatter, window, total), repaint(), close() }`. `onselect([start, end], expression)` is told of what was dragged over:
 *  a window in epoch seconds, and the response times; `onopen(id)` of a trace whose dot was clicked. */
export function makeScatter(onselect, onopen) {
  const canvas = h("canvas", { role: "img" });
  const tip = h("div", { class: "tip", hidden: true });
  const plot = h("div", { class: "scatter-plot" }, canvas, tip);
  const [axis, from, to] = [h("div", { class: "scatter-y", "aria-hidden": "true" }), h("span"), h("span")];
  const element = h("div", { class: "scatter" }, axis, plot, h("div", { class: "scatter-x", "aria-hidden": "true" }, from, h("span", null, "log scale"), to));
  let scales = null;
  let drawn = null;
  const selection = brush(plot, choose, { vertical: true });

  function choose(xs, ys) {
    if (!scales) return;
    if (xs) select(xs, ys);
  }

  function select(xs, ys) {
    selection.show();
    onselect(xs.map(scales.at), responseTime(scales.seconds(1 - ys[1]), scales.seconds(1 - ys[0])));
  }

  function show(scatter, window, total) {
    if (plot.matches(":active")) return;
    drawn = { scatter, window, total };
    scales = scalesOf(scatter, window);
    paint(canvas, scatter.marks, scales);
    const [least, most] = [duration(scatter.low / 1e6), duration(scatter.high / 1e6)];
    canvas.setAttribute("aria-label", `Response times of ${plural(total, "trace")} over time, from ${least} to ${most}`);
    put(axis, logTicks(scales).map(({ seconds, share }) => h("span", { style: { bottom: `${share * (HEIGHT - 2 * MARGIN) + MARGIN}px` } }, duration(seconds))));
    put(from, clock(window.start));
    put(to, clock(window.end));
  }

  function nearest({ clientX, clientY }) {
    if (!scales) return null;
    const box = plot.getBoundingClientRect();
    let [best, least] = [null, NEAR ** 2];
    for (const mark of drawn.scatter.marks) {
      const dx = scales.x(mark[0]) * box.width - (clientX - box.left);
      const dy = top(scales, mark) - (clientY - box.top);
      const distance = dx * dx + dy * dy;
      if (distance < least) [best, least] = [mark, distance];
    }
    return best;
  }

  function hover(event) {
    const mark = event.buttons === 0 ? nearest(event) : null;
    plot.classList.toggle("near", mark !== null);
    tip.hidden = mark === null;
    if (!mark) return;
    const [start, micros, ...rest] = mark;
    const counts = OUTCOMES.map(({ key }, index) => [key, rest[index]]).filter(([, times]) => times > 0);
    put(tip, `${clock(drawn.window.start + start)}, ${duration(micros / 1e6)}: `, counts.map(([key, times]) => `${times} ${word(key)}`).join(", "));
    const left = scales.x(start) * plot.clientWidth;
    tip.style.setProperty(left > plot.clientWidth / 2 ? "right" : "left", `${Math.max(0, left > plot.clientWidth / 2 ? plot.clientWidth - left + 8 : left + 8)}px`);
    tip.style.setProperty(left > plot.clientWidth / 2 ? "left" : "right", "auto");
  }

  // A dot of one trace opens it; one of many is narrowed to.
  let pressed = null;
  function click(event) {
    const mark = Math.abs(event.clientX - pressed?.x) < 4 ? nearest(event) : null;
    if (!mark) return;
    const [start, micros, ok, error, throttle, fault, id] = mark;
    if (ok + error + throttle + fault === 1) return onopen(id);
    const [seconds, factor] = drawn.scatter.grain;
    const at = drawn.window.start + start;
    const half = Math.sqrt(factor);
    onselect([at - seconds / 2, at + seconds / 2], responseTime(micros / half / 1e6, micros * half / 1e6));
    return undefined;
  }

  plot.addEventListener("pointerdown", ({ clientX }) => { pressed = { x: clientX }; });
  plot.addEventListener("pointermove", hover);
  plot.addEventListener("pointerleave", () => { tip.hidden = true; });
  plot.addEventListener("click", click);
  const repaint = () => drawn && show(drawn.scatter, drawn.window, drawn.total);
  const observer = new ResizeObserver(() => canvas.width !== pixels(canvas) && repaint());
  observer.observe(plot);
  return { element, show, repaint, close: () => observer.disconnect() };
}

function top({ y }, [, micros]) {
  return y(micros / 1e6) * (HEIGHT - 2 * MARGIN) + MARGIN;
}

function paint(canvas, marks, scales) {
  if (pixels(canvas) === 0) return;
  const ratio = devicePixelRatio || 1;
  canvas.width = pixels(canvas);
  canvas.height = HEIGHT * ratio;
  const width = canvas.width / ratio;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  // Rare outcomes are painted last, over the others.
  OUTCOMES.forEach(({ key }, index) => {
    canvas.style.color = `var(--${key})`;
    context.fillStyle = getComputedStyle(canvas).color;
    for (const mark of marks) {
      const times = mark[2 + index];
      if (times === 0) continue;
      const size = Math.min(7, (key === "ok" ? 3 : 4) + Math.log10(times));
      context.globalAlpha = Math.min(1, 0.6 + 0.15 * Math.log10(times));
      context.fillRect(scales.x(mark[0]) * width - size / 2, top(scales, mark) - size / 2, size, size);
    }
  });
}

function pixels(canvas) {
  return Math.round(canvas.parentElement.clientWidth * (devicePixelRatio || 1));
}
