// The list of traces of a filter and a time range, with scatter, groups, differences and refiners: all of the same traces.

import * as api from "../api.js";
import { fixedRange, linkKeeping, traceLink, windowOf } from "../model/address.js";
import { setsOf } from "../model/differences.js";
import { and } from "../model/expression.js";
import { FIRST_FACET } from "../model/facets.js";
import { plural } from "../model/format.js";
import { preferences } from "../state/preferences.js";
import { go, here, replaceParams } from "../state/route.js";
import { button, h, put } from "../views/parts/dom.js";
import { problem } from "../views/parts/problem.js";
import { makeDiffering } from "../views/traces/differing.js";
import { makeGroups } from "../views/traces/groups.js";
import { makeList } from "../views/traces/list.js";
import { openRefiners } from "../views/traces/refiners.js";
import { makeScatter } from "../views/traces/scatter.js";
import { question, whyEmpty } from "./question.js";

const REFINED = 12;

export function tracesScreen({ panel, frame, ask }) {
  const found = h("p", { class: "found", role: "status" });
  const asking = h("p", { class: "asking-words", role: "status" });
  const missing = h("p", { class: "missing-words", role: "status" });
  const message = h("div", { class: "message" });
  const open = (id) => go(traceLink(id, "", here()));
  const scatter = makeScatter(choose, open);
  const groups = makeGroups({ onchange: ask, ongroup: (group) => replaceParams({ group }), onnarrow: narrow });
  const differing = makeDiffering({ onchange: (contrast) => compare(contrast).catch(() => null), onnarrow: narrow });
  const list = makeList(frame.main, { onsort, onneed, open, ask, addressOf: (id) => traceLink(id, "", here()) });
  const content = h("div", { class: "traces-content", hidden: true }, scatter.element, differing.element, groups.element, list.element);
  const links = h("span", { class: "actions" });
  let shown = null;
  let asked = "";

  const { refresh, renew, isSettled, showStatus } = question("traces", { frame, message, content, asking, missing }, wanted, show);

  function wanted(window, filter, signal) {
    const { group, sort, timeRange } = here().params;
    const anew = JSON.stringify([filter, timeRange]) !== asked;
    const parts = { rows: list.wanted(sort, anew), scatter: true, facets: true, groups: [groups.wanted(group ?? FIRST_FACET)] };
    return api.traces(window, filter, parts, signal);
  }

  async function show(answer, window, signal) {
    const route = here();
    const { filter, timeRange, sort } = route.params;
    shown = { window, filter, facets: answer.facets };
    const total = answer.total;
    if (total === 0) put(message, await whyEmpty());
    else put(message);
    if (signal?.aborted) return false;
    content.hidden = total === 0;
    put(found, total > 0 && `${plural(total, "trace")} found`);
    put(links, h("a", { href: linkKeeping(route, "service-map") }, "Map of these"),
      window.fixed && h("a", { href: linkKeeping(route, "traces", { timeRange: "", within: "" }) }, "Back to live"));
    scatter.show(answer.scatter, window, total);
    groups.show(answer.groups[0], answer);
    const key = JSON.stringify([filter, timeRange]);
    list.show(answer.rows, total, sort, key !== asked);
    asked = key;
    differing.offer(setsOf(route.params, answer));
    await compare(differing.contrast, signal);
    return total > 0;
  }

  // The set in view against the rest of the window.
  async function compare(contrast, signal) {
    if (!differing.isOpen() || !contrast || !shown) return;
    const { timeRange, within } = here().params;
    const outer = [windowOf(within ?? timeRange), contrast.within];
    const answer = await api.differences([shown.window, contrast.set], outer, signal).catch((error) => error);
    if (!signal?.aborted) differing.show(answer instanceof Error ? problem(answer) : answer);
  }

  function choose([start, end], expression) {
    const { timeRange, within } = here().params;
    narrow(expression, { timeRange: fixedRange(start, end), within: within ?? outerOf(timeRange) });
  }

  // A window that slides would slide away from what was chosen in it.
  function outerOf(timeRange) {
    const { start, end } = shown?.window ?? windowOf(timeRange);
    return fixedRange(start, end);
  }

  function narrow(expression, others) {
    const route = here();
    go(linkKeeping(route, "traces", { ...route.params, ...others, filter: and(route.params.filter, expression) }));
  }

  function onsort(sort) {
    replaceParams({ sort });
    ask();
  }

  async function onneed(rows) {
    const { filter } = here().params;
    const answer = await api.traces(shown.window, filter, { rows }).catch(() => null);
    if (answer && here().params.filter === filter) list.fill(answer.rows);
  }

  async function refine() {
    if (!shown) return;
    const { window, filter, facets } = shown;
    const tables = facets.slice(0, 40).map((by) => ({ by, limit: REFINED }));
    const answer = await api.traces(window, filter, { groups: tables }).catch(() => null);
    if (answer) openRefiners(panel, answer.groups, narrow);
  }

  preferences.addEventListener("theme", scatter.repaint);
  const head = h("div", { class: "view-head" }, h("h1", null, "Traces"), found, asking, links,
    button("Refine", refine, { title: "Write a filter by ticking values (r)" }));
  return {
    element: h("section", { class: "traces-view" }, head, missing, message, content),
    title: "Traces",
    keys: [{ key: "r", words: "Refine", run: refine }],
    show: renew,
    refresh,
    isSettled,
    showStatus,
    touch: list.touch,
    close() {
      preferences.removeEventListener("theme", scatter.repaint);
      scatter.close();
      list.close();
    },
  };
}
