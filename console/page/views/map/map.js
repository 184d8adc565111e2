// The service map with its controls: zoom, fit, and the search for a service.

import { button, h, put, svg } from "../parts/dom.js";
import { makeDrawing } from "./draw.js";
import { legend } from "./legend.js";
import { panZoom } from "./pan-zoom.js";

const CONTROLS = 44;
const CLOSER = 1.25;
const DEPTHS = [["", "All"], ["1", "1 call"], ["2", "2 calls"], ["3", "3 calls"], ["4", "4 calls"], ["6", "6 calls"]];

/** `{ element, keys, show(graph, window), mark(item), hasKeyboard(), close() }`; `onselect(item)` is told of a node or an edge
 *  that the reader chooses, `onnarrow(params)` of `unhealthy` and `depth`: which part of the map is wanted. */
export function makeMap(onselect, onnarrow) {
  const room = () => ({ width: canvas.clientWidth || innerWidth, height: (canvas.clientHeight || innerHeight) - CONTROLS });
  const drawing = makeDrawing(onselect, room, (place) => mover.reveal(place));
  const canvas = svg("svg", { class: "map", role: "group", "aria-label": "Service map" }, drawing.element);
  const mover = panZoom(canvas, drawing.element, drawing.bounds, drawing.rescale, CONTROLS);
  const search = h("input", { type: "search", placeholder: "Find a service", "aria-label": "Find a service", list: "services", oninput: find });
  const names = h("datalist", { id: "services" });
  const unhealthy = h("input", { type: "checkbox", onchange: () => onnarrow({ unhealthy: unhealthy.checked ? "true" : "" }) });
  const depth = h("select", { "aria-label": "How far away", title: "Calls away from what is selected, or from the clients",
    onchange: () => onnarrow({ depth: depth.value }) }, DEPTHS.map(([value, words]) => h("option", { value }, words)));
  let graph = { nodes: [], edges: [] };
  let selected = null;

  function show(next, window) {
    const grown = next.nodes.length !== graph.nodes.length;
    graph = next;
    drawing.draw(graph, window);
    if (grown) mover.fitUntouched();
    put(names, graph.nodes.map(({ name }) => h("option", { value: name })));
    canvas.classList.toggle("nothing", graph.nodes.length === 0);
  }

  function mark(item) {
    selected = item;
    drawing.mark(selected, graph);
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    const node = wanted && graph.nodes.find(({ name }) => name.toLowerCase().includes(wanted));
    drawing.mark(node || selected, graph);
    if (node) mover.centre(drawing.place(node.key));
    if (node && node.name.toLowerCase() === wanted) onselect(node);
  }

  const controls = h("div", { class: "map-controls" }, search, names,
    h("label", { class: "unhealthy" }, unhealthy, "Only unhealthy"), h("label", { class: "depth-of" }, "Depth ", depth),
    h("span", { class: "zoom" },
      button("−", () => mover.zoom(1 / CLOSER), { class: "icon", "aria-label": "Zoom out", title: "Zoom out (-)" }),
      button("+", () => mover.zoom(CLOSER), { class: "icon", "aria-label": "Zoom in", title: "Zoom in (+)" }),
      button("Fit", () => mover.fit(), { title: "Show all (0)" })));

  return {
    element: [controls, canvas, legend()],
    keys: [
      { key: "+", words: "Zoom in", run: () => mover.zoom(CLOSER) },
      { key: "-", words: "Zoom out", run: () => mover.zoom(1 / CLOSER) },
      { key: "0", words: "Show all", run: () => mover.fit() },
      ...["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].map((key) => ({ key, words: "Pan; from a node or a call, go along the graph", run: () => mover.arrow(key) })),
      { key: "f", words: "Find a service", run: () => search.focus() },
    ],
    show, mark,
    /** What of the map is shown, as the address says it. */
    showNarrowing(params) {
      unhealthy.checked = Boolean(params.unhealthy);
      depth.value = params.depth ?? "";
    },
    hasKeyboard: () => canvas.querySelector(":focus-visible") !== null,
    close: () => mover.close(),
  };
}
