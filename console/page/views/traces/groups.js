// The trace overview: traces by route, status, cause, user, node or annotation. One line until opened.

import { isAnnotation, labelOf } from "../../model/facets.js";
import { count, duration, percent, plural } from "../../model/format.js";
import { button, h, put } from "../parts/dom.js";

const PAGE = 50;
const MOST = 500;
const COLUMNS = [["average", "Avg response time"], ["p50", "p50"], ["p95", "p95"], ["p99", "p99"], ["traces", "% of traces"], ["failed", "Response"]];

/** `{ element, wanted(by), show(table, answer) }`: `wanted` is what to ask for, and `table` the answer to that. `onchange()` is called
 *  when something else is wanted; `ongroup(key)` is told of another facet, `onnarrow(expression)` of a group to narrow the list to. */
export function makeGroups({ onchange, ongroup, onnarrow }) {
  const select = h("select", { "aria-label": "Group by", onchange: () => {
    limit = PAGE;
    ongroup(select.value);
    onchange();
  } });
  const table = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Trace overview" });
  const summaryLine = h("span", { class: "hint" });
  const details = h("details", { class: "groups overview", ontoggle: () => details.open && onchange() },
    h("summary", null, "Trace overview ", summaryLine), h("label", { class: "group-by" }, "Group by: ", select), table);
  let limit = PAGE;
  let sort = "-traces";

  function resort(key) {
    sort = sort === `-${key}` ? key : `-${key}`;
    onchange();
  }

  function show(groups, { total, facets }) {
    put(summaryLine, groups.total > 0 && `${count(groups.total)} by ${labelOf(groups.by)}`);
    if (document.activeElement !== select) put(select, options(facets, groups.by));
    if (!details.open) return;
    const left = groups.total - groups.groups.length;
    put(table, groupTable(groups, total), left > 0 && h("p", { class: "hint" }, `${count(groups.groups.length)} of ${count(groups.total)} `,
      limit < MOST && button("More", () => {
        limit = Math.min(MOST, limit * 4);
        onchange();
      })));
  }

  function groupTable({ by, groups }, total) {
    const head = (key, words) => h("th", { scope: "col", "aria-sort": sort === `-${key}` ? "descending" : sort === key ? "ascending" : null },
      button(words, () => resort(key), { class: "plain" }));
    return h("table", null, h("thead", null, h("tr", null, head("value", labelOf(by)), COLUMNS.map(([key, words]) => head(key, words)))),
      h("tbody", null, groups.map((group) => groupRow(group, total, onnarrow))));
  }

  return { element: details, wanted: (by) => ({ by, sort, limit: details.open ? limit : 0 }), show };
}

function options(facets, chosen) {
  const option = (key) => h("option", { value: key, selected: key === chosen }, labelOf(key));
  const all = facets.includes(chosen) ? facets : [...facets, chosen];
  const annotations = all.filter(isAnnotation);
  return [all.filter((one) => !isAnnotation(one)).map(option), annotations.length > 0 && h("optgroup", { label: "Annotation" }, annotations.map(option))];
}

function groupRow({ value, expression, traces, outcomes, ...times }, total, onnarrow) {
  return h("tr", null, h("td", null, button(h("bdi", null, value), () => onnarrow(expression), { class: "link clamp", title: `Only ${value}` })),
    ["average", "p50", "p95", "p99"].map((key) => h("td", { class: "number" }, duration(times[key] / 1e6))),
    h("td", { class: "number" }, percent(traces / total)), h("td", null, responseWords(outcomes)));
}

function responseWords([ok, error, throttle, fault]) {
  return `${count(ok)} OK, ${count(throttle)} throttled, ${plural(error, "error")}, ${plural(fault, "fault")}`;
}
