// The list of traces of a filter and a time range, with scatter, groups and refiners.

import * as api from "../api.js";
import { fixedRange, linkKeeping } from "../model/address.js";
import { and } from "../model/expression.js";
import { count, plural } from "../model/format.js";
import { preferences } from "../state/preferences.js";
import { go, here, replaceParams } from "../state/route.js";
import { button, h, put } from "../views/parts/dom.js";
import { makeGroups } from "../views/traces/groups.js";
import { makeList } from "../views/traces/list.js";
import { openRefiners } from "../views/traces/refiners.js";
import { makeScatter } from "../views/traces/scatter.js";
import { question, whyEmpty } from "./question.js";

export function tracesScreen({ panel, frame }) {
  const found = h("p", { class: "found", role: "status" });
  const message = h("div", { class: "message" });
  const scatter = makeScatter(([start, end], expression) => narrow(expression, { timeRange: fixedRange(start, end) }));
  const groups = makeGroups({ ongroup: (group) => replaceParams({ group }), onnarrow: narrow });
  const list = makeList(frame.main, (sort) => replaceParams({ sort }));
  const content = h("div", { class: "traces-content", hidden: true }, scatter.element, groups.element, list.element);
  const links = h("span", { class: "actions" });
  let summaries = [];
  let asked = "";

  const { refresh, renew } = question("traces", frame, message, api.traceSummaries, show);

  async function show(answer, window) {
    summaries = answer;
    put(message, summaries.length === 0 && await whyEmpty());
    content.hidden = summaries.length === 0;
    const cut = summaries.length >= api.MOST_TRACES ? `, the first ${count(api.MOST_TRACES)}` : "";
    put(found, summaries.length > 0 && `${plural(summaries.length, "trace")} found${cut}`);
    const route = here();
    put(links, h("a", { href: linkKeeping(route, "service-map") }, "Map of these"),
      window.fixed && h("a", { href: linkKeeping(route, "traces", { timeRange: "" }) }, "Back to live"));
    const { filter, timeRange, group, sort } = route.params;
    scatter.show(summaries, window);
    groups.show(summaries, group);
    const asking = JSON.stringify([filter, timeRange]);
    list.show(summaries, sort, asking !== asked);
    asked = asking;
  }

  function narrow(expression, others) {
    const route = here();
    go(linkKeeping(route, "traces", { ...route.params, ...others, filter: and(route.params.filter, expression) }));
  }

  preferences.addEventListener("theme", scatter.repaint);
  const refine = () => openRefiners(panel, summaries, narrow);
  const head = h("div", { class: "view-head" }, h("h1", null, "Traces"), found, links,
    button("Refine", refine, { title: "Write a filter by ticking values (r)" }));
  return {
    element: h("section", { class: "traces-view" }, head, message, content),
    title: "Traces",
    keys: [{ key: "r", words: "Refine", run: refine }],
    show: renew,
    refresh,
    close() {
      preferences.removeEventListener("theme", scatter.repaint);
      scatter.close();
      list.close();
    },
  };
}
