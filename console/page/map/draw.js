// The map as SVG. Nodes and edges that stay are updated in place, so that focus and hover survive a refresh.

import { put, set, svg } from "../dom.js";
import { average, percent, plural, rate } from "../format.js";
import { OUTCOMES, shares } from "../outcome.js";
import { perMinute } from "./graph.js";
import { edgeKey, layout } from "./layout.js";

export const RADIUS = 44;
const STROKE = 8;
const LINE = 22;
const LINES = 3;

/** Draws into an SVG group: `draw(graph, window)`, where without a window calls are counted instead of calls a minute;
 *  `onselect(item)` is told of clicks and Enter. */
export function makeDrawing(onselect) {
  const edges = svg("g", { class: "edges" });
  const nodes = svg("g", { class: "nodes" });
  const kept = new Map();
  let topology = "";
  let placed = null;

  function draw(graph, window) {
    placeAnew(graph);
    const used = new Set();
    for (const edge of graph.edges) update(edges, edge, used, makeEdge, (parts) => drawEdge(parts, edge, placed, window, graph));
    for (const node of graph.nodes) update(nodes, node, used, makeNode, (parts) => drawNode(parts, node, placed, window));
    for (const [key, { group }] of kept) {
      if (used.has(key)) continue;
      group.remove();
      kept.delete(key);
    }
  }

  // The layout depends on names alone: a node never moves because a number changed.
  function placeAnew({ nodes: all, edges: pairs }) {
    const keys = all.map(({ key }) => key);
    const names = JSON.stringify([[...keys].sort(), pairs.map(({ key }) => key).sort()]);
    if (names === topology) return;
    topology = names;
    placed = layout(keys, pairs.map(({ from, to }) => [from.key, to.key]), all.filter(({ client }) => client).map(({ key }) => key));
  }

  function update(parent, item, used, make, drawItem) {
    used.add(item.key);
    if (!kept.has(item.key)) {
      const parts = make();
      kept.set(item.key, parts);
      parent.append(parts.group);
      parts.group.addEventListener("click", () => onselect(parts.item));
      parts.group.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onselect(parts.item);
      });
    }
    const parts = kept.get(item.key);
    parts.item = item;
    drawItem(parts);
  }

  return { element: svg("g", null, edges, nodes), draw, place: (key) => placed?.places.get(key), bounds: () => boundsOf(placed), mark: (item, graph) => mark(kept, item, graph) };
}

// The selected one wears a halo, what it touches stays, the rest fades.
function mark(kept, item, graph) {
  const near = new Set(item ? [item.key, item.from?.key, item.to?.key] : []);
  for (const edge of graph.edges) {
    if (edge.from === item || edge.to === item) [edge.key, edge.from.key, edge.to.key].forEach((key) => near.add(key));
  }
  for (const [key, { group }] of kept) {
    group.classList.toggle("selected", key === item?.key);
    group.classList.toggle("faded", item !== null && !near.has(key));
  }
}

function boundsOf(placed) {
  const points = [...(placed?.places.values() ?? []), ...[...(placed?.bends.values() ?? [])].flat()];
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return { left: Math.min(...xs) - 90, right: Math.max(...xs) + 90, top: Math.min(...ys) - 66, bottom: Math.max(...ys) + 118 };
}

function makeNode() {
  const parts = { title: svg("title"), ring: svg("g", { class: "ring" }), text: svg("g", { class: "inside" }), label: svg("g", { class: "label" }), signs: svg("g", { class: "signs" }) };
  parts.group = svg("g", { class: "node", tabindex: "0", role: "button" }, parts.title,
    svg("circle", { class: "halo", r: RADIUS + 7 }), svg("circle", { class: "face", r: RADIUS }), parts.ring, parts.text, parts.signs, parts.label);
  return parts;
}

function drawNode({ group, title, ring, text, label, signs }, node, { places }, window) {
  const { x, y } = places.get(node.key);
  const of = shares(node.statistics);
  set(group, { "data-node": node.name, "data-type": node.type, "aria-label": wordsOf(node, window), transform: `translate(${x} ${y})` });
  group.classList.toggle("client", node.client);
  group.classList.toggle("inferred", node.inferred);
  put(title, wordsOf(node, window));
  put(label, labelOf(node));
  if (node.client) return put(ring, person());
  put(ring, arcs(of), node.inferred && svg("circle", { class: "dashes", r: RADIUS - STROKE - 3 }));
  put(text, line(-4, average(node.average)), line(14, traffic(node, window)));
  return put(signs, of.filter(([key, share]) => key !== "ok" && share > 0).map(([key], index) => badge(key, index)));
}

function traffic(item, window) {
  return window ? rate(perMinute(item, window)) : plural(item.total, "call");
}

function wordsOf(node, window) {
  if (node.client) return "Clients";
  const parts = shares(node.statistics).filter(([, share]) => share > 0).map(([key, share]) => `${percent(share)} ${key}`);
  return [`${node.name}${node.type && `, ${node.type}`}`, `average ${average(node.average)}`, traffic(node, window), ...parts].join(", ");
}

// Clockwise from twelve o'clock. A full circle is not one arc, so it stops just short of itself.
function arcs(of) {
  let from = 0;
  return of.filter(([, share]) => share > 0).map(([key, share]) => {
    const to = Math.min(from + share, from + 0.99999);
    const path = svg("path", { class: key, "data-share": key, "data-value": share, d: arc(from, to, RADIUS - STROKE / 2), "stroke-width": STROKE });
    from += share;
    return path;
  });
}

