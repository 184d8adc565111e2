// The list of traces of a filter and a time range, with scatter, groups and refiners.

import * as api from "../api.js";
import { button, h, put } from "../dom.js";
import { emptyState } from "../empty.js";
import { count, plural } from "../format.js";
import { question } from "../question.js";
import { here, linkKeeping } from "../route.js";
import { makeGroups } from "./groups.js";
import { makeList } from "./list.js";
import { openRefiners } from "./refiners.js";
import { makeScatter } from "./scatter.js";

export function tracesView({ panel, frame }) {
  const found = h("p", { class: "found", role: "status" });
  const message = h("div", { class: "message" });
  const scatter = makeScatter();
  const groups = makeGroups();
  const list = makeList(frame.main);
  const content = h("div", { class: "traces-content", hidden: true }, scatter.element, groups.element, list.element);
  const links = h("span", { class: "actions" });
  let summaries = [];
  let asked = "";

  const { refresh, renew } = question("traces", frame, message, api.traceSummaries, show);

  async function show(answer, window, filter) {
    summaries = answer;
    put(message, summaries.length === 0 && await emptyState(filter));
    content.hidden = summaries.length === 0;
    const cut = summaries.length >= api.MOST_TRACES ? `, the first ${count(api.MOST_TRACES)}` : "";
    put(found, summaries.length > 0 && `${plural(summaries.length, "trace")} found${cut}`);
    put(links, h("a", { href: linkKeeping("service-map") }, "Map of these"),
      window.fixed && h("a", { href: linkKeeping("traces", { timeRange: "" }) }, "Back to live"));
    scatter.show(summaries, window);
    groups.show(summaries);
    const asking = JSON.stringify([filter, here().params.timeRange]);
    list.show(summaries, asking !== asked);
    asked = asking;
  }

  const refine = () => openRefiners(panel, summaries);
  const head = h("div", { class: "view-head" }, h("h1", null, "Traces"), found, links,
    button("Refine", refine, { title: "Write a filter by ticking values (r)" }));
  return {
    element: h("section", { class: "traces-view" }, head, message, content),
    title: "Traces",
    keys: [{ key: "r", words: "Refine", run: refine }],
    show: renew,
    refresh,
    close() {
      scatter.close();
      list.close();
    },
  };
}
