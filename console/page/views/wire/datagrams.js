// The last datagrams with size, sender, verdict and reason: a list, and one of them in full.

import { traceLink } from "../../model/address.js";
import { bothTimes, bytes, clock } from "../../model/format.js";
import { shortId } from "../../model/trace-id.js";
import { button, h, put } from "../parts/dom.js";
import { facts } from "../parts/panel.js";
import { WindowList } from "../parts/window-list.js";

const ROW_HEIGHT = 32;
const SIGNS = { accepted: ["ok", "✓"], warned: ["error", "!"], refused: ["fault", "✕"] };
const HEADS = ["Time", "Verdict", "Size", "Via", "Sender", "Segment", "Trace", "Reason or first characters"];

/** `{ choices, element, show(datagrams, route), close() }` within an element that scrolls. The route's `sender` and `verdict`
 *  narrow the list; `onchoose(changed)` is told of another one, `onopen(datagram)` of a click. */
export function makeDatagrams(scroller, { onchoose, onopen }) {
  const sender = h("select", { "aria-label": "Sender", onchange: () => onchoose({ sender: sender.value }) });
  const verdict = h("select", { "aria-label": "Verdict", onchange: () => onchoose({ verdict: verdict.value }) });
  const rows = new WindowList(scroller, { rowHeight: ROW_HEIGHT, key: keyOf, same: () => true,
    render: (datagram) => rowOf(datagram, shown, () => onopen(datagram)) });
  let shown = { params: {} };
  const heads = HEADS.map((words) => h("span", { role: "columnheader" }, words));
  const element = h("div", { class: "table wire", role: "table", "aria-label": "Last datagrams" },
    h("div", { role: "rowgroup", class: "head" }, h("div", { role: "row", class: "row" }, heads)), rows.element);
  const none = h("p", { class: "hint none", role: "status" });

  function show(datagrams, route) {
    shown = route;
    const { sender: from = "", verdict: only = "" } = route.params;
    options(sender, "All senders", [...new Set(datagrams.map((one) => one.sender))], from);
    options(verdict, "All verdicts", ["accepted", "warned", "refused"], only);
    const wanted = datagrams.filter((one) => (!from || one.sender === from) && (!only || one.verdict === only));
    rows.show(wanted);
    none.textContent = wanted.length > 0 ? "" : datagrams.length > 0 ? "None of the last datagrams is of this sender and verdict." : "No datagram has arrived yet.";
  }

  return { choices: [sender, verdict], element: [element, none], show, close: () => rows.close() };
}

/** All of one datagram that the console kept, seen from a route. */
export function datagramFacts({ at, sender, bytes: size, via, verdict, reason, trace_id: trace, name, excerpt }, route) {
  const pairs = [["Verdict", verdict], ["Reason", reason], ["At", bothTimes(at)], ["Sender", sender], ["Via", via], ["Size", bytes(size)],
    ["Segment", name], ["Trace", trace && h("a", { class: "mono", href: traceLink(trace, "", route) }, trace)]];
  return [facts(pairs), h("h3", null, "First characters"), h("pre", { class: "json" }, excerpt)];
}

function options(select, all, values, chosen) {
  if (document.activeElement === select) return;
  const known = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  put(select, h("option", { value: "" }, all), known.map((value) => h("option", { value, selected: value === chosen }, value)));
}

function keyOf({ at, sender, bytes: size, excerpt }) {
  return `${at} ${sender} ${size} ${excerpt}`;
}

function rowOf({ at, sender, bytes: size, via, verdict, reason, trace_id: trace, name, excerpt }, route, onopen) {
  const [kind, sign] = SIGNS[verdict] ?? SIGNS.refused;
  const cells = [clock(at),
    [h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, sign), ` ${verdict}`],
    bytes(size), via, sender, name ?? "–",
    trace ? h("a", { class: "mono", href: traceLink(trace, "", route) }, shortId(trace)) : "–",
    button(reason || excerpt, onopen, { class: "link excerpt", title: "All of it" })];
  return h("div", { class: `row ${verdict}`, role: "row", title: bothTimes(at) }, cells.map((content) => h("span", { role: "cell" }, content)));
}
