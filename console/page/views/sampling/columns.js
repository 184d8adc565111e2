// Services' reports on a rule, in columns of ten seconds: matched, sampled, and borrowed requests.

import { clock, count } from "../../model/format.js";
import { h, svg } from "../parts/dom.js";

const HEIGHT = 40;
const WIDTH = 6;
const SERIES = ["matched", "sampled", "borrowed"];

/** The last `kept_seconds` of a rule as a small chart with its sums. */
export function columnChart(columns, { at, column_seconds: seconds, kept_seconds: kept }) {
  const number = Math.ceil(kept / seconds);
  const last = Math.floor(at / seconds) * seconds;
  const most = Math.max(1, ...columns.map(({ matched }) => matched));
  const bars = columns.map((column) => bar(column, number - 1 - (last - column.at) / seconds, most));
  const sums = SERIES.map((name) => [name, columns.reduce((sum, column) => sum + column[name], 0)]);
  const words = `${sums.map(([name, sum]) => `${count(sum)} ${name}`).join(", ")} in the last ${kept / 60} minutes`;
  return h("figure", { class: "columns" },
    svg("svg", { viewBox: `0 0 ${number * WIDTH} ${HEIGHT}`, width: number * WIDTH, height: HEIGHT, role: "img", "aria-label": words }, bars),
    h("figcaption", null, sums.map(([name, sum]) => h("span", { class: name, "data-sum": name }, `${count(sum)} ${name} `)),
      columns.length > 0 && h("span", { class: "hint" }, `at most ${count(most)} in ${seconds} s`)));
}

function bar(column, place, most) {
  const title = `${clock(column.at)}: ${SERIES.map((name) => `${count(column[name])} ${name}`).join(", ")}`;
  return svg("g", { "data-at": column.at }, svg("title", null, title), SERIES.map((name) => {
    const height = HEIGHT * column[name] / most;
    return svg("rect", { class: name, x: place * WIDTH + 0.5, width: WIDTH - 1, y: HEIGHT - height, height });
  }));
}
