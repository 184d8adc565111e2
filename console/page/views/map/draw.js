// The map as SVG. Nodes and edges that stay are updated in place, so that focus and hover survive a refresh.

import { layout } from "../../model/layout.js";
import { counts } from "../../model/outcome.js";
import { svg } from "../parts/dom.js";
import { drawEdge, makeEdge } from "./edge.js";
import { detailAt, hiddenLabels } from "./labels.js";
import { RADIUS, drawLabel, drawNode, firstLine, linesOf, makeNode } from "./node.js";
import { makeWalk } from "./walk.js";

const [COLUMN, NARROW_COLUMN] = [260, 176];
/** How much another scale must differ for names to be written anew. */
const NOTABLE = 1.06;
const MARGIN = { side: 120, top: 66, bottom: 118 };

/** Draws into an SVG group: `draw(graph, window)`, where without a window calls are counted instead of calls a minute;
 *  `mark(item, graph)` makes one stand out; `onselect(item)` is told of clicks and Enter, `onreach(place)` where the keyboard went. `room()` is
 *  the window's size in pixels, `rescale(scale)` says how large it shows the map. */
export function makeDrawing(onselect, room, onreach = (_place) => {}) {
  const edges = svg("g", { class: "edges" });
  const nodes = svg("g", { class: "nodes" });
  const kept = new Map();
  const walk = makeWalk((key) => kept.get(key)?.group, onreach);
  let topology = "";
  let placed = null;
  let shown = { nodes: [], edges: [] };
  let detail = detailAt(1, COLUMN);
  let scaled = 1;

  function draw(graph, window) {
    shown = graph;
    placeAnew(graph);
    const used = new Set();
    const busiest = Math.max(1, ...graph.edges.map(({ total }) => total));
    for (const edge of graph.edges) update(edges, edge, used, makeEdge, (parts) => drawEdge(parts, edge, placed, window, busiest));
    for (const node of graph.nodes) update(nodes, node, used, makeNode, (parts) => drawNode(parts, node, placed, window, detail));
    for (const [key, { group }] of kept) {
      if (used.has(key)) continue;
      group.remove();
      kept.delete(key);
    }
    walk.renew(graph, placed);
    hideLabels();
  }

  function rescale(scale) {
    if (Math.max(scale / scaled, scaled / scale) < NOTABLE) return;
    scaled = scale;
    detail = detailAt(scale, columnWidth());
    for (const node of shown.nodes) drawLabel(kept.get(node.key), node, detail);
    hideLabels();
  }

  function hideLabels() {
    const boxes = shown.nodes.map((node) => {
      const { ok } = counts(node.statistics);
      const weight = (node.total > ok ? 1e12 : 0) + node.total;
      return { key: node.key, ...placed.places.get(node.key), weight, lines: linesOf(node, detail), first: firstLine(node, detail) };
    });
    const hidden = detail.lines === 1 ? hiddenLabels(boxes, detail, RADIUS) : new Set();
    for (const { key } of shown.nodes) kept.get(key).group.classList.toggle("nameless", hidden.has(key));
  }

  // The layout depends on names alone: a node never moves because a number changed.
  function placeAnew({ nodes: all, edges: pairs }) {
    const keys = all.map(({ key }) => key);
    const names = JSON.stringify([[...keys].sort(), pairs.map(({ key }) => key).sort()]);
    if (names === topology) return;
    topology = names;
    const clients = all.filter(({ client }) => client).map(({ key }) => key);
    placed = layout(keys, pairs.map(({ from, to }) => [from.key, to.key]), clients, { width: columnWidth(), room: room() });
  }

  function update(parent, item, used, make, drawItem) {
    used.add(item.key);
    if (!kept.has(item.key)) kept.set(item.key, added(parent, make()));
    const parts = kept.get(item.key);
    parts.item = item;
    drawItem(parts);
  }

  function added(parent, parts) {
    parent.append(parts.group);
    parts.group.addEventListener("click", () => onselect(parts.item));
    parts.group.addEventListener("keydown", (event) => {
      const leads = event.key.startsWith("Arrow") ? walk.step(event.key, parts.item) : event.key === "Enter" || event.key === " ";
      if (!leads) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.key.startsWith("Arrow")) onselect(parts.item);
    });
    return parts;
  }

  // The selected one wears a halo, what it touches stays, the rest fades.
  function mark(item, graph) {
    const near = new Set(item ? [item.key, item.from?.key, item.to?.key] : []);
    for (const edge of graph.edges) {
      if (edge.from === item || edge.to === item) [edge.key, edge.from.key, edge.to.key].forEach((key) => near.add(key));
    }
    for (const [key, { group }] of kept) {
      group.classList.toggle("selected", key === item?.key);
      group.classList.toggle("faded", item !== null && !near.has(key));
    }
  }

  return { element: svg("g", null, edges, nodes), draw, mark, rescale, place: (key) => placed?.places.get(key), bounds: () => boundsOf(placed) };
}

function columnWidth() {
  return innerWidth > 720 ? COLUMN : NARROW_COLUMN;
}

function boundsOf(placed) {
  const points = placed ? [...placed.places.values(), ...[...placed.bends.values()].flat()] : [];
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { left: Math.min(...xs) - MARGIN.side, right: Math.max(...xs) + MARGIN.side,
    top: Math.min(...ys) - MARGIN.top, bottom: Math.max(...ys) + MARGIN.bottom };
}
