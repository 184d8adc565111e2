// The list of traces: one line each, sortable, only the lines in sight in the document.

import { traceLink } from "../../model/address.js";
import { age, bothTimes, count, duration } from "../../model/format.js";
import { ofSummary } from "../../model/outcome.js";
import { shortId } from "../../model/trace-id.js";
import { button, h, put, set } from "../parts/dom.js";
import { sign } from "../parts/sign.js";
import { WindowList } from "../parts/window-list.js";

const ROW_HEIGHT = 32;
const COLUMNS = [
  { key: "id", label: "ID", value: ({ Id }) => Id },
  { key: "age", label: "Age", value: ({ StartTime }) => -StartTime },
  { key: "method", label: "Method", value: ({ Http }) => Http?.HttpMethod ?? "" },
  { key: "response", label: "Response", value: ({ Http }) => Http?.HttpStatus ?? 0 },
  { key: "time", label: "Response time", value: ({ ResponseTime }) => ResponseTime ?? 0 },
  { key: "url", label: "URL", value: ({ Http, EntryPoint }) => Http?.HttpURL ?? EntryPoint?.Name ?? "" },
  { key: "client", label: "Client IP", value: ({ Http }) => Http?.ClientIp ?? "" },
  { key: "annotations", label: "Annotations", value: (summary) => annotationsOf(summary) },
];
const YOUNGEST_FIRST = "age";

/** `{ element, show(summaries, sort, anew), close() }` within an element that scrolls. `sort`: the key of a column, behind "-" for
 *  downwards; `anew`: the answer to another question. `onsort(sort)` is told of another order. */
export function makeList(scroller, onsort) {
  const heads = COLUMNS.map(headOf);
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ Id }) => Id, render, same: sameRow, touch: showAge });
  const outcome = h("span", { role: "columnheader" }, h("span", { class: "unseen" }, "Outcome"));
  const headRow = h("div", { role: "row", class: "row" }, outcome, heads.map(({ element }) => element));
  const table = h("div", { class: "table traces", role: "table", "aria-label": "Trace list" },
    h("div", { role: "rowgroup", class: "head" }, headRow), rows.element);
  const chip = button("", () => {
    scroller.scrollTop = 0;
    show(waiting);
  }, { class: "chip", hidden: true });
  let waiting = [];
  let known = new Set();
  let order = orderOf();

  // Rows must not move under the reader's eyes: scrolled down, what is new waits behind a chip.
  function offer(summaries, sort, anew) {
    [waiting, order] = [summaries, orderOf(sort)];
    const fresh = newer(summaries, rows.items);
    const held = !anew && scroller.scrollTop > 0 && rows.items.length > 0 && order.key === YOUNGEST_FIRST && fresh > 0;
    chip.hidden = !held;
    chip.textContent = `${count(fresh)} new`;
    if (!held) show(summaries);
  }

  function show(summaries) {
    chip.hidden = true;
    known = new Set(rows.items.map(({ Id }) => Id));
    const { key, down } = order;
    for (const head of heads) head.show(key, down);
    set(table, { "aria-rowcount": summaries.length + 1 });
    rows.show(sorted(summaries, key, down));
  }

  function render(summary) {
    const row = rowOf(summary);
    row.classList.toggle("fresh", known.size > 0 && !known.has(summary.Id));
    return row;
  }

  function headOf({ key, label }) {
    const sort = button(label, () => {
      const sort = `${key === order.key && !order.down ? "-" : ""}${key}`;
      order = orderOf(sort);
      onsort(sort);
      show(waiting);
    });
    const element = h("span", { role: "columnheader", class: key }, sort);
    const direction = (down) => (down ? "descending" : "ascending");
    return { element, show: (by, down) => set(element, { "aria-sort": by === key ? direction(down) : null }) };
  }

  return { element: [chip, table], show: offer, close: () => rows.close() };
}

function orderOf(sort = YOUNGEST_FIRST) {
  return sort.startsWith("-") ? { key: sort.slice(1), down: true } : { key: sort, down: false };
}

function sorted(summaries, key, down) {
  const { value } = COLUMNS.find((column) => column.key === key) ?? COLUMNS[1];
  const valued = summaries.map((summary) => [value(summary), summary]);
  valued.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
  return valued.map(([, summary]) => summary);
}

function newer(summaries, shown) {
  const known = new Set(shown.map(({ Id }) => Id));
  return summaries.filter(({ Id }) => !known.has(Id)).length;
}

function sameRow(a, b) {
  return ["Revision", "Duration", "IsPartial"].every((member) => a[member] === b[member]) && ofSummary(a) === ofSummary(b);
}

function rowOf(summary) {
  const { Id, Http, EntryPoint, IsPartial } = summary;
  const url = Http?.HttpURL ?? EntryPoint?.Name ?? "";
  return h("div", { class: "row", role: "row", "data-trace": Id },
    cell("outcome", sign(ofSummary(summary))),
    cell("id", h("a", { class: "mono", href: traceLink(Id), title: Id }, shortId(Id))),
    h("span", { role: "cell", class: "age number", title: bothTimes(summary.StartTime) }),
    cell("method", Http?.HttpMethod ?? "–"), cell("response", Http?.HttpStatus ?? "–"),
    cell("time number", duration(IsPartial ? summary.ResponseTime || NaN : summary.ResponseTime), IsPartial && h("span", { class: "partial", title: "Parts are still in progress" }, " partial")),
    h("span", { role: "cell", class: "url", title: url }, urlParts(url)),
    cell("client", Http?.ClientIp ?? "–"), cell("annotations", count(annotationsOf(summary))));
}

// On narrow screens only the path is shown.
function urlParts(url) {
  const [, host, path] = /^(\w+:\/\/[^/]*)(\/.*)$/s.exec(url) ?? [null, "", url];
  return [h("span", { class: "host" }, host), path];
}

function showAge(row, { StartTime }) {
  put(row.querySelector(".age"), age(Date.now() / 1000 - StartTime));
}

function cell(name, ...content) {
  return h("span", { role: "cell", class: name }, content);
}

function annotationsOf({ Annotations }) {
  return Object.keys(Annotations ?? {}).length;
}
