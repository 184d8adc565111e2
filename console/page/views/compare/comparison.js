// Two traces beside each other: the form that asks for them, the facts about both, and their parts in pairs.

import { age, bothTimes, duration } from "../../model/format.js";
import { pairs } from "../../model/match.js";
import { shortId, traceIdIn } from "../../model/trace-id.js";
import { button, h, put } from "../parts/dom.js";
import { sign } from "../parts/sign.js";
import { WindowList } from "../parts/window-list.js";
import { headLine, headTable, pairLine } from "./lines.js";

const ROW_HEIGHT = 26;
const LISTED = 12;

/** `{ element, fill(a, b), isTyped(), offer(traces), show(left, right), close() }` within an element that scrolls.
 *  `message` stands below the form; `oncompare(a, b)` is told of other ids, `addressOf(b)` leads to the comparison with another second trace,
 *  `traceAddress(id)` to a trace. */
export function makeComparison(scroller, message, { oncompare, addressOf, traceAddress }) {
  const [first, second] = ["A", "B"].map(idField);
  const recent = h("datalist", { id: "recent" });
  const offers = h("ul", { class: "compare-offers", "aria-label": "Traces to compare with" });
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
    if (a && b) return;
    put(head);
    put(offers);
    table.hidden = true;
  }

  function offer(traces) {
    put(recent, traces.map(({ id, time, status }) => h("option", { value: id }, `${duration(time / 1e6)} ${status ?? ""}`)));
    put(offers, asked[0] && !asked[1] && traces.slice(0, LISTED).map(({ id, time, start, outcome }) => h("li", null, sign(outcome), " ",
      h("a", { class: "mono", href: addressOf(id), title: id }, shortId(id)), ` ${duration(time / 1e6)}, `,
      h("span", { class: "hint", title: bothTimes(start) }, `${age(Date.now() / 1000 - start)} ago`))));
  }

  function show(left, right) {
    axis = Math.max(left.end - left.start, right.end - right.start);
    const lines = pairs(left, right);
    put(head, headTable(left, right, lines, traceAddress));
    table.hidden = false;
    put(offers);
    rows.show(lines);
  }

  return {
    element: h("section", { class: "compare-view" }, form, message, offers, head, table),
    fill, offer, show,
    isTyped: () => [first, second].includes(document.activeElement),
    close: () => rows.close(),
  };
}

function idField(words) {
  return h("input", { type: "text", class: "mono", list: "recent", placeholder: "Trace id", "aria-label": `Trace ${words}`, spellcheck: "false" });
}
