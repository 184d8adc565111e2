// The service map of exactly the current filter and time range.

import * as api from "../api.js";
import { fixedRange, linkKeeping, windowOf } from "../model/address.js";
import { failedOf, selectorOf, slowOf, through } from "../model/entity.js";
import { and } from "../model/expression.js";
import { graphOf } from "../model/graph.js";
import { go, here, replaceParams } from "../state/route.js";
import { makeDetails } from "../views/map/details.js";
import { makeMap } from "../views/map/map.js";
import { h, put } from "../views/parts/dom.js";
import { question, whyEmpty } from "./question.js";

const CAUSES = 4;
// A call is slow if it takes this many times longer than most.
const FAR = 3;

export function serviceMapScreen({ panel, frame }) {
  const map = makeMap(select);
  const message = h("div", { class: "message" });
  const asking = h("p", { class: "asking-words over", role: "status" });
  const content = h("div", { class: "map-content" }, map.element);
  const details = makeDetails(panel, { analyse, onclose: () => select(null),
    ontime: ([start, end]) => go(linkKeeping(here(), "service-map", { ...here().params, timeRange: fixedRange(start, end) })) });
  let graph = { nodes: [], edges: [] };
  let selected = null;

  const { refresh, renew, isSettled } = question("service-map", { frame, message, content, asking }, api.serviceGraph, show);

  async function show(services, window) {
    graph = graphOf(services);
    map.show(graph, window);
    put(message, graph.nodes.length === 0 && await whyEmpty());
    select(named(here().params.select));
    details.refresh(selected, window, here());
    return graph.nodes.length > 0;
  }

  // What it took; why it fails, and how those calls differ from its others. Of what does not fail, how its slow calls differ.
  async function analyse(item, window, outcomes) {
    const { filter } = here().params;
    const latency = await api.latency(window, filter, selectorOf(item), outcomes);
    const failed = latency.outcomes.slice(1).some((count) => count > 0);
    const slow = !failed && latency.p99 > FAR * latency.p50 ? latency.p50 * FAR / 1e6 : null;
    if (!failed && slow === null) return { latency, causes: [], differing: null, slow };
    const set = and(filter, slow === null ? failedOf(item) : slowOf(item, slow));
    const tables = ["fault", "error"].map((by) => ({ by, limit: CAUSES }));
    const [differing, answer] = await Promise.all([api.differences([window, set], [window, and(filter, through(item))]),
      failed && api.traces(window, set, { groups: tables })]);
    const causes = answer ? answer.groups.flatMap(({ groups }) => groups) : [];
    return { latency, causes, differing, slow };
  }

  function named(name) {
    return name ? [...graph.nodes, ...graph.edges].find((one) => one.name === name) ?? null : null;
  }

  function select(item) {
    const chosen = item?.client ? null : item;
    if (here().view === "service-map" && here().params.select !== chosen?.name) replaceParams({ select: chosen?.name });
    const changed = selected?.key !== chosen?.key;
    selected = chosen;
    map.mark(selected);
    if (!changed) return undefined;
    if (!selected) return panel.close();
    details.open(selected, windowOf(here().params.timeRange), here());
    if (map.hasKeyboard()) panel.focus();
    return undefined;
  }

  return {
    element: h("section", { class: "map-view" }, h("h1", { class: "unseen" }, "Service map"), asking, content, message),
    title: "Service map",
    keys: map.keys,
    show: renew,
    refresh,
    isSettled,
    close: map.close,
  };
}
