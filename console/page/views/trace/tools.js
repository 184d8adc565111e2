// What one does with a trace: search within, go to the next error, compare, export.

import { link } from "../../model/address.js";
import { button, h } from "../parts/dom.js";

/** `{ element, show(trace), nextError(), focus() }`; `onexport` writes the file. */
export function makeTools(timeline, onexport) {
  const search = h("input", { type: "search", placeholder: "Search within (/)", "aria-label": "Search within the trace",
    oninput: find, onkeydown: ({ key }) => key === "Enter" && timeline.next(1, matches) });
  const hits = h("span", { class: "hint", role: "status" });
  const errors = button("", nextError, { title: "Next error (e)" });
  const compare = h("a", { class: "button" }, "Compare");
  const element = h("div", { class: "tools" }, search, hits, errors, compare,
    button("Export", onexport, { title: "One HTML file that opens without a server" }));
  let nodes = [];

  function show(id, trace) {
    nodes = [...trace.nodes.values()];
    const bad = nodes.filter(isBad).length;
    errors.textContent = bad ? `Next error (${bad})` : "No errors";
    errors.disabled = bad === 0;
    compare.href = link("compare", { a: id });
    if (wanted()) find();
  }

  function wanted() {
    return search.value.trim().toLowerCase();
  }

  function matches(node) {
    return wanted() !== "" && textOf(node).includes(wanted());
  }

  function find() {
    const found = new Set(nodes.filter(matches).map(({ id }) => id));
    timeline.find(found);
    hits.textContent = wanted() && `${found.size} found`;
  }

  function nextError() {
    timeline.next(1, isBad);
  }

  return { element, show, nextError, focus: () => search.focus() };
}

function isBad({ outcome }) {
  return outcome !== "ok";
}

function textOf({ document, name }) {
  const { subsegments, ...own } = document;
  return `${name} ${JSON.stringify(own)}`.toLowerCase();
}
