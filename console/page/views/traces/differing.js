// Differences: values that some traces have and the others do not, those that separate them best first.

import { labelOf } from "../../model/facets.js";
import { count, percent } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

const FEW = 8;

/** `{ element, contrast, offer(sets), show(answer), isOpen() }`. `onchange(contrast)` is told of the set that is to be compared,
 *  `onnarrow(expression)` of a value to which the list is to be narrowed. */
export function makeDiffering({ onchange, onnarrow }) {
  const select = h("select", { "aria-label": "What to compare", onchange: () => choose(select.value) });
  const body = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "What differs" });
  const summaryLine = h("span", { class: "hint" });
  const details = h("details", { class: "groups differing", ontoggle: () => {
    // If the page itself opened it, the request has been sent already.
    if (!opening) onchange(self.contrast);
    opening = false;
  } },
    h("summary", null, "What differs ", summaryLine), h("label", { class: "group-by" }, "Compare: ", select), body);
  let sets = [];
  let chosen = null;
  let opening = false;

  function choose(key) {
    chosen = key;
    self.contrast = sets.find((one) => one.key === chosen) ?? sets[0] ?? null;
    put(body, h("p", { class: "hint" }, "asking…"));
    onchange(self.contrast);
  }

  const self = {
    element: details,
    contrast: null,
    isOpen: () => details.open,
    offer(next) {
      sets = next;
      details.hidden = sets.length === 0;
      self.contrast = sets.find(({ key }) => key === chosen) ?? sets[0] ?? null;
      // After narrowing the list, the reader wants to know what distinguishes these traces.
      if (sets[0]?.key === "chosen" && chosen === null && !details.open) [details.open, opening] = [true, true];
      if (document.activeElement !== select) {
        put(select, sets.map(({ key, words }) => h("option", { value: key, selected: key === self.contrast?.key }, words)));
      }
      put(summaryLine, self.contrast && `${self.contrast.words}, against the rest`);
    },
    show(answer) {
      put(body, answer instanceof Node ? answer : tablesOf(answer, onnarrow));
    },
  };
  return self;
}

function tablesOf({ set, rest, circumstances, consequences }, onnarrow) {
  if (set === 0 || rest === 0) return h("p", { class: "hint" }, set === 0 ? "There is no such trace." : "There are no other traces in this window to compare with.");
  if (circumstances.length === 0 && consequences.length === 0) return h("p", { class: "hint" }, "Nothing that the traces say of themselves sets these apart.");
  return [differenceTable(circumstances.slice(0, FEW), { set, rest }, onnarrow),
    consequences.length > 0 && [h("h3", null, "What came of it"), differenceTable(consequences.slice(0, FEW), { set, rest }, onnarrow)]];
}

/** A table of differences between `set` and `rest` traces. */
export function differenceTable(differences, { set, rest }, onnarrow) {
  const heads = ["What", "Value", `These (${count(set)})`, `The rest (${count(rest)})`, "Δ", "Lift"];
  return h("table", { class: "differences" }, h("thead", null, h("tr", null, heads.map((words) => h("th", { scope: "col" }, words)))),
    h("tbody", null, differences.map((one) => rowOf(one, { set, rest }, onnarrow))));
}

function rowOf({ facet, value, expression, in_set: inSet, in_rest: inRest, delta, lift }, { set, rest }, onnarrow) {
  const number = (...content) => h("td", { class: "number" }, content);
  return h("tr", { "data-facet": facet, "data-value": value }, h("td", null, labelOf(facet)),
    h("td", null, button(h("bdi", null, value), () => onnarrow(expression), { class: "link clamp", title: `Only ${value}` })),
    number(percent(inSet / set), h("span", { class: "hint" }, ` ${count(inSet)}`)), number(percent(inRest / rest), h("span", { class: "hint" }, ` ${count(inRest)}`)),
    number(`+${percent(delta)}`), number(lift === null ? "only here" : `${Number(lift.toPrecision(2))}×`));
}
