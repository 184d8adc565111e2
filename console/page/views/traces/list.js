// The list of traces: one line each, sorted by the console, only the lines in sight asked for and in the document.

import { age, bothTimes, count, duration } from "../../model/format.js";
import { shortId } from "../../model/trace-id.js";
import { button, h, put, set } from "../parts/dom.js";
import { sign } from "../parts/sign.js";
import { WindowList } from "../parts/window-list.js";
import { pagesOf } from "./pages.js";

const ROW_HEIGHT = 32;
const COLUMNS = [["id", "ID"], ["age", "Age"], ["method", "Method"], ["response", "Response", "Res."], ["time", "Response time", "Time"], ["url", "URL"],
  ["cause", "Why"], ["client", "Client IP"], ["annotations", "Annotations"]];
const YOUNGEST_FIRST = "age";

/** `{ element, wanted(sort, anew), show(rows, total, sort, anew), fill(rows), touch(), close() }` within an element that scrolls. `wanted`
 *  is what to ask for, `show` takes the answer; `onneed(rows)` asks for further ones, which `fill` takes. `sort`: the key of a column,
 *  behind "-" for downwards; `onsort(sort)` is told of another one. `open(id)` and `addressOf(id)` lead to a trace; `ask()` asks again. */
export function makeList(scroller, { onsort, onneed, open, ask, addressOf }) {
  const heads = COLUMNS.map(headOf);
  const pages = pagesOf((offset, limit) => onneed({ ...order, offset, limit, ...(first && { first }) }));
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ id, index }) => id ?? `row ${index}`, render, same: sameRow, touch: showAge });
  const outcome = h("span", { role: "columnheader" }, h("span", { class: "unseen" }, "Outcome"));
  const headRow = h("div", { role: "row", class: "row" }, outcome, heads.map(({ element }) => element));
  const table = h("div", { class: "table traces", role: "table", "aria-label": "Trace list" },
    h("div", { role: "rowgroup", class: "head" }, headRow), rows.element);
  const chip = button("", () => {
    scroller.scrollTop = 0;
    first = null;
    ask();
  }, { class: "chip", hidden: true });
  let order = { sort: YOUNGEST_FIRST };
  let first = null;
  let known = new Set();

  // Rows must not move while they are read: if the list is scrolled down, its start stays, and new rows wait behind a chip.
  function wanted(sort = YOUNGEST_FIRST, anew) {
    const held = !anew && scroller.scrollTop > 0 && sort === YOUNGEST_FIRST;
    order = { sort };
    first = held ? first ?? pages.firstId() : null;
    const place = anew ? 0 : rows.firstInSight();
    return { ...order, ...pages.around(place), ...(first && { first }) };
  }

  function show(answer, total, sort = YOUNGEST_FIRST, anew) {
    chip.hidden = answer.newer === 0;
    chip.textContent = `${count(answer.newer)} new`;
    known = anew ? new Set() : pages.ids();
    pages.renew(answer, total - answer.newer);
    for (const head of heads) head.show(sort);
    set(table, { "aria-rowcount": pages.items.length + 1 });
    rows.show(pages.items);
  }

  function fill(answer) {
    pages.add(answer);
    rows.draw();
  }

  function render(row) {
    if (!row.id) return h("div", { class: "row waiting", role: "row" }, h("span", { role: "cell", class: "url hint" }, "asking…"));
    const element = rowOf(row, addressOf(row.id));
    element.addEventListener("click", ({ target }) => !target.closest("a") && !getSelection().toString() && open(row.id));
    element.classList.toggle("fresh", known.size > 0 && !known.has(row.id));
    return element;
  }

  function headOf([key, label, short]) {
    const direction = (sort) => ({ [key]: "ascending", [`-${key}`]: "descending" })[sort] ?? null;
    const words = short ? [h("span", { class: "long" }, label), h("span", { class: "short" }, short)] : label;
    const sort = button(words, () => onsort(order.sort === key ? `-${key}` : key), { title: short && label });
    const element = h("span", { role: "columnheader", class: key }, sort);
    return { element, show: (by) => set(element, { "aria-sort": direction(by) }) };
  }

  return { element: [chip, table], wanted, show, fill, touch: rows.draw, close: () => rows.close() };
}

function sameRow(a, b) {
  return ["id", "documents", "time", "is_partial", "outcome"].every((member) => a[member] === b[member]);
}

function rowOf(row, address) {
  const { id, start, method, status, url, client, annotations, cause, is_partial: isPartial } = row;
  return h("div", { class: "row", role: "row", "data-trace": id },
    cell("outcome", sign(row.outcome)),
    cell("id", h("a", { class: "mono", href: address, title: id }, shortId(id))),
    h("span", { role: "cell", class: "age number", title: bothTimes(start) }),
    cell("method", method ?? "–"), cell("response", status ?? "–"),
    cell("time number", duration(isPartial && row.time === 0 ? NaN : row.time / 1e6), isPartial && h("span", { class: "partial", title: "Parts are still in progress" }, " partial")),
    h("span", { role: "cell", class: "url", title: url }, urlParts(url)),
    h("span", { role: "cell", class: `cause ${row.outcome}`, title: cause }, cause && h("bdi", null, cause)),
    cell("client", client ?? "–"), cell("annotations", count(annotations)));
}

// On narrow screens only the path is shown.
function urlParts(url) {
  const [, host, path] = /^(\w+:\/\/[^/]*)(\/.*)$/s.exec(url) ?? [null, "", url];
  return [h("span", { class: "host" }, host), path];
}

function showAge(row, { start }) {
  const cellOfAge = row.querySelector(".age");
  if (cellOfAge) put(cellOfAge, age(Date.now() / 1000 - start));
}

function cell(name, ...content) {
  return h("span", { role: "cell", class: name }, content);
}