function arc(from, to, radius) {
  const point = (share) => `${radius * Math.sin(share * 2 * Math.PI)} ${-radius * Math.cos(share * 2 * Math.PI)}`;
  return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${point(to)}`;
}

function badge(key, index) {
  const { sign } = OUTCOMES.find((one) => one.key === key);
  const angle = Math.PI / 5 + index * 0.42;
  return svg("g", { class: `badge ${key}`, transform: `translate(${(RADIUS + 4) * Math.cos(angle)} ${-(RADIUS + 4) * Math.sin(angle)})` },
    svg("circle", { r: 9 }), svg("text", { y: 4 }, sign));
}

function labelOf({ name, type, client }) {
  const lines = wrap(name);
  return [...lines.map((text, index) => line((client ? 46 : RADIUS + 20) + index * 16, text)),
    type && !client && svg("text", { class: "type", y: RADIUS + 20 + lines.length * 16 + 1 }, type)];
}

// Breaks after `-`, `.`, `:`, `/`; what does not fit into three lines is in the title.
function wrap(name) {
  const lines = [""];
  for (const part of name.match(/[^-.:/]{1,22}[-.:/]*|[-.:/]+/g) ?? [name]) {
    if (lines.at(-1) && (lines.at(-1) + part).length > LINE) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.length <= LINES ? lines : [...lines.slice(0, LINES - 1), `${lines[LINES - 1]}…`];
}

function line(y, text) {
  return svg("text", { y }, text);
}

function person() {
  return [svg("circle", { class: "person", cy: -14, r: 12 }), svg("path", { class: "person", d: "M -21 22 C -21 6 -12 1 0 1 C 12 1 21 6 21 22 Q 21 25 18 25 H -18 Q -21 25 -21 22 Z" })];
}

function makeEdge() {
  const parts = { title: svg("title"), hit: svg("path", { class: "hit" }), path: svg("path", { class: "path" }), fault: svg("path", { class: "fault", pathLength: 1 }),
    arrow: svg("path", { class: "arrow", d: "M 0 0 L -9 -4.5 L -9 4.5 Z" }), label: svg("text", { class: "edge-label" }) };
  parts.group = svg("g", { class: "edge", tabindex: "0", role: "button" }, parts.title, parts.hit, parts.path, parts.fault, parts.arrow, parts.label);
  return parts;
}

function drawEdge({ group, title, hit, path, fault, arrow, label }, edge, placed, window, { edges }) {
  const { d, tip, middle } = route(edge, placed);
  const busiest = Math.max(...edges.map((one) => one.total), 1);
  const words = `${average(edge.average)}, ${traffic(edge, window)}`;
  const faulty = shares(edge.statistics).find(([key]) => key === "fault")[1];
  set(group, { "data-edge": edge.name, "aria-label": `${edge.name}, ${words}`, style: { "--weight": String(0.35 + 0.65 * edge.total / busiest) } });
  put(title, `${edge.name}\n${words} as the caller sees it`);
  for (const one of [hit, path, fault]) set(one, { d });
  set(path, { "stroke-dasharray": edge.linked ? "5 4" : null });
  set(fault, { "stroke-dasharray": `${faulty} 1`, visibility: faulty > 0 ? null : "hidden" });
  set(arrow, { transform: `translate(${tip.x} ${tip.y}) rotate(${tip.angle})` });
  put(set(label, { x: middle.x, y: middle.y - 8 }), words);
}

function route({ from, to }, { places, bends }) {
  const [a, b] = [places.get(from.key), places.get(to.key)];
  if (from.key === to.key) return loop(a);
  if (a.x >= b.x) return backwards(a, b);
  const reach = (node) => (node.client ? 34 : RADIUS + 3);
  const points = [{ x: a.x + reach(from), y: a.y }, ...(bends.get(edgeKey(from.key, to.key)) ?? []), { x: b.x - reach(to) - 1, y: b.y }];
  const d = points.slice(1).reduce((path, point, index) => `${path} ${bend(points[index], point)}`, `M ${points[0].x} ${points[0].y}`);
  const middle = points.length % 2 ? points[(points.length - 1) / 2] : between(points[points.length / 2 - 1], points[points.length / 2]);
  return { d, tip: { ...points.at(-1), angle: 0 }, middle };
}

function bend(from, to) {
  const pull = (to.x - from.x) / 2;
  return `C ${from.x + pull} ${from.y} ${to.x - pull} ${to.y} ${to.x} ${to.y}`;
}

function between(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

// Against the direction of reading: over the top, from ring to ring.
function backwards(a, b) {
  const top = Math.min(a.y, b.y) - RADIUS - 60;
  const [start, end] = [{ x: a.x - 14, y: a.y - RADIUS }, { x: b.x + 14, y: b.y - RADIUS - 2 }];
  return { d: `M ${start.x} ${start.y} C ${start.x - 30} ${top} ${end.x + 30} ${top} ${end.x} ${end.y}`, tip: { ...end, angle: 110 }, middle: { x: (a.x + b.x) / 2, y: top + 28 } };
}

function loop({ x, y }) {
  const start = y - RADIUS;
  return { d: `M ${x - 12} ${start} C ${x - 40} ${start - 50} ${x + 40} ${start - 50} ${x + 12} ${start - 2}`, tip: { x: x + 12, y: start - 2, angle: 115 }, middle: { x, y: start - 36 } };
}
