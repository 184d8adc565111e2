// How many calls, how many of them failed and how long they took, over the time of a window. Dragging chooses a part of it.

import { clock, duration, percent, plural } from "../../model/format.js";
import { OUTCOMES } from "../../model/outcome.js";
import { brush } from "../parts/brush.js";
import { h, svg } from "../parts/dom.js";

const WIDTH = 320;
const HEIGHT = 40;

/** The elements: two small plots over one axis. `onchoose([start, end])` is told of a part, in epoch seconds. */
export function overTime(spans, window, onchoose) {
  const step = WIDTH / spans.length;
  const total = ({ outcomes }) => outcomes.reduce((sum, calls) => sum + calls, 0);
  const [most, longest] = [Math.max(...spans.map(total), 1), Math.max(...spans.map(({ p95 }) => p95), 1)];
  const at = (index) => window.start + index * (window.end - window.start) / spans.length;
  const bars = spans.map((span, index) => {
    let below = 0;
    return OUTCOMES.map(({ key }, rank) => {
      const height = span.outcomes[rank] / most * HEIGHT;
      below += height;
      return height > 0 && svg("rect", { class: key, x: index * step, y: HEIGHT - below, width: Math.max(0.5, step - 0.5), height });
    }).concat(svg("rect", { class: "span", x: index * step, y: 0, width: step, height: HEIGHT },
      svg("title", null, `${clock(at(index))}: ${wordsOf(span, total(span))}`)));
  });
  const known = spans.map((span, index) => ({ span, index })).filter(({ span }) => total(span) > 0);
  // A line through one point would not be seen: it is as wide as its span.
  const places = known.length === 1 ? [0, 1] : [0.5];
  const line = (key) => svg("polyline", { class: key, points: known.flatMap(({ span, index }) =>
    places.map((place) => `${(index + place) * step},${HEIGHT - span[key] / longest * (HEIGHT - 2)}`)).join(" ") });
  const plot = (words, ...content) => svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words }, content);
  const box = h("div", { class: "over-time" }, plot("Calls over time, and how many of them failed", bars), plot(`Average and p95 over time, up to ${duration(longest / 1e6)}`, line("p95"), line("average")));
  brush(box, (xs) => xs && onchoose(xs.map((share) => window.start + share * (window.end - window.start))));
  return [h("h3", null, "Over time"), box, h("div", { class: "axis" }, h("span", null, clock(window.start)),
    h("span", null, `p95 up to ${duration(longest / 1e6)}`), h("span", null, clock(window.end)))];
}

function wordsOf({ outcomes, average, p95 }, total) {
  if (total === 0) return "no calls";
  return `${plural(total, "call")}, ${percent((total - outcomes[0]) / total)} not OK, average ${duration(average / 1e6)}, p95 ${duration(p95 / 1e6)}`;
}
