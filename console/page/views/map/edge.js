// An edge of the map: a gentle curve, darker with more calls, its share of faults in red.

import { average, percent } from "../../model/format.js";
import { edgeKey } from "../../model/layout.js";
import { shares } from "../../model/outcome.js";
import { put, set, svg } from "../parts/dom.js";
import { RADIUS, traffic } from "./node.js";

const ARROW = "M 0 0 L -9 -4.5 L -9 4.5 Z";
const REACH_OF_CLIENTS = 34;
const LIGHTEST = 0.5;
/** Pixels of the arrowhead into which the stroke does not reach. */
const HEAD = 5;

/** The elements of an edge; `hit` is what the pointer can catch. */
export function makeEdge() {
  const parts = { title: svg("title"), hit: svg("path", { class: "hit" }), path: svg("path", { class: "path" }),
    fault: svg("path", { class: "fault", pathLength: 1 }), arrow: svg("path", { class: "arrow", d: ARROW }),
    label: svg("text", { class: "edge-label", "aria-hidden": "true" }) };
  const { title, hit, path, fault, arrow, label } = parts;
  parts.group = svg("g", { class: "edge", tabindex: "-1", role: "button" }, title, hit, path, fault, arrow, label);
  return parts;
}

/** `busiest`: the calls of the edge that has most of them. */
export function drawEdge({ group, title, hit, path, fault, arrow, label }, edge, placed, window, busiest) {
  const { d, tip, middle } = route(edge, placed);
  const faulty = shares(edge.statistics).find(([key]) => key === "fault")[1];
  const words = `${average(edge.average)}, ${traffic(edge, window)}`;
  const all = `${edge.name}\n${words}${faulty > 0 ? `, ${percent(faulty)} fault` : ""} as the caller sees it`;
  const weight = (LIGHTEST + (1 - LIGHTEST) * edge.total / busiest).toFixed(2);
  if (title.textContent === all && path.getAttribute("d") === d && group.style.getPropertyValue("--weight") === weight) return;
  set(group, { "data-edge": edge.name, style: { "--weight": weight } });
  put(title, all);
  for (const one of [hit, path, fault]) set(one, { d });
  set(path, { "stroke-dasharray": edge.linked ? "5 4" : null });
  set(fault, { "stroke-dasharray": `${faulty} 1`, visibility: faulty > 0 ? null : "hidden" });
  set(arrow, { transform: `translate(${tip.x} ${tip.y}) rotate(${tip.angle})` });
  put(set(label, { x: middle.x, y: middle.y - 8 }), words);
}

// `{ d, tip, middle }`: the path, where and how the arrow points, where the label stands.
function route({ from, to }, { places, bends }) {
  const [a, b] = [places.get(from.key), places.get(to.key)];
  if (from.key === to.key) return loop(a);
  if (a.x >= b.x) return backwards(a, b);
  const start = { x: a.x + (from.client ? REACH_OF_CLIENTS : RADIUS + 3), y: a.y };
  const tip = { x: b.x - RADIUS - 4, y: b.y, angle: 0 };
  const points = [start, ...(bends.get(edgeKey(from.key, to.key)) ?? []), { x: tip.x - HEAD, y: tip.y }];
  const d = points.slice(1).reduce((path, point, index) => `${path} ${bend(points[index], point)}`, `M ${start.x} ${start.y}`);
  const half = (points.length - 1) / 2;
  return { d, tip, middle: between(points[Math.floor(half)], points[Math.ceil(half)]) };
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
  const d = `M ${start.x} ${start.y} C ${start.x - 30} ${top} ${end.x + 30} ${top} ${end.x} ${end.y}`;
  return { d, tip: { ...end, angle: 110 }, middle: { x: (a.x + b.x) / 2, y: top + 28 } };
}

function loop({ x, y }) {
  const top = y - RADIUS;
  const d = `M ${x - 12} ${top} C ${x - 40} ${top - 50} ${x + 40} ${top - 50} ${x + 12} ${top - 2}`;
  return { d, tip: { x: x + 12, y: top - 2, angle: 115 }, middle: { x, y: top - 36 } };
}
