// The trace overview: traces by URL, status, user, node or annotation. One line until opened.

import { facetsOf, groupsOf } from "../../model/facets.js";
import { count, duration, percent } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

const MOST = 50;

/** `{ element, show(summaries, key) }`, where `key` is the facet to group by, if one was chosen. `ongroup(key)` is told of another,
 *  `onnarrow(expression)` of a group to which the list is to be narrowed. */
export function makeGroups({ ongroup, onnarrow }) {
  const select = h("select", { "aria-label": "Group by", onchange: () => {
    ongroup(select.value);
    show(shown, select.value);
  } });
  const table = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Trace overview" });
  const summaryLine = h("span", { class: "hint" });
  const details = h("details", { class: "groups", ontoggle: () => show(shown, chosen) },
    h("summary", null, "Trace overview ", summaryLine), h("label", { class: "group-by" }, "Group by: ", select), table);
  let shown = [];
  let chosen = null;

  function show(summaries, wanted) {
    [shown, chosen] = [summaries, wanted];
    const facets = facetsOf(summaries);
    const facet = facets.find(({ key }) => key === (chosen ?? select.value)) ?? facets[0];
    const groups = groupsOf(summaries, facet);
    put(summaryLine, groups.length > 0 && `${count(groups.length)} by ${facet.label}, ${duration(mean(summaries))} on average`);
    if (!details.open) return;
    if (document.activeElement !== select) put(select, options(facets, facet));
    put(table, groupTable(facet, groups.slice(0, MOST), onnarrow),
      groups.length > MOST && h("p", { class: "hint" }, `The ${MOST} largest of ${count(groups.length)}.`));
  }

  return { element: details, show };
}

function options(facets, chosen) {
  const option = ({ key, label }) => h("option", { value: key, selected: key === chosen.key }, label);
  const annotations = facets.filter(({ key }) => key.startsWith("annotation."));
  const fixed = facets.filter((one) => !annotations.includes(one));
  return [fixed.map(option), annotations.length > 0 && h("optgroup", { label: "Annotation" }, annotations.map(option))];
}

function groupTable(facet, groups, onnarrow) {
  const heads = [facet.label, "Avg response time", "% of traces", "Response"].map((words) => h("th", { scope: "col" }, words));
  return h("table", null, h("thead", null, h("tr", null, heads)), h("tbody", null, groups.map((group) => groupRow(facet, group, onnarrow))));
}

function groupRow({ expression }, { value, average, share, counts }, onnarrow) {
  return h("tr", null, h("td", null, button(String(value), () => onnarrow(expression(value)), { class: "link clamp", title: `Only ${value}` })),
    h("td", { class: "number" }, duration(average)), h("td", { class: "number" }, percent(share)), h("td", null, responseWords(counts)));
}

function responseWords({ ok, throttle, error, fault }) {
  return `${count(ok)} OK, ${count(throttle)} throttled, ${count(error)} errors, ${count(fault)} faults`;
}

function mean(summaries) {
  return summaries.reduce((sum, { ResponseTime }) => sum + (ResponseTime ?? 0), 0) / Math.max(1, summaries.length);
}
