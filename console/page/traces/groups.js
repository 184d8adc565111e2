// The trace overview: traces by URL, status, user, node or annotation. One line until opened.

import { button, h, put } from "../dom.js";
import { and } from "../expression.js";
import { count, duration, percent } from "../format.js";
import { go, here, linkKeeping, replaceParams } from "../route.js";
import { facetsOf, groupsOf } from "./facets.js";

const MOST = 50;

/** `{ element, show(summaries) }`. */
export function makeGroups() {
  const select = h("select", { "aria-label": "Group by", onchange: () => {
    replaceParams({ group: select.value });
    show(shown);
  } });
  const table = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Trace overview" });
  const summaryLine = h("span", { class: "hint" });
  const details = h("details", { class: "groups", ontoggle: () => show(shown) },
    h("summary", null, "Trace overview ", summaryLine), h("label", { class: "group-by" }, "Group by: ", select), table);
  let shown = [];

  function show(summaries) {
    shown = summaries;
    const facets = facetsOf(summaries);
    const facet = facets.find(({ key }) => key === (here().params.group ?? select.value)) ?? facets[0];
    const groups = groupsOf(summaries, facet);
    put(summaryLine, groups.length > 0 && `${count(groups.length)} by ${facet.label}, ${duration(mean(summaries))} on average`);
    if (!details.open) return;
    if (document.activeElement !== select) put(select, options(facets, facet));
    put(table, groupTable(facet, groups.slice(0, MOST)),
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

function groupTable(facet, groups) {
  const heads = [facet.label, "Avg response time", "% of traces", "Response"].map((words) => h("th", { scope: "col" }, words));
  return h("table", null, h("thead", null, h("tr", null, heads)), h("tbody", null, groups.map((group) => groupRow(facet, group))));
}

function groupRow({ expression }, { value, average, share, counts }) {
  return h("tr", null, h("td", null, button(String(value), () => narrow(expression(value)), { class: "link clamp", title: `Only ${value}` })),
    h("td", { class: "number" }, duration(average)), h("td", { class: "number" }, percent(share)), h("td", null, responseWords(counts)));
}

function narrow(expression) {
  go(linkKeeping("traces", { ...here().params, filter: and(here().params.filter, expression) }));
}

function responseWords({ ok, throttle, error, fault }) {
  return `${count(ok)} OK, ${count(throttle)} throttled, ${count(error)} errors, ${count(fault)} faults`;
}

function mean(summaries) {
  return summaries.reduce((sum, { ResponseTime }) => sum + (ResponseTime ?? 0), 0) / Math.max(1, summaries.length);
}
