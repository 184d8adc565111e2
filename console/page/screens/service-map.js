// The service map of exactly the current filter and time range.

import * as api from "../api.js";
import { windowOf } from "../model/address.js";
import { graphOf } from "../model/graph.js";
import { here, replaceParams } from "../state/route.js";
import { makeDetails } from "../views/map/details.js";
import { makeMap } from "../views/map/map.js";
import { h, put } from "../views/parts/dom.js";
import { question, whyEmpty } from "./question.js";

export function serviceMapScreen({ panel, frame }) {
  const map = makeMap(select);
  const message = h("div", { class: "message" });
  const details = makeDetails(panel, { narrow: (filter, window) => api.serviceGraph(window, filter).catch(() => []), onclose: () => select(null) });
  let graph = { nodes: [], edges: [] };
  let selected = null;

  const { refresh, renew } = question("service-map", frame, message, api.serviceGraph, show);

  async function show(services, window) {
    graph = graphOf(services);
    map.show(graph, window);
    put(message, graph.nodes.length === 0 && await whyEmpty());
    select(named(here().params.select));
    details.refresh(selected, window, here());
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
    element: h("section", { class: "map-view" }, h("h1", { class: "unseen" }, "Service map"), map.element, message),
    title: "Service map",
    keys: map.keys,
    show: renew,
    refresh,
    close: map.close,
  };
}
