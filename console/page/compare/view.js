// Compare: two traces, part by part, with the differences in duration.

import * as api from "../api.js";
import { button, h, put } from "../dom.js";
import { duration, percent } from "../format.js";
import { sign } from "../outcome.js";
import { problem } from "../problem.js";
import { go, here, link, traceLink, windowOf } from "../route.js";
import { assemble, entryOf } from "../trace/assemble.js";
import { bar } from "../trace/line.js";
import { shortId, traceIdIn } from "../trace-id.js";
import { WindowList } from "../window-list.js";
import { pairs } from "./match.js";

const ROW_HEIGHT = 26;
const OFFERED = 50;
const HEADS = ["Name", "A", "B", "B − A", "Outcome", "A above B, each from its own start"];

export function compareView({ frame }) {
  const [first, second] = ["A", "B"].map((words) => h("input", { type: "text", class: "mono", list: "recent", placeholder: "Trace id", "aria-label": `Trace ${words}`, spellcheck: "false" }));
  const recent = h("datalist", { id: "recent" });
  const message = h("div", { class: "message" });
  const head = h("div", { class: "compare-head" });
  const rows = new WindowList(frame.main, { rowHeight: ROW_HEIGHT, key: ({ a, b }) => `${a?.id} ${b?.id}`, render: (line) => rowOf(line, axis), same: () => false });
  const table = h("div", { class: "table compare", role: "table", "aria-label": "Parts of both traces", hidden: true },
    h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" }, HEADS.map((words) => h("span", { role: "columnheader" }, words)))), rows.element);
  let axis = 1;

  const form = h("form", { class: "view-head", onsubmit: (event) => {
    event.preventDefault();
    go(link("compare", { a: traceIdIn(first.value) ?? first.value, b: traceIdIn(second.value) ?? second.value }));
  } }, h("h1", null, "Compare"), h("label", null, "A ", first), h("label", null, "B ", second), recent, h("button", { class: "primary" }, "Compare"),
  button("Swap", () => go(link("compare", { a: here().params.b, b: here().params.a }))));

  async function refresh() {
    const { a, b } = here().params;
    try {
      if (document.activeElement !== first && document.activeElement !== second) await offer(a);
      if (!a || !b) return put(message, h("p", { class: "notice" }, "Give two trace ids. The lists offer the last traces of the same URL as the other one."));
      const [left, right] = await Promise.all([read(a), read(b)]);
      put(message);
      return show(left, right);
    } catch (error) {
      return put(message, problem(error));
    }
  }

  async function offer(a) {
    const summaries = await api.traceSummaries(windowOf("PT6H"));
    const url = summaries.find(({ Id }) => Id === a)?.Http?.HttpURL;
    const alike = summaries.filter((one) => !url || one.Http?.HttpURL === url).sort((x, y) => y.StartTime - x.StartTime);
    put(recent, alike.slice(0, OFFERED).map((one) => h("option", { value: one.Id }, `${duration(one.ResponseTime)} ${one.Http?.HttpStatus ?? ""}`)));
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
    title: "Compare",
    show({ params }) {
      [first.value, second.value] = [params.a ?? "", params.b ?? ""];
    },
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(here().params.a) || traces.includes(here().params.b),
    close: () => rows.close(),
  };
}

async function read(text) {
  const id = traceIdIn(text);
  if (!id) throw new Error(`“${text}” is not a trace id.`);
  const answer = await api.trace(id);
  if (!answer) throw new Error(`Trace ${id} is not in the store.`);
  return { id, ...assemble(answer.Segments.map(({ Document }) => JSON.parse(Document)), Date.now() / 1000) };
}

function headTable(left, right, lines) {
  const only = (side) => lines.filter((line) => line[side] === null).length;
  const column = (trace) => {
    const { document, outcome, status, name } = entryOf(trace);
    return [h("a", { class: "mono", href: traceLink(trace.id) }, shortId(trace.id)), [sign(outcome), ` ${status ?? "–"}`], document.http?.request?.url ?? name, duration(trace.end - trace.start), trace.nodes.size];
  };
  const [ours, theirs] = [column(left), column(right)];
  return h("table", null, h("thead", null, h("tr", null, h("td"), ["A", "B", "B − A"].map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", null, ["Trace", "Response", "URL", "Duration", "Parts"].map((words, index) => h("tr", null, h("th", { scope: "row" }, words), h("td", null, ours[index]), h("td", null, theirs[index]),
      h("td", null, words === "Duration" ? difference(left.end - left.start, right.end - right.start) : words === "Parts" ? `${only("b")} only in A, ${only("a")} only in B` : "")))));
}

function rowOf({ depth, a, b }, axis) {
  const name = (a ?? b).name;
  return h("div", { class: `row ${a && b ? "" : "single"}`, role: "row" },
    h("span", { role: "cell", title: name, style: { "padding-left": `${depth * 14}px` } }, name, !(a && b) && h("span", { class: "hint" }, a ? " only in A" : " only in B")),
    h("span", { role: "cell", class: "number" }, a ? duration(a.end - a.start) : "–"), h("span", { role: "cell", class: "number" }, b ? duration(b.end - b.start) : "–"),
    h("span", { role: "cell", class: "number" }, a && b ? difference(a.end - a.start, b.end - b.start) : "–"),
    h("span", { role: "cell", class: "status" }, [a, b].map((node) => (node ? sign(node.outcome) : " "))),
    h("span", { role: "cell", class: "bars" }, h("span", { class: "track" }, [a, b].map((node, index) => node && halfBar(node, index, axis)))));
}

function halfBar(node, index, axis) {
  const start = rootOf(node).start;
  return bar(`bar half ${index ? "second" : "first"} ${node.kind}`, node.start, node.end, { start, end: start + axis });
}

function rootOf(node) {
  return node.parent ? rootOf(node.parent) : node;
}

function difference(before, after) {
  const by = after - before;
  const words = `${by > 0 ? "+" : ""}${duration(by)}${before > 0 ? ` (${by > 0 ? "+" : "−"}${percent(Math.abs(by) / before)})` : ""}`;
  return h("span", { class: by > before * 0.1 ? "slower" : by < -before * 0.1 ? "faster" : "" }, words);
}
