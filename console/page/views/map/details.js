// The panel of a node (latency as served) or an edge (latency as the caller sees it): figures, why it fails, what those calls have in common.

import { linkKeeping } from "../../model/address.js";
import { failedOf, slowOf, through } from "../../model/entity.js";
import { and, outcomeAmong, responseTime } from "../../model/expression.js";
import { average, count, duration, percent, rate } from "../../model/format.js";
import { labelOf } from "../../model/facets.js";
import { perMinute } from "../../model/graph.js";
import { OUTCOMES, counts } from "../../model/outcome.js";
import { h, put } from "../parts/dom.js";
import { histogram } from "../parts/histogram.js";
import { facts } from "../parts/panel.js";
import { problem } from "../parts/problem.js";
import { sign } from "../parts/sign.js";
import { overTime } from "./over-time.js";

const FEW = 4;

/** `{ open(item, window, route), refresh(item, window, route) }`. `analyse(item, window, outcomes)` gives `{ latency, causes, differing }` of
 *  an item; `onclose` is called when the reader closes the panel, `ontime([start, end])` when a part of the time is chosen. */
export function makeDetails(panel, { analyse, onclose, ontime }) {
  let chosen = new Set(OUTCOMES.map(({ key }) => key));
  let range = null;
  let shown = null;
  let parts = null;

  function open(item, window, route) {
    chosen = new Set(OUTCOMES.map(({ key }) => key));
    range = null;
    const names = ["numbers", "why", "time", "distribution", "actions"];
    parts = Object.fromEntries(names.map((name) => [name, h("div", { class: name })]));
    const outcomes = h("fieldset", { class: "outcomes" }, h("legend", null, "Response status"), OUTCOMES.map(checkBox));
    const kind = item.to ? "Latency as the caller sees it, with the network." : "Latency as served, without the network.";
    panel.open(item.name, [item.type && h("p", { class: "type" }, item.type), parts.why, h("p", { class: "hint" }, kind), parts.numbers,
      parts.time, outcomes, h("h3", null, "Response time distribution"), parts.distribution, parts.actions], onclose);
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
    if (!item || !parts) return;
    shown = { item, window, route };
    draw();
  }

  async function draw() {
    const mine = shown;
    const { item, window, route } = mine;
    const of = counts(item.statistics);
    for (const cell of parts.actions.parentElement.querySelectorAll("[data-count]")) cell.textContent = count(of[cell.dataset.count]);
    showLink();
    const all = chosen.size % OUTCOMES.length === 0;
    const answer = await analyse(item, window, all ? null : [...chosen]).catch((error) => error);
    if (mine !== shown) return;
    if (answer instanceof Error) {
      put(parts.numbers, problem(answer));
      return;
    }
    put(parts.numbers, numbersOf(item, window, answer.latency));
    put(parts.why, reasons(item, answer, route));
    if (!parts.time.matches(":active")) put(parts.time, overTime(answer.latency.spans, window, ontime));
    if (parts.distribution.matches(":active") || parts.distribution.contains(document.activeElement)) return;
    const entries = answer.latency.histogram.map(([micros, times]) => ({ Value: micros / 1e6, Count: times }));
    put(parts.distribution, histogram(entries, range, (next) => {
      range = next;
      showLink();
    }));
  }

  function showLink() {
    const { item, route } = shown;
    const filter = and(route.params.filter, through(item, outcomeAmong([...chosen]), range && responseTime(...range)));
    put(parts.actions, h("a", { class: "button primary", href: linkKeeping(route, "traces", { filter, select: "" }) }, "View traces"));
  }

  return { open, refresh };
}

function numbersOf(item, window, { outcomes, ...times }) {
  const of = counts(item.statistics);
  return facts([
    ["Average", average(times.average / 1e6)],
    ["p50, p90, p99", [times.p50, times.p90, times.p99].map((micros) => duration(micros / 1e6)).join(", ")],
    ["Rate", rate(perMinute(item, window))],
    ["Calls", count(item.total)],
    ["Not OK", item.total ? percent((item.total - of.ok) / item.total) : "–"],
  ]);
}

// Why the calls fail, or what the slow ones have in common: each line leads to the traces that it counts.
function reasons(item, { causes, differing, slow }, route) {
  const address = (...conditions) => linkKeeping(route, "traces", { filter: and(route.params.filter, ...conditions), select: "" });
  const set = slow === null ? failedOf(item) : slowOf(item, slow);
  const lines = differing?.rest > 0 ? differing.circumstances.slice(0, FEW) : [];
  return [causes.length > 0 && [h("h3", null, "Why it fails"), h("ul", { class: "reasons" }, causes.slice(0, FEW).map(({ value, traces, expression }) =>
    h("li", null, h("a", { href: address(set, expression) }, h("bdi", null, value)), h("span", { class: "hint" }, ` ${count(traces)}`))))],
  lines.length > 0 && [h("h3", null, slow === null ? "What differs in those that fail" : `What differs in those above ${duration(slow)}`),
    h("ul", { class: "reasons" }, lines.map(({ facet, value, expression, in_set: inSet, in_rest: inRest }) =>
      h("li", { "data-facet": facet }, h("a", { href: address(set, expression) }, `${labelOf(facet)} `, h("bdi", null, value)),
        h("span", { class: "hint" }, ` ${percent(inSet / differing.set)} of them, ${percent(inRest / differing.rest)} of the rest`))))]];
}
