// The panel of a node (latency as served) or an edge (latency as the caller sees it).

import * as api from "../api.js";
import { h, put } from "../dom.js";
import { and, outcomeAmong, responseTime, throughEdge, throughService } from "../expression.js";
import { average, count, duration, percent, rate } from "../format.js";
import { histogram, quantile } from "../histogram.js";
import { OUTCOMES, counts, sign } from "../outcome.js";
import { facts } from "../panel.js";
import { here, linkKeeping } from "../route.js";
import { graphOf, perMinute } from "./graph.js";

/** `{ open(item, window), refresh(item, window) }`; `onclose` is called when the reader closes the panel. */
export function makeDetails(panel, onclose) {
  let chosen = new Set(OUTCOMES.map(({ key }) => key));
  let range = null;
  let numbers;
  let distribution;
  let more;

  function open(item, window) {
    chosen = new Set(OUTCOMES.map(({ key }) => key));
    range = null;
    [numbers, distribution, more] = [h("div"), h("div", { class: "distribution" }), h("div", { class: "actions" })];
    const outcomes = h("fieldset", { class: "outcomes" }, h("legend", null, "Response status"),
      OUTCOMES.map((one) => checkBox(one, item, window)));
    const kind = item.to ? "Latency as the caller sees it, with the network." : "Latency as served, without the network.";
    panel.open(item.name, [item.type && h("p", { class: "type" }, item.type), h("p", { class: "hint" }, kind), numbers, outcomes,
      h("h3", null, "Response time distribution"), distribution, more], onclose);
    refresh(item, window);
  }

  function checkBox({ key, word }, item, window) {
    const box = h("input", { type: "checkbox", onchange: () => {
      chosen[box.checked ? "add" : "delete"](key);
      refresh(item, window);
    } });
    box.checked = true;
    return h("label", { class: key }, box, sign(key), ` ${word} `, h("b", { "data-count": key }));
  }

  async function refresh(item, window) {
    if (!item || !numbers) return;
    put(numbers, numbersOf(item, window));
    const of = counts(item.statistics);
    for (const cell of numbers.parentElement.querySelectorAll("[data-count]")) cell.textContent = count(of[cell.dataset.count]);
    showLink(item);
    if (distribution.matches(":active") || distribution.contains(document.activeElement)) return;
    const all = chosen.size % OUTCOMES.length === 0;
    const shown = all ? item.histogram : await narrowed(item, window);
    put(distribution, histogram(shown, range, (next) => {
      range = next;
      showLink(item);
    }));
  }

  // The API keeps one histogram for all outcomes; that of the chosen ones is the graph of their traces.
  async function narrowed(item, window) {
    const services = await api.serviceGraph(window, and(here().params.filter, expression(item))).catch(() => []);
    const graph = graphOf(services);
    return [...graph.nodes, ...graph.edges].find(({ key }) => key === item.key)?.histogram ?? [];
  }

  function expression({ name, from, to }, ...within) {
    const conditions = [outcomeAmong([...chosen]), ...within];
    if (to && !from.client) return throughEdge(from.name, to.name, ...conditions);
    return throughService(to?.name ?? name, to && "root", ...conditions);
  }

  function showLink(item) {
    const filter = and(here().params.filter, expression(item, range && responseTime(...range)));
    put(more, h("a", { class: "button primary", href: linkKeeping("traces", { filter, select: "" }) }, "View traces"));
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
