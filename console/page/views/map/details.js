// The panel of a node (latency as served) or an edge (latency as the caller sees it).

import { linkKeeping } from "../../model/address.js";
import { and, outcomeAmong, responseTime, throughEdge, throughService } from "../../model/expression.js";
import { average, count, duration, percent, rate } from "../../model/format.js";
import { graphOf, perMinute } from "../../model/graph.js";
import { OUTCOMES, counts } from "../../model/outcome.js";
import { quantile } from "../../model/quantile.js";
import { h, put } from "../parts/dom.js";
import { histogram } from "../parts/histogram.js";
import { facts } from "../parts/panel.js";
import { sign } from "../parts/sign.js";

/** `{ open(item, window, route), refresh(item, window, route) }`. `narrow(filter, window)` gives the services of the traces of a
 *  filter; `onclose` is called when the reader closes the panel. */
export function makeDetails(panel, { narrow, onclose }) {
  let chosen = new Set(OUTCOMES.map(({ key }) => key));
  let range = null;
  let shown = null;
  let numbers;
  let distribution;
  let more;

  function open(item, window, route) {
    chosen = new Set(OUTCOMES.map(({ key }) => key));
    range = null;
    [numbers, distribution, more] = [h("div"), h("div", { class: "distribution" }), h("div", { class: "actions" })];
    const outcomes = h("fieldset", { class: "outcomes" }, h("legend", null, "Response status"), OUTCOMES.map(checkBox));
    const kind = item.to ? "Latency as the caller sees it, with the network." : "Latency as served, without the network.";
    panel.open(item.name, [item.type && h("p", { class: "type" }, item.type), h("p", { class: "hint" }, kind), numbers, outcomes,
      h("h3", null, "Response time distribution"), distribution, more], onclose);
    refresh(item, window, route);
  }

  function checkBox({ key, word }) {
    const box = h("input", { type: "checkbox", onchange: () => {
      chosen[box.checked ? "add" : "delete"](key);
      draw();
    } });
    box.checked = true;
    return h("label", { class: key }, box, sign(key), ` ${word} `, h("b", { "data-count": key }));
  }

  function refresh(item, window, route) {
    if (!item || !numbers) return;
    shown = { item, window, route };
    draw();
  }

  async function draw() {
    const { item, window } = shown;
    put(numbers, numbersOf(item, window));
    const of = counts(item.statistics);
    for (const cell of numbers.parentElement.querySelectorAll("[data-count]")) cell.textContent = count(of[cell.dataset.count]);
    showLink();
    if (distribution.matches(":active") || distribution.contains(document.activeElement)) return;
    const all = chosen.size % OUTCOMES.length === 0;
    const entries = all ? item.histogram : await narrowed(shown);
    put(distribution, histogram(entries, range, (next) => {
      range = next;
      showLink();
    }));
  }

  // The API keeps one histogram for all outcomes; that of the chosen ones is the graph of their traces.
  async function narrowed({ item, window, route }) {
    const graph = graphOf(await narrow(and(route.params.filter, expression(item)), window));
    return [...graph.nodes, ...graph.edges].find(({ key }) => key === item.key)?.histogram ?? [];
  }

  function expression({ name, from, to }, ...within) {
    const conditions = [outcomeAmong([...chosen]), ...within];
    if (to && !from.client) return throughEdge(from.name, to.name, ...conditions);
    return throughService(to?.name ?? name, to && "root", ...conditions);
  }

  function showLink() {
    const { item, route } = shown;
    const filter = and(route.params.filter, expression(item, range && responseTime(...range)));
    put(more, h("a", { class: "button primary", href: linkKeeping(route, "traces", { filter, select: "" }) }, "View traces"));
  }

  return { open, refresh };
}

function numbersOf(item, window) {
  const of = counts(item.statistics);
  const at = (share) => (item.histogram.length > 0 ? duration(quantile(item.histogram, share)) : "–");
  return facts([
    ["Average", average(item.average)],
    ["p50, p90, p99", [0.5, 0.9, 0.99].map(at).join(", ")],
    ["Rate", rate(perMinute(item, window))],
    ["Calls", count(item.total)],
    ["Not OK", item.total ? percent((item.total - of.ok) / item.total) : "–"],
  ]);
}
