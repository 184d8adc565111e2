// Compare: two traces, part by part, with the differences in duration.

import * as api from "../api.js";
import { button, h, put } from "../dom.js";
import { duration } from "../format.js";
import { problem } from "../problem.js";
import { go, here, link, windowOf } from "../route.js";
import { assemble } from "../trace/assemble.js";
import { traceIdIn } from "../trace-id.js";
import { WindowList } from "../window-list.js";
import { pairs } from "./match.js";
import { headLine, headTable, pairLine } from "./lines.js";

const ROW_HEIGHT = 26;
const OFFERED = 50;

export function compareView({ frame }) {
  const [first, second] = ["A", "B"].map(idField);
  const recent = h("datalist", { id: "recent" });
  const message = h("div", { class: "message" });
  const head = h("div", { class: "compare-head" });
  const rows = new WindowList(frame.main, { rowHeight: ROW_HEIGHT, key: ({ a, b }) => `${a?.id} ${b?.id}`,
    render: (line) => pairLine(line, axis), same: () => false });
  const table = h("div", { class: "table compare", role: "table", "aria-label": "Parts of both traces", hidden: true }, headLine(), rows.element);
  let axis = 1;

  const form = h("form", { class: "view-head", onsubmit: submit }, h("h1", null, "Compare"),
    h("label", null, "A ", first), h("label", null, "B ", second), recent,
    h("button", { class: "primary" }, "Compare"), button("Swap", () => go(link("compare", { a: here().params.b, b: here().params.a }))));

  function submit(event) {
    event.preventDefault();
    go(link("compare", { a: traceIdIn(first.value) ?? first.value, b: traceIdIn(second.value) ?? second.value }));
  }

  async function refresh() {
    const { a, b } = here().params;
    try {
      if (document.activeElement !== first && document.activeElement !== second) await offer(a);
      if (a && b) show(await read(a), await read(b));
      put(message, !(a && b) && h("p", { class: "notice" }, "Give two trace ids. The lists offer the last traces of A's URL."));
    } catch (error) {
      put(message, problem(error));
    }
  }

  async function offer(a) {
    const summaries = await api.traceSummaries(windowOf("PT6H"));
    const url = summaries.find(({ Id }) => Id === a)?.Http?.HttpURL;
    const alike = summaries.filter(({ Http }) => !url || Http?.HttpURL === url).sort((x, y) => y.StartTime - x.StartTime);
    put(recent, alike.slice(0, OFFERED).map(({ Id, ResponseTime, Http }) =>
      h("option", { value: Id }, `${duration(ResponseTime)} ${Http?.HttpStatus ?? ""}`)));
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

function idField(words) {
  return h("input", { type: "text", class: "mono", list: "recent", placeholder: "Trace id", "aria-label": `Trace ${words}`, spellcheck: "false" });
}

async function read(text) {
  const id = traceIdIn(text);
  if (!id) throw new Error(`“${text}” is not a trace id.`);
  const answer = await api.trace(id);
  if (!answer) throw new Error(`Trace ${id} is not in the store.`);
  return { id, ...assemble(answer.Segments.map(({ Document }) => JSON.parse(Document)), Date.now() / 1000) };
}
