// A node of the map: a ring of shares around average and rate, name and type below.

import { average, percent, plural, rate } from "../../model/format.js";
import { perMinute } from "../../model/graph.js";
import { OUTCOMES, shares } from "../../model/outcome.js";
import { put, set, svg } from "../parts/dom.js";
import { shortened } from "./labels.js";

export const RADIUS = 44;
const STROKE = 8;
/** Of a line, as a share of the size of its letters. */
const LINE = 1.24;
const PERSON = "M -21 22 C -21 6 -12 1 0 1 C 12 1 21 6 21 22 Q 21 25 18 25 H -18 Q -21 25 -21 22 Z";

/** The elements of a node. Its words for screen readers are in its title; what is drawn says the same in short. */
export function makeNode() {
  const part = (name) => svg("g", { class: name, "aria-hidden": "true" });
  const parts = { title: svg("title"), ring: part("ring"), text: part("inside"), signs: part("signs"), label: part("label") };
  parts.group = svg("g", { class: "node", tabindex: "-1", role: "button" }, parts.title, svg("circle", { class: "halo", r: RADIUS + 7 }),
    svg("circle", { class: "face", r: RADIUS }), parts.ring, parts.text, parts.signs, parts.label);
  return parts;
}

/** Draws a node where it is placed; its name in the `detail` that the scale allows. */
export function drawNode({ group, title, ring, text, label, signs }, node, { places }, window, detail) {
  const { x, y } = places.get(node.key);
  const of = shares(node.statistics);
  const [words, transform] = [wordsOf(node, of, window), `translate(${x} ${y})`];
  drawLabel({ group, label }, node, detail);
  if (title.textContent === words && group.getAttribute("transform") === transform) return;
  set(group, { "data-node": node.name, "data-type": node.type, transform });
  group.classList.toggle("client", node.client);
  put(title, words);
  if (node.client) {
    put(ring, svg("circle", { class: "person", cy: -14, r: 12 }), svg("path", { class: "person", d: PERSON }));
    return;
  }
  put(ring, arcs(of), node.inferred && svg("circle", { class: "dashes", r: RADIUS - STROKE - 1.5 }));
  put(text, line(-4, average(node.average)), line(14, traffic(node, window)));
  put(signs, of.filter(([key, share]) => key !== "ok" && share > 0).map(([key], index) => badge(key, index)));
}

/** Calls a minute within a window, or without one how many there were. */
export function traffic(item, window) {
  return window ? rate(perMinute(item, window)) : plural(item.total, "call");
}

function wordsOf(node, of, window) {
  if (node.client) return node.name;
  const parts = of.filter(([, share]) => share > 0).map(([key, share]) => `${percent(share)} ${key}`);
  return [node.name, node.type, `average ${average(node.average)}`, traffic(node, window), ...parts].filter(Boolean).join(", ");
}

// Clockwise from twelve o'clock. A full circle is not one arc, so it stops just short of itself.
function arcs(of) {
  let from = 0;
  return of.filter(([, share]) => share > 0).map(([key, share]) => {
    const d = arc(from, from + Math.min(share, 0.99999), RADIUS - STROKE / 2);
    from += share;
    return svg("path", { class: key, "data-share": key, "data-value": share, d, "stroke-width": STROKE });
  });
}

function arc(from, to, radius) {
  const point = (share) => `${radius * Math.sin(share * 2 * Math.PI)} ${-radius * Math.cos(share * 2 * Math.PI)}`;
  return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${point(to)}`;
}

function badge(key, index) {
  const { sign } = OUTCOMES.find((one) => one.key === key);
  const angle = Math.PI / 5 + index * 0.42;
  const place = `translate(${(RADIUS + 4) * Math.cos(angle)} ${-(RADIUS + 4) * Math.sin(angle)})`;
  return svg("g", { class: `badge ${key}`, transform: place }, svg("circle", { r: 9 }), svg("text", { y: 4 }, sign));
}

/** Writes the name anew where the detail is another. */
export function drawLabel({ group, label }, node, detail) {
  const written = JSON.stringify([detail, node.name, node.type]);
  if (label.dataset.written === written) return;
  label.dataset.written = written;
  group.classList.toggle("plain", !detail.figures);
  label.style.setProperty("--size", `${detail.size}px`);
  const first = firstLine(node, detail);
  const lines = linesOf(node, detail);
  put(label, lines.map((text, index) => line(first + index * LINE * detail.size, text)),
    detail.lines > 1 && node.type && !node.client && svg("text", { class: "type", y: first + lines.length * LINE * detail.size + 1 }, node.type));
}

/** How far below a node its name begins. */
export function firstLine({ client }, { size }) {
  return (client ? 33 : RADIUS + 7) + size;
}

/** The lines of a name. They break after `-`, `.`, `:`, `/`; what does not fit is in the title. */
export function linesOf({ name }, { letters, lines: most }) {
  if (most === 1) return [shortened(name, letters)];
  const lines = [""];
  for (const part of name.match(/[^-.:/]{1,22}[-.:/]*|[-.:/]+/g) ?? [name]) {
    if (lines.at(-1) && (lines.at(-1) + part).length > letters) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]}…`];
}

function line(y, text) {
  return svg("text", { y }, text);
}
