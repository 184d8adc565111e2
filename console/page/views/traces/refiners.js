// Refiners: ticked values become a filter expression, which is how one learns the language by clicking.

import { and, or } from "../../model/expression.js";
import { facetsOf, groupsOf } from "../../model/facets.js";
import { count } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

const MOST = 12;

/** Opens the refiners of these summaries in the side panel; `onnarrow(expression)` is told of what was ticked. */
export function openRefiners(panel, summaries, onnarrow) {
  const ticked = new Map();
  const written = h("code", { class: "written" });
  const add = button("Add to filter", () => {
    onnarrow(expressionOf(ticked));
    panel.close();
  }, { class: "primary", disabled: true });

  function tick(facet, value, on) {
    const values = ticked.get(facet) ?? new Set();
    values[on ? "add" : "delete"](value);
    ticked.set(facet, values);
    put(written, expressionOf(ticked));
    add.disabled = !expressionOf(ticked);
  }

  const lists = facetsOf(summaries).map((facet) => ({ facet, groups: groupsOf(summaries, facet) })).filter(({ groups }) => groups.length > 0);
  panel.open("Refine", [h("p", { class: "hint" }, "Tick values; the expression below says the same in words that you can type."),
    lists.map(({ facet, groups }) => facetList(facet, groups, tick)), h("div", { class: "sticky-end" }, written, add)]);
}

function facetList(facet, groups, tick) {
  return h("fieldset", { class: "facet" }, h("legend", null, facet.label), groups.slice(0, MOST).map(({ value, traces }) =>
    h("label", { title: String(value) }, h("input", { type: "checkbox", onchange: ({ target }) => tick(facet, value, target.checked) }),
      h("span", { class: "value" }, String(value)), h("span", { class: "hint number" }, count(traces)))));
}

// Values of one facet are alternatives; facets narrow each other.
function expressionOf(ticked) {
  return and(...[...ticked].map(([facet, values]) => or([...values].map((value) => facet.expression(value)))));
}
