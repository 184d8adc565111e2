// The service map.

import * as api from "../api.js";
import { button, h, put, svg } from "../dom.js";
import { emptyState } from "../empty.js";
import { question } from "../question.js";
import { here, replaceParams, windowOf } from "../route.js";
import { makeDetails } from "./details.js";
import { makeDrawing } from "./draw.js";
import { graphOf } from "./graph.js";
import { panZoom } from "./pan-zoom.js";

const CONTROLS = 44;

/** The map of exactly the current filter and time range. */
export function mapView({ panel, frame }) {
  const drawing = makeDrawing(select);
  const canvas = svg("svg", { class: "map", role: "group", "aria-label": "Service map" }, drawing.element);
  const mover = panZoom(canvas, drawing.element, drawing.bounds, CONTROLS);
  const message = h("div", { class: "message" });
  const search = h("input", { type: "search", placeholder: "Find a service", "aria-label": "Find a service", list: "services", oninput: find });
  const names = h("datalist", { id: "services" });
  const details = makeDetails(panel, () => select(null));
  let graph = { nodes: [], edges: [] };
  let selected = null;

  const { refresh, renew } = question("service-map", frame, message, api.serviceGraph, show);

  async function show(services, window, filter) {
    const next = graphOf(services);
    const grown = next.nodes.length !== graph.nodes.length;
    graph = next;
    drawing.draw(graph, window);
    if (grown) mover.fitUntouched();
    put(names, graph.nodes.map(({ name }) => h("option", { value: name })));
    put(message, graph.nodes.length === 0 && await emptyState(filter));
    canvas.classList.toggle("nothing", graph.nodes.length === 0);
    select(named(here().params.select));
    details.refresh(selected, window);
  }

  function named(name) {
    return name ? [...graph.nodes, ...graph.edges].find((one) => one.name === name) ?? null : null;
  }

  function select(item) {
    const chosen = item?.client ? null : item;
    if (here().view === "service-map" && here().params.select !== chosen?.name) replaceParams({ select: chosen?.name });
    const changed = selected?.key !== chosen?.key;
    selected = chosen;
    drawing.mark(selected, graph);
    if (!changed) return undefined;
    if (!selected) return panel.close();
    details.open(selected, windowOf(here().params.timeRange));
    if (canvas.querySelector(":focus-visible")) panel.focus();
    return undefined;
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    const node = wanted && graph.nodes.find(({ name }) => name.toLowerCase().includes(wanted));
    drawing.mark(node || selected, graph);
    if (node) mover.centre(drawing.place(node.key));
    if (node && node.name.toLowerCase() === wanted) select(node);
  }

  const controls = h("div", { class: "map-controls" }, search, names,
    button("−", () => mover.zoom(1 / 1.25), { class: "icon", "aria-label": "Zoom out", title: "Zoom out (-)" }),
    button("+", () => mover.zoom(1.25), { class: "icon", "aria-label": "Zoom in", title: "Zoom in (+)" }),
    button("Fit", () => mover.fit(), { title: "Show all (0)" }));

  return {
    element: h("section", { class: "map-view" }, h("h1", { class: "unseen" }, "Service map"), controls, canvas, message),
    title: "Service map",
    keys: [
      { key: "+", words: "Zoom in", run: () => mover.zoom(1.25) },
      { key: "-", words: "Zoom out", run: () => mover.zoom(1 / 1.25) },
      { key: "0", words: "Show all", run: () => mover.fit() },
      ...["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map((key) => ({ key, words: `Pan`, run: () => mover.arrow(key) })),
      { key: "f", words: "Find a service", run: () => search.focus() },
    ],
    show: renew,
    refresh,
    close: () => mover.close(),
  };
}
