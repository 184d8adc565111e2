// The service map of exactly the current filter and time range.

import * as api from "../api.js";
import { fixedRange, linkKeeping, windowOf } from "../model/address.js";
import { failedOf, selectorOf, slowOf, through } from "../model/entity.js";
import { and } from "../model/expression.js";
import { graphOf, narrowed } from "../model/graph.js";
import { go, here, replaceParams } from "../state/route.js";
import { makeDetails } from "../views/map/details.js";
import { makeMap } from "../views/map/map.js";
import { button, h, put } from "../views/parts/dom.js";
import { question, whyEmpty } from "./question.js";

const CAUSES = 4;
// A call is slow if it takes this many times longer than most.
const FAR = 3;

export function serviceMapScreen({ panel, frame }) {
  const map = makeMap(select, narrow);
  const message = h("div", { class: "message" });
  const asking = h("p", { class: "asking-words over", role: "status" });
  const missing = h("p", { class: "missing-words over", role: "status" });
  const content = h("div", { class: "map-content" }, map.element);
  const details = makeDetails(panel, { analyse, onclose: () => select(null),
    ontime: ([start, end]) => go(linkKeeping(here(), "service-map", { ...here().params, timeRange: fixedRange(start, end) })) });
  let whole = { nodes: [], edges: [] };
  let graph = whole;
  let window = null;
  let selected = null;

  const { refresh, renew, isSettled, showStatus } = question("service-map", { frame, message, content, asking, missing }, api.serviceGraph, show);

  async function show({ services }, asked) {
    [whole, window] = [graphOf(services), asked];
    draw();
    put(message, whole.nodes.length === 0 ? await whyEmpty() : graph.nodes.length === 0 && nothingOfIt());
    select(named(here().params.select));
    details.refresh(selected, window, here());
    return whole.nodes.length > 0;
  }

  function draw() {
    graph = narrowed(whole, here().params);
    map.showNarrowing(here().params);
    map.show(graph, window);
  }

  function narrow(params) {
    replaceParams(params);
    draw();
    put(message, whole.nodes.length > 0 && graph.nodes.length === 0 && nothingOfIt());
    map.mark(named(here().params.select));
  }

  function nothingOfIt() {
    return h("section", { class: "empty" }, h("h2", null, "Nothing fails here"),
      h("p", null, `All ${whole.nodes.filter(({ client }) => !client).length} services of this time range answer without errors.`),
      h("p", { class: "actions" }, button("Show all", () => narrow({ unhealthy: "", depth: "" }))));
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
    element: h("section", { class: "map-view" }, h("h1", { class: "unseen" }, "Service map"), asking, missing, content, message),
    title: "Service map",
    keys: map.keys,
    show: renew,
    refresh,
    isSettled,
    showStatus,
    close: map.close,
  };
}
