// What one does with a trace: search within, go to the next error, compare, export.

import { linkKeeping } from "../../model/address.js";
import { failuresOf } from "../../model/failure.js";
import { button, h } from "../parts/dom.js";

/** `{ element, show(id, trace, route), nextError(), focus() }`; `onexport` writes the file, `onjson` that of the documents. */
export function makeTools(timeline, { onexport, onjson }) {
  const search = h("input", { type: "search", placeholder: "Search within (/)", "aria-label": "Search within the trace",
    oninput: find, onkeydown: ({ key }) => key === "Enter" && timeline.next(1, matches) });
  const hits = h("span", { class: "hint", role: "status" });
  const errors = button("", nextError, { title: "Next error (e)" });
  const compare = h("a", { class: "button" }, "Compare");
  const element = h("div", { class: "tools" }, search, hits, errors, compare,
    button("JSON", onjson, { title: "Download the trace as BatchGetTraces answers it, with all that was sent; “Open” takes it again" }),
    button("Export", onexport, { title: "One HTML file that opens without a server, its secrets hidden" }));
  let nodes = [];
  let failures = [];

  function show(id, trace, route) {
    nodes = [...trace.nodes.values()];
    failures = failuresOf(trace);
    errors.textContent = failures.length > 0 ? `Next error (${failures.length})` : "No errors";
    errors.disabled = failures.length === 0;
    compare.href = linkKeeping(route, "compare", { a: id });
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

  // First where it began, then up to who called.
  function nextError() {
    timeline.follow(failures);
  }

  return { element, show, nextError, focus: () => search.focus() };
}

function textOf({ document, name }) {
  const { subsegments, ...own } = document;
  return `${name} ${JSON.stringify(own)}`.toLowerCase();
}
