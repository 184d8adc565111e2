// Compare: two traces, part by part, with the differences in duration.

import * as api from "../api.js";
import { link, windowOf } from "../model/address.js";
import { assemble } from "../model/assemble.js";
import { traceIdIn } from "../model/trace-id.js";
import { go, here } from "../state/route.js";
import { makeComparison } from "../views/compare/comparison.js";
import { h, put } from "../views/parts/dom.js";
import { problem } from "../views/parts/problem.js";

export function compareScreen({ frame }) {
  const message = h("div", { class: "message" });
  const comparison = makeComparison(frame.main, message, (a, b) => go(link("compare", { a, b })));

  async function refresh() {
    const { a, b } = here().params;
    try {
      if (!comparison.isTyped()) api.newestTraces(windowOf("PT6H")).then(comparison.offer, () => null);
      if (a && b) comparison.show(await read(a), await read(b));
      put(message, !(a && b) && h("p", { class: "notice" }, "Give two trace ids. The lists offer the last traces of A's URL."));
    } catch (error) {
      put(message, problem(error));
    }
  }

  return {
    element: comparison.element,
    title: "Compare",
    show: ({ params }) => comparison.fill(params.a, params.b),
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(here().params.a) || traces.includes(here().params.b),
    close: comparison.close,
  };
}

async function read(text) {
  const id = traceIdIn(text);
  if (!id) throw new Error(`“${text}” is not a trace id.`);
  const answer = await api.trace(id);
  if (!answer) throw new Error(`Trace ${id} is not in the store.`);
  return { id, ...assemble(answer.Segments.map(({ Document }) => JSON.parse(Document)), Date.now() / 1000) };
}
