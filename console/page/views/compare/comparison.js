// Two traces beside each other: the form that asks for them, the facts about both, and their parts in pairs.

import { duration } from "../../model/format.js";
import { pairs } from "../../model/match.js";
import { traceIdIn } from "../../model/trace-id.js";
import { button, h, put } from "../parts/dom.js";
import { WindowList } from "../parts/window-list.js";
import { headLine, headTable, pairLine } from "./lines.js";

const ROW_HEIGHT = 26;
const OFFERED = 50;

/** `{ element, fill(a, b), isTyped(), offer(traces), show(left, right), close() }` within an element that scrolls.
 *  `message` stands below the form; `oncompare(a, b)` is told of other ids. */
export function makeComparison(scroller, message, oncompare) {
  const [first, second] = ["A", "B"].map(idField);
  const recent = h("datalist", { id: "recent" });
  const head = h("div", { class: "compare-head" });
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: ({ a, b }) => `${a?.id} ${b?.id}`,
    render: (line) => pairLine(line, axis), same: () => false });
  const table = h("div", { class: "table compare", role: "table", "aria-label": "Parts of both traces", hidden: true }, headLine(), rows.element);
  let axis = 1;
  let asked = [];

  const form = h("form", { class: "view-head", onsubmit: submit }, h("h1", null, "Compare"),
    h("label", null, "A ", first), h("label", null, "B ", second), recent,
    h("button", { class: "primary" }, "Compare"), button("Swap", () => oncompare(...asked.toReversed())));

  function submit(event) {
    event.preventDefault();
    oncompare(...[first, second].map(({ value }) => traceIdIn(value) ?? value));
  }

  function fill(a, b) {
    asked = [a, b];
    [first.value, second.value] = [a ?? "", b ?? ""];
  }

  // The last traces of A's URL, or where it has none, of any.
  function offer(traces) {
    const url = traces.find(({ id }) => id === asked[0])?.url;
    const alike = traces.filter((one) => !url || one.url === url);
    put(recent, alike.slice(0, OFFERED).map(({ id, time, status }) => h("option", { value: id }, `${duration(time / 1e6)} ${status ?? ""}`)));
  }

  function show(left, right) {
    axis = Math.max(left.end - left.start, right.end - right.start);
    const lines = pairs(left, right);
    put(head, headTable(left, right, lines));
    table.hidden = false;
    rows.show(lines);
  }

  return {
    element: h("section", { class: "compare-view" }, form, message, head, table),
    fill, offer, show,
    isTyped: () => [first, second].includes(document.activeElement),
    close: () => rows.close(),
  };
}

function idField(words) {
  return h("input", { type: "text", class: "mono", list: "recent", placeholder: "Trace id", "aria-label": `Trace ${words}`, spellcheck: "false" });
}
