// Compare: two traces, part by part, with the differences in duration.

import * as api from "../api.js";
import { linkKeeping, traceLink, windowOf } from "../model/address.js";
import { assemble, entryOf } from "../model/assemble.js";
import { urlIs } from "../model/expression.js";
import { traceIdIn } from "../model/trace-id.js";
import { go, here } from "../state/route.js";
import { makeComparison } from "../views/compare/comparison.js";
import { h, put } from "../views/parts/dom.js";
import { problem } from "../views/parts/problem.js";

// How far back other traces are looked for.
const OFFERED_RANGE = "PT6H";

export function compareScreen({ frame }) {
  let settled = true;
  const message = h("div", { class: "message" });
  const comparison = makeComparison(frame.main, message, { oncompare: (a, b) => go(addressOf(a, b)), addressOf: (b) => addressOf(here().params.a, b),
    traceAddress: (id) => traceLink(id, "", here()) });

  async function refresh() {
    const { a, b } = here().params;
    settled = true;
    try {
      const first = a && await read(a);
      if (a && b) comparison.show(first, await read(b));
      else say(a ? "Looking for other traces of its URL…" : "Give two trace ids. The lists offer the newest traces.");
      await offer(first, b);
    } catch (error) {
      settled = error.status === undefined;
      put(message, problem(error));
    }
  }

  // The newest traces of A's URL, or where there is no A or no URL, of any.
  async function offer(first, b) {
    if (comparison.isTyped()) return;
    const { a } = here().params;
    const url = first && entryOf(first).document.http?.request?.url;
    const traces = await api.newestTraces(windowOf(OFFERED_RANGE), url ? urlIs(url) : "");
    if (here().params.a !== a || here().params.b !== b) return;
    comparison.offer(traces.filter(({ id }) => id !== first?.id));
    if (b) say();
    else if (a) say(traces.length > 1 ? "Choose the second trace, or give its id." : "There is no other trace of its URL in the last 6 hours. Give the id of one.");
  }

  function say(words) {
    put(message, words && h("p", { class: "crumbs", role: "status" }, words));
  }

  return {
    element: comparison.element,
    title: "Compare",
    show: ({ params }) => comparison.fill(params.a, params.b),
    refresh,
    concerns: ({ traces, more }) => more || traces.includes(here().params.a) || traces.includes(here().params.b),
    // What the console did not answer is asked again.
    isSettled: () => settled,
    close: comparison.close,
  };
}

function addressOf(a, b) {
  return linkKeeping(here(), "compare", { a, b });
}

async function read(text) {
  const id = traceIdIn(text);
  if (!id) throw new Error(`“${text}” is not a trace id.`);
  const answer = await api.trace(id);
  if (!answer) throw new Error(`Trace ${id} is not in the store.`);
  return { id, ...assemble(answer.Segments.map(({ Document }) => JSON.parse(Document)), Date.now() / 1000) };
}
