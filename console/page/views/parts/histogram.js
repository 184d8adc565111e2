// A response-time distribution: share of calls by duration, and a range chosen with the pointer or two numbers.

import { duration, percent, plural } from "../../model/format.js";
import { quantile } from "../../model/quantile.js";
import { brush } from "./brush.js";
import { h, svg } from "./dom.js";

const BINS = 40;
const WIDTH = 320;
const HEIGHT = 96;

/** `entries`: `[{ Value (seconds), Count }]`; `range`: `[low, high]` in seconds or null; `onrange` is told of a new one. */
export function histogram(entries, range, onrange) {
  if (entries.length === 0) return h("p", { class: "hint" }, "No calls with these outcomes.");
  const scale = scaleOf(entries);
  const total = entries.reduce((sum, { Count }) => sum + Count, 0);
  const plot = h("div", { class: "plot" }, svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
    "aria-label": `Distribution of ${plural(total, "call")}` }, bars(entries, scale, total)));
  const fields = rangeFields(range, (next) => {
    selection.show(next && next.map((seconds) => scale.share(seconds)));
    onrange(next);
  });
  const selection = brush(plot, ([low, high] = []) => {
    const next = low === undefined ? null : [scale.seconds(low), scale.seconds(high)];
    fields.show(next);
    onrange(next);
  });
  selection.show(range && range.map((seconds) => scale.share(seconds)));
  return [plot, h("div", { class: "axis" }, [0, 0.5, 1].map((share) => h("span", null, duration(scale.seconds(share))))), fields.element];
}

// Linear, or logarithmic when a few calls take far longer than most.
function scaleOf(entries) {
  const [median, high] = [quantile(entries, 0.5), quantile(entries, 1) * 1.02 || 0.001];
  if (high < median * 12) return { share: (s) => clamp(s / high), seconds: (at) => at * high };
  const low = Math.max(Math.min(...entries.map(({ Value }) => Value || Infinity)) / 2, high / 1e5);
  const span = Math.log(high / low);
  return { share: (s) => clamp(Math.log(Math.max(s, low) / low) / span), seconds: (at) => low * Math.exp(at * span) };
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

function bars(entries, scale, total) {
  const bins = new Array(BINS).fill(0);
  for (const { Value, Count } of entries) bins[Math.min(BINS - 1, Math.floor(scale.share(Value) * BINS))] += Count;
  const most = Math.max(...bins);
  const at = (index) => duration(scale.seconds(index / BINS));
  return bins.map((calls, index) => calls > 0 && svg("rect", { x: index * WIDTH / BINS + 0.5, width: WIDTH / BINS - 1,
    y: HEIGHT * (1 - calls / most), height: HEIGHT * calls / most },
  svg("title", null, `${at(index)} to ${at(index + 1)}: ${percent(calls / total)}`)));
}

// The same range for those who use no pointer, in milliseconds.
function rangeFields(range, onchange) {
  const [low, high] = ["From", "to"].map((words) =>
    h("input", { type: "number", min: "0", step: "any", "aria-label": `${words} milliseconds`, onchange: changed }));
  function changed() {
    const [from, to] = [low, high].map(({ value }) => (value === "" ? null : Number(value) / 1000));
    onchange(from === null && to === null ? null : [from ?? 0, to ?? 1e6]);
  }
  function show(next) {
    [low.value, high.value] = next ? next.map((seconds) => Number((seconds * 1000).toPrecision(3))) : ["", ""];
  }
  show(range);
  return { element: h("p", { class: "from-to" }, "From ", low, " to ", high, " ms"), show };
}
