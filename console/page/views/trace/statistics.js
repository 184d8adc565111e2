// The statistics of one trace as a table, sorted by any column.

import { count, duration, percent } from "../../model/format.js";
import { statisticsOf } from "../../model/statistics.js";
import { button, h, put } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

const COLUMNS = [["name", "Name"], ["service", "Service"], ["calls", "Count"], ["failed", "Failed"], ["total", "Total"], ["self", "Self"], ["p95", "p95"]];

/** Fills `element` with the statistics of a trace; `addressOf(id)` leads to a part of it. */
export function showStatistics(element, trace, addressOf) {
  const rows = statisticsOf(trace);
  const whole = rows.reduce((sum, { self }) => sum + self, 0);
  let sort = { key: "self", down: true };

  function resort(key) {
    sort = { key, down: sort.key === key ? !sort.down : typeof rows[0]?.[key] === "number" };
    draw();
  }

  function draw() {
    const sorted = rows.toSorted((a, b) => (sort.down ? -1 : 1) * compare(a[sort.key], b[sort.key]));
    put(element, h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Statistics" },
      h("table", { class: "statistics" }, h("thead", null, h("tr", null, COLUMNS.map(head))), h("tbody", null, sorted.map(rowOf)))),
    h("p", { class: "hint" }, "Self is the time in which none of its own parts ran. A name leads to the longest of its parts."));
  }

  function head([key, words]) {
    const order = sort.key === key ? (sort.down ? "descending" : "ascending") : null;
    return h("th", { scope: "col", "aria-sort": order }, button(words, () => resort(key), { class: "plain" }));
  }

  function rowOf({ name, service, calls, failed, total, self, p95, longest }) {
    const number = (...content) => h("td", { class: "number" }, content);
    return h("tr", { "data-name": name }, h("td", null, h("a", { href: addressOf(longest) }, h("bdi", null, name))), h("td", null, h("bdi", null, service)),
      number(count(calls)), number(failed > 0 && [sign("fault"), " "], count(failed)), number(duration(total)),
      number(duration(self), whole > 0 && h("span", { class: "hint" }, ` ${percent(self / whole)}`)), number(duration(p95)));
  }

  draw();
}

function compare(a, b) {
  return typeof a === "number" ? a - b : String(a).localeCompare(String(b));
}
