// Refiners: ticked values become a filter expression, so that readers learn the language by clicking.

import { and, or } from "../../model/expression.js";
import { labelOf } from "../../model/facets.js";
import { count } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

/** Opens the refiners of tables of groups in the side panel; `onnarrow(expression)` is told of what was ticked. */
export function openRefiners(panel, tables, onnarrow) {
  const ticked = new Map();
  const written = h("code", { class: "written" });
  const add = button("Add to filter", () => {
    onnarrow(expressionOf(ticked));
    panel.close();
  }, { class: "primary", disabled: true });

  function tick(by, expression, on) {
    const values = ticked.get(by) ?? new Set();
    values[on ? "add" : "delete"](expression);
    ticked.set(by, values);
    put(written, expressionOf(ticked));
    add.disabled = !expressionOf(ticked);
  }

  panel.open("Refine", [h("p", { class: "hint" }, "Tick values; the expression below says the same in words that you can type."),
    tables.filter(({ groups }) => groups.length > 0).map((table) => facetList(table, tick)), h("div", { class: "sticky-end" }, written, add)]);
}

function facetList({ by, groups }, tick) {
  return h("fieldset", { class: "facet", "data-facet": by }, h("legend", null, labelOf(by)), groups.map(({ value, expression, traces }) =>
    h("label", { title: value }, h("input", { type: "checkbox", onchange: ({ target }) => tick(by, expression, target.checked) }),
      h("bdi", { class: "value" }, value), h("span", { class: "hint number" }, count(traces)))));
}

// Values of one facet are alternatives; facets narrow each other.
function expressionOf(ticked) {
  return and(...[...ticked.values()].map((values) => or([...values].map(joined))));
}

function joined(expression, _, all) {
  return all.length > 1 && expression.includes(" AND ") ? `(${expression})` : expression;
}
