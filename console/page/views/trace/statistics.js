// The statistics of one trace as a table, sorted by any column.

import { count, duration, percent } from "../../model/format.js";
import { statisticsOf } from "../../model/statistics.js";
import { button, h, put, set } from "../parts/dom.js";
import { sign } from "../parts/sign.js";

const COLUMNS = [["name", "Name"], ["service", "Service"], ["calls", "Count"], ["failed", "Failed"], ["total", "Total"], ["self", "Self"], ["p95", "p95"]];

/** The statistics of a trace: `{ element, show(trace) }`, where another `show` keeps the order that was chosen. `addressOf(id)` leads to a part. */
export function makeStatistics(addressOf) {
  let rows = [];
  let sort = { key: "self", down: true };
  // Only rows are replaced, so that a document that arrives takes the focus from no column.
  const heads = COLUMNS.map(([key, words]) => h("th", { scope: "col" }, button(words, () => resort(key), { class: "plain" })));
  const body = h("tbody");
  const element = h("div", null,
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Statistics" },
      h("table", { class: "statistics" }, h("thead", null, h("tr", null, heads)), body)),
    h("p", { class: "hint" }, "Self is the time in which none of its own parts ran. A name leads to the longest of its parts."));

  function resort(key) {
    sort = { key, down: sort.key === key ? !sort.down : typeof rows[0]?.[key] === "number" };
    draw();
  }

  function draw() {
    const sorted = rows.toSorted((a, b) => (sort.down ? -1 : 1) * compare(a[sort.key], b[sort.key]));
    const whole = rows.reduce((sum, { self }) => sum + self, 0);
    COLUMNS.forEach(([key], column) => set(heads[column], { "aria-sort": sort.key === key ? (sort.down ? "descending" : "ascending") : null }));
    put(body, sorted.map((row) => rowOf(row, whole)));
  }

  function rowOf({ name, service, calls, failed, total, self, p95, longest }, whole) {
    const number = (...content) => h("td", { class: "number" }, content);
    return h("tr", { "data-name": name }, h("td", null, h("a", { href: addressOf(longest) }, h("bdi", null, name))), h("td", null, h("bdi", null, service)),
      number(count(calls)), number(failed > 0 && [sign("fault"), " "], count(failed)), number(duration(total)),
      number(duration(self), whole > 0 && h("span", { class: "hint" }, ` ${percent(self / whole)}`)), number(duration(p95)));
  }

  function show(trace) {
    rows = statisticsOf(trace);
    draw();
  }

  return { element, show };
}

function compare(a, b) {
  return typeof a === "number" ? a - b : String(a).localeCompare(String(b));
}
